import { isSameBehaviour } from '../diff/semantic-change.ts';
import type { SemanticDiff } from '../diff/semantic-change.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { Redactor } from './redact.ts';

/** Keys whose values are words of ours. */
const OWN_WORDS: ReadonlySet<string> = new Set(['action', 'class', 'kind']);

/** What a change of a config means to a collector, as data; secrets are taken out of addresses and names. */
export function semanticJson(semantic: SemanticDiff, redactor: Redactor): JsonMap {
  return {
    sameBehaviour: isSameBehaviour(semantic),
    complete: semantic.complete,
    rewordings: [...semantic.rewordings],
    changes: semantic.changes.map((change) => clean(change, '', redactor)),
  };
}

function clean(value: unknown, key: string, redactor: Redactor): Json {
  if (typeof value === 'string') return OWN_WORDS.has(key) ? value : redactor.text(value);
  if (Array.isArray(value)) return value.map((item: unknown) => clean(item, key, redactor));
  if (typeof value !== 'object' || value === null) return value === true;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, clean(of, name, redactor)]));
}
