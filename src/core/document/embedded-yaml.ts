import type { Finding, SourceRange } from './finding.ts';
import type { MapEntry, Node } from './node.ts';
import { parseYaml } from './yaml.ts';
import type { YamlDocument } from './yaml.ts';

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
  const { value } = scalar;
  if (inner === undefined || value.kind !== 'scalar' || value.style !== 'literal') return value.at;
  return moved(inner, scalar);
}

function moved(inner: SourceRange, { value, keyAt }: MapEntry): SourceRange {
  // A block that begins in line 0 is a whole file of its own (a ConfigMap made from it).
  if (value.at.line === 0) return { ...inner, file: value.at.file };
  const margin = keyAt.column + 1;
  return {
    file: value.at.file,
    line: value.at.line + inner.line,
    column: margin + inner.column,
    endLine: value.at.line + inner.endLine,
    endColumn: inner.endColumn === 1 ? 1 : margin + inner.endColumn,
  };
}

/** YAML that stands as text in a scalar of another document, every node and finding at its place in the file. */
export interface EmbeddedYaml {
  readonly documents: readonly YamlDocument[];
  readonly findings: readonly Finding[];
}

/** One ConfigMap may be mounted by many. */
const embedded = new WeakMap<MapEntry, EmbeddedYaml>();

/**
 * Reads the text of a string scalar as YAML (a ConfigMap's value, the `config` of a custom resource). Other values hold none. The same scalar
 * gives the same nodes.
 */
export function yamlInScalar(scalar: MapEntry): EmbeddedYaml {
  const read = embedded.get(scalar) ?? readScalar(scalar);
  embedded.set(scalar, read);
  return read;
}

function readScalar(scalar: MapEntry): EmbeddedYaml {
  const { value } = scalar;
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return { documents: [], findings: [] };
  const { documents, findings } = parseYaml(value.at.file, value.value);
  const place = (inner: SourceRange): SourceRange => placeInScalar(inner, scalar) ?? value.at;
  return {
    documents: documents.map(({ root, at }) => ({ root: relocated(root, place), at: place(at) })),
    findings: findings.map((finding) => ({
      ...finding,
      at: finding.at === undefined ? value.at : place(finding.at),
    })),
  };
}

/** The node with every range passed through `place`. Aliases share nodes, so each is made once. */
export function relocated(node: Node, place: (range: SourceRange) => SourceRange): Node {
  const known = new Map<Node, Node>();
  const visit = (one: Node): Node => {
    const done = known.get(one);
    if (done !== undefined) return done;
    const at = place(one.at);
    const made: Node =
      one.kind === 'map'
        ? {
            ...one,
            at,
            entries: one.entries.map(({ key, keyAt, value }) => ({
              key,
              keyAt: place(keyAt),
              value: visit(value),
            })),
          }
        : one.kind === 'sequence'
          ? { ...one, at, items: one.items.map(visit) }
          : { ...one, at };
    known.set(one, made);
    return made;
  };
  return visit(node);
}
