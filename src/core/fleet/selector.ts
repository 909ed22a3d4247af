import { isMap } from '../document/node.ts';
import type { JsonMap } from '../document/node.ts';
import type { MatchLabels } from './agent.ts';

/**
 * What a missing or empty selector means. A BindPlane server gives such a configuration to every agent
 * (reference: bindplane 1.35.0, measured); our own control plane gives it to nobody.
 */
export type EmptySelector = 'nobody' | 'everybody';

/**
 * Whether an agent with these labels is selected: every label of the selector is there with the same value.
 * @param selector equality labels, all must hold; undefined and `{}` are the empty selector
 * @param emptySelector what the empty selector means; ours is `nobody`
 */
export function matches(
  selector: MatchLabels | undefined,
  labels: Readonly<Record<string, string>>,
  emptySelector: EmptySelector = 'nobody',
): boolean {
  const wanted = Object.entries(selector ?? {});
  if (wanted.length === 0) return emptySelector === 'everybody';
  return wanted.every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}

/**
 * The `selector.matchLabels` of a Configuration's or Fleet's spec. Undefined where it is missing, empty or no map of texts;
 * scalar values that YAML read as numbers or booleans are compared as the text they were written as.
 */
export function selectorOf(spec: JsonMap): MatchLabels | undefined {
  const selector = spec['selector'];
  const matchLabels = isMap(selector) ? selector['matchLabels'] : undefined;
  if (!isMap(matchLabels)) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(matchLabels)) {
    if (value === null || typeof value === 'object') continue;
    Object.defineProperty(labels, name, { value: String(value), enumerable: true });
  }
  return Object.keys(labels).length === 0 ? undefined : labels;
}

/** A selector as people write it on a command line: `a=b,c=d`, sorted; empty text for the empty selector. */
export function selectorText(selector: MatchLabels | undefined): string {
  return Object.entries(selector ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}
