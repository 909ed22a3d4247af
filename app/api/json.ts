import type { SourceRange } from '../../src/core/document/finding.ts';
import type { Json, MapNode, Node } from '../../src/core/document/node.ts';
import { isList, isMap } from '../../src/core/document/node.ts';

const NOWHERE: SourceRange = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

/** A JSON value as nodes, so that a request body is read by the rules that read files. Places mean nothing. */
function nodeOf(value: Json): Node {
  if (isList(value)) return { kind: 'sequence', items: value.map(nodeOf), at: NOWHERE };
  if (isMap(value)) return mapNode(value);
  return { kind: 'scalar', value, style: 'plain', at: NOWHERE };
}

/** As `nodeOf`, for maps. */
export function mapNode(value: { readonly [key: string]: Json }): MapNode {
  const entries = Object.entries(value).map(([key, item]) => ({ key, keyAt: NOWHERE, value: nodeOf(item) }));
  return { kind: 'map', entries, at: NOWHERE };
}

/** A value that should be a text; empty when it is none. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
