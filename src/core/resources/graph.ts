import { KINDS } from '../bindplane/resource.ts';
import type { Kind, Reference, Resource, ResourceKey } from '../bindplane/resource.ts';
import { referencesOf } from '../bindplane/references.ts';
import { compareText } from '../document/finding.ts';

/** Who names whom among the resources of a repository. */
export interface ResourceGraph {
  /** Every reference, in the order of `order`. */
  readonly references: readonly Reference[];
  /** References to resources that do not exist. */
  readonly missing: readonly Reference[];
  /** Groups of resources that name each other in a circle, each in a stable order. */
  readonly cycles: readonly (readonly ResourceKey[])[];
  /** Dependencies first; among free ones by kind (the order a server must receive them), then by name. */
  readonly order: readonly ResourceKey[];
  /** References that a resource makes; empty for unknown keys. */
  from(key: ResourceKey): readonly Reference[];
  /** References that name a resource. */
  to(key: ResourceKey): readonly Reference[];
  /** Everything that needs one of `keys`, directly or through others, without the keys themselves unless in a circle. */
  dependents(keys: Iterable<ResourceKey>): ReadonlySet<ResourceKey>;
  /** Everything that `keys` need, directly or through others. */
  dependencies(keys: Iterable<ResourceKey>): ReadonlySet<ResourceKey>;
}

const RANK: ReadonlyMap<Kind, number> = new Map(KINDS.map((kind, index) => [kind, index]));

/** The kind in a resource key. */
export function kindOf(key: ResourceKey): Kind {
  const kind = key.slice(0, key.indexOf('/'));
  return KINDS.find((candidate) => candidate === kind) ?? 'Configuration';
}

/** Order of resource keys: kind in the order of {@link KINDS}, then name. */
export function compareResourceKeys(a: ResourceKey, b: ResourceKey): number {
  return (RANK.get(kindOf(a)) ?? 0) - (RANK.get(kindOf(b)) ?? 0) || compareText(a, b);
}

/**
 * The graph of a set of resources.
 * @param exists says of a key that is no resource here whether it exists all the same (types of the catalogue);
 *   such references are not missing, and have no place in the order
 */
export function buildGraph(
  resources: ReadonlyMap<ResourceKey, Resource>,
  exists: (key: ResourceKey) => boolean = () => false,
): ResourceGraph {
  const keys = [...resources.keys()].sort(compareResourceKeys);
  const from = new Map<ResourceKey, readonly Reference[]>();
  const to = new Map<ResourceKey, Reference[]>();
  for (const key of keys) {
    const resource = resources.get(key);
    const references = resource === undefined ? [] : referencesOf(resource);
    from.set(key, references);
    for (const reference of references) {
      const known = to.get(reference.to);
      if (known === undefined) to.set(reference.to, [reference]);
      else known.push(reference);
    }
  }
  const { order, cycles } = sortTopologically(keys, from);
  const references = order.flatMap((key) => from.get(key) ?? []);
  return {
    references,
    missing: references.filter((reference) => !resources.has(reference.to) && !exists(reference.to)),
    cycles,
    order,
    from: (key) => from.get(key) ?? [],
    to: (key) => to.get(key) ?? [],
    dependents: (start) => reach(start, (key) => (to.get(key) ?? []).map((reference) => reference.from)),
    dependencies: (start) => reach(start, (key) => (from.get(key) ?? []).map((reference) => reference.to)),
  };
}

/** Kahn's algorithm with a stable choice; when nothing is free, the members of one circle are given out in order. */
function sortTopologically(
  keys: readonly ResourceKey[],
  from: ReadonlyMap<ResourceKey, readonly Reference[]>,
): { readonly order: readonly ResourceKey[]; readonly cycles: readonly (readonly ResourceKey[])[] } {
  const waiting = new Map<ResourceKey, Set<ResourceKey>>();
  const waiters = new Map<ResourceKey, ResourceKey[]>();
  for (const key of keys) {
    const needs = new Set(
      (from.get(key) ?? []).map((reference) => reference.to).filter((to) => from.has(to)),
    );
    waiting.set(key, needs);
    for (const need of needs) {
      const known = waiters.get(need);
      if (known === undefined) waiters.set(need, [key]);
      else known.push(key);
    }
  }
  // Keys are in order, so that their numbers are compared instead of them.
  const rank = new Map(keys.map((key, index) => [key, index]));
  const rankOf = (key: ResourceKey): number => rank.get(key) ?? keys.length;
  const order: ResourceKey[] = [];
  const cycles: (readonly ResourceKey[])[] = [];
  let free = keys.filter((key) => waiting.get(key)?.size === 0).map(rankOf);
  while (waiting.size > 0) {
    if (free.length === 0) {
      const cycle = findCycle(waiting);
      cycles.push(cycle);
      free = cycle.map(rankOf);
    }
    const key = keys[free.shift() ?? keys.length];
    if (key === undefined || !waiting.delete(key)) continue;
    order.push(key);
    for (const waiter of waiters.get(key) ?? []) {
      const needs = waiting.get(waiter);
      if (needs?.delete(key) === true && needs.size === 0) insertSorted(free, rankOf(waiter));
    }
  }
  return { order, cycles };
}

/** The circle met by walking from the first waiting resource along its first unmet need. */
function findCycle(waiting: ReadonlyMap<ResourceKey, ReadonlySet<ResourceKey>>): readonly ResourceKey[] {
  const path: ResourceKey[] = [];
  const seen = new Set<ResourceKey>();
  let key = [...waiting.keys()][0];
  while (key !== undefined && !seen.has(key)) {
    seen.add(key);
    path.push(key);
    key = [...(waiting.get(key) ?? [])].find((need) => waiting.has(need));
  }
  const start = key === undefined ? 0 : path.indexOf(key);
  return path.slice(start).sort(compareResourceKeys);
}

function insertSorted(sorted: number[], value: number): void {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  if (sorted[low] !== value) sorted.splice(low, 0, value);
}

function reach(
  start: Iterable<ResourceKey>,
  next: (key: ResourceKey) => readonly ResourceKey[],
): ReadonlySet<ResourceKey> {
  const found = new Set<ResourceKey>();
  const queue = [...start];
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    for (const other of next(key)) {
      if (found.has(other)) continue;
      found.add(other);
      queue.push(other);
    }
  }
  return found;
}
