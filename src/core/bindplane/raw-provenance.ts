import type { ProvenanceEntry } from '../collector/effective-config.ts';
import { placeInScalar } from '../document/embedded-yaml.ts';
import type { SourceRange } from '../document/finding.ts';
import type { MapEntry, Node } from '../document/node.ts';

/** Entries for every key (and sequence item) below `node`, whose text stands inside `scalar`. `path` is the node's own path. */
export function innerProvenance(
  node: Node,
  path: readonly string[],
  scalar: MapEntry,
  via: SourceRange | undefined,
): readonly ProvenanceEntry[] {
  const entries: ProvenanceEntry[] = [];
  const add = (child: readonly string[], range: SourceRange, value: Node): void => {
    const place = placeInScalar(range, scalar);
    if (place !== undefined) entries.push({ path: child, at: place, ...(via !== undefined && { via }) });
    entries.push(...innerProvenance(value, child, scalar, via));
  };
  if (node.kind === 'map') {
    for (const { key, keyAt, value } of node.entries) add([...path, key], keyAt, value);
  }
  if (node.kind === 'sequence') {
    node.items.forEach((item, index) => add([...path, String(index)], item.at, item));
  }
  return entries;
}
