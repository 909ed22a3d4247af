import type { SourceRange } from './finding.ts';

/** Plain data as YAML and JSON know it. `bigint` only for integers beyond 2^53 (Go keeps them exact). */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

export type JsonMap = { readonly [key: string]: Json };

/** A parsed YAML node that remembers where it stood. */
export type Node = MapNode | SequenceNode | ScalarNode;

export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
  readonly at: SourceRange;
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: SourceRange;
  readonly value: Node;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
  readonly at: SourceRange;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | bigint | boolean | null;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  readonly at: SourceRange;
}

export type Path = readonly (string | number)[];

/** The entry of a map with this key, or undefined (also when the node is no map). */
export function entry(node: Node | undefined, key: string): MapEntry | undefined {
  if (node?.kind !== 'map') return undefined;
  // Rules ask this some hundred thousand times of a repository: a function for each question would show.
  for (const candidate of node.entries) if (candidate.key === key) return candidate;
  return undefined;
}

/** The node at a path of map keys and sequence indices, or undefined. */
export function at(node: Node | undefined, ...path: Path): Node | undefined {
  let current = node;
  for (const step of path) {
    current =
      typeof step === 'number'
        ? current?.kind === 'sequence'
          ? current.items[step]
          : undefined
        : entry(current, step)?.value;
  }
  return current;
}

/** The text of a string scalar at a path, or undefined when it is absent or no string. */
export function textAt(node: Node | undefined, ...path: Path): string | undefined {
  const found = at(node, ...path);
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : undefined;
}

/** Items of the sequence at a path; empty when there is none. */
export function itemsAt(node: Node | undefined, ...path: Path): readonly Node[] {
  const found = at(node, ...path);
  return found?.kind === 'sequence' ? found.items : [];
}

/** Entries of the map at a path; empty when there is none. */
export function entriesAt(node: Node | undefined, ...path: Path): readonly MapEntry[] {
  const found = at(node, ...path);
  return found?.kind === 'map' ? found.entries : [];
}

/** The node without its positions. Keys named `__proto__` stay plain data. */
export function plain(node: Node | undefined): Json {
  if (node === undefined) return null;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'sequence') return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

/** Whether a value is a map. */
export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
