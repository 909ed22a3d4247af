import type { ProvenanceEntry } from '../collector/effective-config.ts';
import type { SourceRange } from '../document/finding.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json, Node, ScalarNode } from '../document/node.ts';

/**
 * Where a value comes from: a place in a file of the repository, or a reason (`default of chart …`), or both: what a preset adds stands
 * at the value that switches it on.
 */
export interface Origin {
  readonly at?: SourceRange;
  readonly why?: string;
}

/**
 * Plain data that knows where each part comes from. Whatever merges values merges these, so that the result still knows.
 * Never changed in place.
 */
export type Traced = TracedMap | TracedList | TracedScalar;

export interface TracedMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Traced>;
  readonly origin: Origin;
}

export interface TracedList {
  readonly kind: 'list';
  readonly items: readonly Traced[];
  readonly origin: Origin;
}

export interface TracedScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly origin: Origin;
}

/** A key of a rendered config that nobody wrote, and why it is there. */
export interface AddedKey {
  readonly path: readonly string[];
  readonly why: string;
}

/** Plain data, all of one origin. */
export function traced(value: Json, origin: Origin): Traced {
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, item]): [string, Traced] => [key, traced(item, origin)]);
    return { kind: 'map', entries: new Map(entries), origin };
  }
  if (isList(value)) return { kind: 'list', items: value.map((item) => traced(item, origin)), origin };
  return { kind: 'scalar', value: typeof value === 'bigint' ? Number(value) : value, origin };
}

/** A map of plain data, all of one origin. */
export function tracedMap(value: { readonly [key: string]: Json }, origin: Origin): TracedMap {
  const made = traced(value, origin);
  return made.kind === 'map' ? made : { kind: 'map', entries: new Map(), origin };
}

/** The words that YAML 1.1 takes for booleans; Helm and kubectl still do (sigs.k8s.io/yaml), the Collector does not. */
const OLD_BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON'].map((word): [string, boolean] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'].map((word): [string, boolean] => [word, false]),
]);

/**
 * A YAML node as Helm and kubectl read it: like the Collector, but `yes`, `no`, `on`, `off` without quotes are booleans, and integers
 * beyond 2^53 lose digits. Scalars and list items stand at their value, maps and lists under a key at the key.
 */
export function tracedNode(node: Node, at: SourceRange = node.at): Traced {
  const origin = { at };
  if (node.kind === 'scalar') return { kind: 'scalar', value: scalarValue(node), origin: { at: node.at } };
  if (node.kind === 'sequence') {
    return { kind: 'list', items: node.items.map((item) => tracedNode(item)), origin };
  }
  const entries = node.entries.map(({ key, keyAt, value }): [string, Traced] => [
    key,
    tracedNode(value, keyAt),
  ]);
  return { kind: 'map', entries: new Map(entries), origin };
}

function scalarValue({ value, style }: ScalarNode): TracedScalar['value'] {
  if (typeof value === 'bigint') return Number(value);
  if (style !== 'plain' || typeof value !== 'string') return value;
  return OLD_BOOLEANS.get(value) ?? value;
}

/** The data without its origins. */
export function plainOf(value: Traced): Json {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.items.map(plainOf);
  return Object.fromEntries([...value.entries].map(([key, item]) => [key, plainOf(item)]));
}

/** The value at a path of keys, or undefined where a step is missing or no map. */
export function pick(value: Traced | undefined, ...path: readonly string[]): Traced | undefined {
  let current = value;
  for (const key of path) current = current?.kind === 'map' ? current.entries.get(key) : undefined;
  return current;
}

/** The text of a string at a path. */
export function textOf(value: Traced | undefined, ...path: readonly string[]): string | undefined {
  const found = pick(value, ...path);
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : undefined;
}

/** Keys and values of the map at a path; empty when there is none. */
export function entriesOf(
  value: Traced | undefined,
  ...path: readonly string[]
): readonly (readonly [string, Traced])[] {
  const found = pick(value, ...path);
  return found?.kind === 'map' ? [...found.entries] : [];
}

/** Items of the list at a path; empty when there is none. */
export function itemsOf(value: Traced | undefined, ...path: readonly string[]): readonly Traced[] {
  const found = pick(value, ...path);
  return found?.kind === 'list' ? found.items : [];
}

/** The scalars of the list at a path as text; maps and lists in it are left out. */
export function textsOf(value: Traced | undefined, ...path: readonly string[]): readonly string[] {
  return itemsOf(value, ...path).flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : []));
}

/** What Go templates and mergo take for nothing: absent, null, false, 0, "", and empty lists and maps. */
export function isEmpty(value: Traced | undefined): boolean {
  if (value === undefined) return true;
  if (value.kind === 'list') return value.items.length === 0;
  if (value.kind === 'map') return value.entries.size === 0;
  return value.value === null || value.value === false || value.value === 0 || value.value === '';
}

/** Whether a value is there and is null. */
export function isNull(value: Traced | undefined): boolean {
  return value?.kind === 'scalar' && value.value === null;
}

/** The map with a key set. */
export function withEntry(map: TracedMap, key: string, value: Traced): TracedMap {
  return { ...map, entries: new Map([...map.entries, [key, value]]) };
}

/** The map without a key. */
export function withoutEntry(map: TracedMap, key: string): TracedMap {
  return { ...map, entries: new Map([...map.entries].filter(([name]) => name !== key)) };
}

/**
 * Entries for every part whose place differs from that of the part above it, and for every part that nobody wrote the reason, each where
 * it differs from the one above. Of both lists the longest prefix of a path speaks for it.
 */
export function provenanceIn(root: Traced): {
  readonly provenance: readonly ProvenanceEntry[];
  readonly added: readonly AddedKey[];
} {
  const provenance: ProvenanceEntry[] = [];
  const added: AddedKey[] = [];
  const visit = (value: Traced, path: readonly string[], above: Origin): void => {
    const { at, why } = value.origin;
    if (at !== undefined && at !== above.at) provenance.push({ path, at });
    if (why !== undefined && (why !== above.why || at !== above.at)) added.push({ path, why });
    if (value.kind === 'scalar') return;
    const children = value.kind === 'map' ? [...value.entries] : [...value.items.entries()];
    for (const [key, child] of children) visit(child, [...path, String(key)], value.origin);
  };
  visit(root, [], {});
  return { provenance, added };
}
