import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { extended } from './draft.ts';
import type { Draft, TrialStep } from './draft.ts';
import { valueAt, withoutKey, withValue } from './edit.ts';
import { LOOPBACK } from './listeners.ts';

const TELEMETRY = ['service', 'telemetry'];

/** What a collector tells of itself goes nowhere: no traces, a log on the standard error, metrics to whoever asks on loopback. */
export const ownTelemetry: TrialStep = {
  name: 'own telemetry',
  apply: (draft) => withoutPushedMetrics(withPlainLog(withoutTraces(draft))),
};

function withoutTraces(draft: Draft): Draft {
  const path = [...TELEMETRY, 'traces'];
  if (!isMap(valueAt(draft.tree, path))) return draft;
  return extended(draft, {
    tree: withoutKey(draft.tree, path),
    changes: [{ path, what: 'left out: the collector’s own traces go to another machine' }],
  });
}

function withPlainLog(draft: Draft): Draft {
  const path = [...TELEMETRY, 'logs'];
  const logs = valueAt(draft.tree, path);
  if (!isMap(logs) || Object.keys(logs).length === 0) return draft;
  return extended(draft, {
    tree: withValue(draft.tree, path, { level: 'info' }),
    changes: [{ path, what: 'the collector’s own log comes here instead, with level info' }],
  });
}

function withoutPushedMetrics(draft: Draft): Draft {
  const path = [...TELEMETRY, 'metrics', 'readers'];
  const readers = valueAt(draft.tree, path);
  if (!isList(readers) || readers.every(isAsked)) return draft;
  const asked = readers.filter(isAsked);
  // Without any reader there must be no level either.
  const own: Json = { pull: { exporter: { prometheus: { host: LOOPBACK, port: 0 } } } };
  return extended(draft, {
    tree: withValue(draft.tree, path, asked.length === 0 ? [own] : asked),
    changes: [{ path, what: 'the collector’s own metrics are not sent to another machine' }],
  });
}

/** A reader that waits for somebody to ask, or none that can be told. */
function isAsked(reader: Json): boolean {
  return !isMap(reader) || !Object.hasOwn(reader, 'periodic');
}
