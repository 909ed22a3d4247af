import type { ProvenanceEntry } from '../collector/effective-config.ts';
import type { SourceRange } from '../document/finding.ts';
import type { MapEntry, Node } from '../document/node.ts';

/**
 * The place in the file of a stretch of the YAML text that stands inside a scalar. In a literal block (`|`) every line is a line of the
 * file; its columns assume that the block is indented by two from the key, as nearly everybody writes it. In any other style, and where
 * the scalar's key is unknown, it is the scalar itself.
 */
export function placeInScalar(
  inner: SourceRange | undefined,
  scalar: MapEntry | undefined,
): SourceRange | undefined {
  if (scalar === undefined) return undefined;
  const { value, keyAt } = scalar;
  if (inner === undefined || value.kind !== 'scalar' || value.style !== 'literal') return value.at;
  const margin = keyAt.column + 1;
  return {
    file: value.at.file,
    line: value.at.line + inner.line,
    column: margin + inner.column,
    endLine: value.at.line + inner.endLine,
    endColumn: inner.endColumn === 1 ? 1 : margin + inner.endColumn,
  };
}

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
