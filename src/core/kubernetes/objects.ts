import { canonicalJson, sha256 } from '../document/digest.ts';
import { at, entry, itemsAt, plain, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import { isClusterWide, objectKey } from './kinds.ts';
import type { ManifestObject } from './workload.ts';

/** An object with the node it was read from. */
export interface ReadObject {
  readonly object: ManifestObject;
  readonly node: Node;
}

/** API groups of resources that are no Kubernetes objects although they look like ones. */
const FOREIGN_GROUPS = ['bindplane.observiq.com/'];

/** Kinds that tools read from files and no cluster ever sees. */
const FILE_KINDS: ReadonlySet<string> = new Set(['Kustomization', 'Component']);

/**
 * The Kubernetes objects of one document: itself, or the items of a `List`. Anything else (BindPlane resources, plain configs,
 * Helm values, objects with a generated name) gives none: it is no mistake.
 */
export function objectsOf(root: Node): readonly ReadObject[] {
  const apiVersion = textAt(root, 'apiVersion');
  const kind = textAt(root, 'kind');
  if (
    apiVersion === undefined ||
    kind === undefined ||
    FOREIGN_GROUPS.some((group) => apiVersion.startsWith(group))
  ) {
    return [];
  }
  if (apiVersion === 'v1' && kind === 'List') {
    return itemsAt(root, 'items').flatMap((item) => objectsOf(item));
  }
  if (FILE_KINDS.has(kind)) return [];
  const name = textAt(root, 'metadata', 'name');
  if (name === undefined || name === '') return [];
  const namespace = isClusterWide(kind) ? undefined : (textAt(root, 'metadata', 'namespace') ?? 'default');
  const place = entry(at(root, 'metadata'), 'name')?.value.at ?? root.at;
  let digest: string | undefined;
  return [
    {
      object: {
        key: objectKey(kind, namespace, name),
        apiVersion,
        kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
        at: place,
        // Only a plan asks for it.
        get digest() {
          return (digest ??= sha256(canonicalJson(plain(root))));
        },
      },
      node: root,
    },
  ];
}
