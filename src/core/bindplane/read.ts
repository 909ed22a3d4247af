import { canonicalJson, sha256 } from '../document/digest.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import { at, isMap, plain, textAt, type Json, type JsonMap, type MapNode } from '../document/node.ts';
import { KINDS, type Kind, type Resource } from './resource.ts';
import { shapeFindings } from './shape.ts';

export { manifestOf } from './manifest.ts';

/**
 * A BindPlane resource from one YAML document. Findings are BPR-001: unknown kind or key, missing key, wrong type of value, with "did
 * you mean"; a `selector` beside `spec` is an unknown key here. The resource is absent only when kind or name cannot be told;
 * otherwise it holds what could be read, so that later steps still see it.
 */
export function readResource(root: MapNode): {
  readonly resource?: Resource;
  readonly findings: readonly Finding[];
} {
  const findings = shapeFindings(root);
  const value = plain(root);
  const name = textAt(root, 'metadata', 'name');
  const kind = kindNamed(textAt(root, 'kind'));
  if (kind === undefined || name === undefined || name === '' || !isMap(value)) return { findings };
  const place: SourceRange = at(root, 'metadata', 'name')?.at ?? root.at;
  return { resource: { ...resource(kind, name, value), document: root, at: place }, findings };
}

/** A resource from a server's JSON answer; undefined when it is none of the kinds, or has no name. */
export function resourceFromJson(value: JsonMap): Resource | undefined {
  const kind = kindNamed(value['kind']);
  const metadata = value['metadata'];
  const name = isMap(metadata) ? metadata['name'] : undefined;
  return kind === undefined || typeof name !== 'string' || name === ''
    ? undefined
    : resource(kind, name, value);
}

function kindNamed(value: Json | undefined): Kind | undefined {
  return KINDS.find((kind) => kind === value);
}

function resource(kind: Kind, name: string, value: JsonMap): Resource {
  const metadata = isMap(value['metadata']) ? value['metadata'] : {};
  const spec = isMap(value['spec']) ? value['spec'] : {};
  const labels = isMap(metadata['labels'])
    ? Object.fromEntries(Object.entries(metadata['labels']).map(([key, label]) => [key, scalarText(label)]))
    : {};
  const apiVersion = value['apiVersion'];
  let digest: string | undefined;
  return {
    key: `${kind}/${name}`,
    kind,
    name,
    apiVersion: typeof apiVersion === 'string' ? apiVersion : 'bindplane.observiq.com/v1',
    metadata,
    labels,
    spec,
    // Only plans and lists of changes ask for it.
    get digest() {
      return (digest ??= sha256(
        canonicalJson({
          kind,
          name,
          labels,
          displayName: metadata['displayName'] ?? '',
          description: metadata['description'] ?? '',
          spec,
        }),
      ));
    },
  };
}

function scalarText(value: Json): string {
  return value === null || typeof value === 'object' ? '' : String(value);
}
