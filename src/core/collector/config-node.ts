import { emitYaml } from '../document/emit.ts';
import type { SourceRange } from '../document/finding.ts';
import { isMap, plain } from '../document/node.ts';
import type { MapEntry, Node } from '../document/node.ts';
import type { EffectiveConfig, ProvenanceEntry } from './effective-config.ts';

/** A config as it was written, each key with its place. */
export type WrittenConfig = Pick<EffectiveConfig, 'text' | 'tree' | 'provenance'>;

/**
 * Several `--config` sources as one: maps merge, anything else of a later one replaces, null too; lists are replaced
 * (core `confmap`, README "Null Maps"; reference/collector.md §1.5). Keys keep the place of whoever wrote them last.
 */
export function mergedConfig(roots: readonly Node[]): WrittenConfig {
  const [first, ...rest] = roots;
  if (first === undefined) return { text: '', tree: {}, provenance: [] };
  const whole = rest.reduce(mergeNodes, first);
  const value = plain(whole);
  const tree = isMap(value) ? value : {};
  return { text: emitYaml(tree), tree, provenance: placesOf(whole, []) };
}

/** A list that a later source put in the place of an earlier one, with what got lost by it. */
export interface ReplacedList {
  readonly path: readonly string[];
  readonly dropped: readonly string[];
  /** The earlier list. */
  readonly was: SourceRange;
}

/** The lists of words that {@link mergedConfig} replaces by lists without some of those words. */
export function replacedLists(roots: readonly Node[]): readonly ReplacedList[] {
  const [first, ...rest] = roots;
  const found: ReplacedList[] = [];
  const compare = (base: Node, next: Node, path: readonly string[]): void => {
    if (base.kind === 'sequence' && next.kind === 'sequence') {
      const kept = new Set(wordsOf(next));
      const dropped = wordsOf(base).filter((word) => !kept.has(word));
      if (dropped.length > 0) found.push({ path, dropped, was: base.at });
    }
    if (base.kind !== 'map' || next.kind !== 'map') return;
    const known = new Map(base.entries.map((one) => [one.key, one.value]));
    for (const { key, value } of next.entries) {
      const before = known.get(key);
      if (before !== undefined) compare(before, value, [...path, key]);
    }
  };
  let whole = first;
  for (const next of rest) {
    if (whole === undefined) break;
    compare(whole, next, []);
    whole = mergeNodes(whole, next);
  }
  return found;
}

function wordsOf(list: Node): readonly string[] {
  if (list.kind !== 'sequence') return [];
  return list.items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
  );
}

function mergeNodes(base: Node, next: Node): Node {
  if (base.kind !== 'map' || next.kind !== 'map') return next;
  const entries = new Map<string, MapEntry>(base.entries.map((one) => [one.key, one]));
  for (const one of next.entries) {
    const known = entries.get(one.key);
    entries.set(one.key, known === undefined ? one : { ...one, value: mergeNodes(known.value, one.value) });
  }
  return { ...next, entries: [...entries.values()] };
}

/** An entry for every key and list item, at the key or the item. */
function placesOf(node: Node, path: readonly string[]): readonly ProvenanceEntry[] {
  const found: ProvenanceEntry[] = [];
  const visit = (value: Node, here: readonly string[]): void => {
    const add = (child: string, at: SourceRange, inner: Node): void => {
      const below = [...here, child];
      found.push({ path: below, at });
      visit(inner, below);
    };
    if (value.kind === 'map') {
      for (const { key, keyAt, value: inner } of value.entries) add(key, keyAt, inner);
    }
    if (value.kind === 'sequence') {
      for (const [index, item] of value.items.entries()) add(String(index), item.at, item);
    }
  };
  visit(node, path);
  return found;
}
