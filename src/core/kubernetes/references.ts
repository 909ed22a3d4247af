import type { SourceRange } from '../document/finding.ts';
import { at, entriesAt, itemsAt, textAt } from '../document/node.ts';
import type { Node, Path } from '../document/node.ts';
import { BUILT_IN_NAMESPACES, isClusterWide, objectKey } from './kinds.ts';
import type { ReadObject } from './objects.ts';
import type { ManifestReference } from './workload.ts';

/**
 * Objects that must exist before this one works: its namespace, and what it names (service account, secrets, config maps, claims, roles,
 * scale targets). References marked `optional: true` and objects that every cluster has are left out. Each target once, at its first place.
 */
export function referencesOf(read: ReadObject): readonly ManifestReference[] {
  const { object, node } = read;
  const found = new Map<string, ManifestReference>();
  const add = (
    kind: string,
    name: string | undefined,
    place: SourceRange | undefined,
    namespace = object.namespace,
  ): void => {
    if (name === undefined || name === '' || place === undefined) return;
    const to = objectKey(kind, namespace, name);
    if (!found.has(to)) found.set(to, { from: object.key, to, at: place });
  };
  const named = (base: Node | undefined, kind: string, ...path: Path): void => {
    add(kind, textAt(base, ...path), at(base, ...path)?.at);
  };
  if (object.namespace !== undefined && !BUILT_IN_NAMESPACES.has(object.namespace)) {
    add('Namespace', object.namespace, at(node, 'metadata', 'namespace')?.at ?? object.at);
  }
  const pod = podOf(read);
  if (pod !== undefined) podReferences(pod, named);
  bindingReferences(read, add);
  if (object.kind === 'HorizontalPodAutoscaler') {
    const target = at(node, 'spec', 'scaleTargetRef');
    named(target, textAt(target, 'kind') ?? 'Deployment', 'name');
  }
  if (object.kind === 'StatefulSet') named(node, 'Service', 'spec', 'serviceName');
  return [...found.values()];
}

type Named = (base: Node | undefined, kind: string, ...path: Path) => void;
type Add = (
  kind: string,
  name: string | undefined,
  place: SourceRange | undefined,
  namespace?: string,
) => void;

/** Where each kind keeps its pod's spec. */
const POD_SPECS: Readonly<Record<string, Path>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

function podOf({ object, node }: ReadObject): Node | undefined {
  const path = Object.hasOwn(POD_SPECS, object.kind) ? POD_SPECS[object.kind] : undefined;
  return path === undefined ? undefined : at(node, ...path);
}

function podReferences(pod: Node, named: Named): void {
  const account = textAt(pod, 'serviceAccountName') === undefined ? 'serviceAccount' : 'serviceAccountName';
  if (textAt(pod, account) !== 'default') named(pod, 'ServiceAccount', account);
  named(pod, 'PriorityClass', 'priorityClassName');
  for (const secret of itemsAt(pod, 'imagePullSecrets')) named(secret, 'Secret', 'name');
  for (const container of [...itemsAt(pod, 'initContainers'), ...itemsAt(pod, 'containers')]) {
    for (const variable of itemsAt(container, 'env')) {
      needed(at(variable, 'valueFrom', 'secretKeyRef'), 'Secret', 'name', named);
      needed(at(variable, 'valueFrom', 'configMapKeyRef'), 'ConfigMap', 'name', named);
    }
    for (const source of itemsAt(container, 'envFrom')) {
      needed(at(source, 'secretRef'), 'Secret', 'name', named);
      needed(at(source, 'configMapRef'), 'ConfigMap', 'name', named);
    }
  }
  for (const volume of itemsAt(pod, 'volumes')) {
    needed(at(volume, 'secret'), 'Secret', 'secretName', named);
    needed(at(volume, 'configMap'), 'ConfigMap', 'name', named);
    named(volume, 'PersistentVolumeClaim', 'persistentVolumeClaim', 'claimName');
    for (const source of itemsAt(volume, 'projected', 'sources')) {
      needed(at(source, 'secret'), 'Secret', 'name', named);
      needed(at(source, 'configMap'), 'ConfigMap', 'name', named);
    }
  }
}

/** A reference unless it says `optional: true`, or names what the cluster itself puts into every namespace. */
function needed(reference: Node | undefined, kind: string, key: string, named: Named): void {
  const optional = at(reference, 'optional');
  if (optional?.kind === 'scalar' && optional.value === true) return;
  if (kind === 'ConfigMap' && textAt(reference, key) === 'kube-root-ca.crt') return;
  named(reference, kind, key);
}

/** A role binding needs its role and its service accounts. Users and groups are no objects. */
function bindingReferences({ object, node }: ReadObject, add: Add): void {
  if (object.kind !== 'ClusterRoleBinding' && object.kind !== 'RoleBinding') return;
  const role = at(node, 'roleRef');
  const kind = textAt(role, 'kind');
  const name = textAt(role, 'name');
  if (kind !== undefined && !isBuiltInRole(kind, name)) add(kind, name, at(role, 'name')?.at);
  for (const subject of itemsAt(node, 'subjects')) {
    if (textAt(subject, 'kind') !== 'ServiceAccount') continue;
    add(
      'ServiceAccount',
      textAt(subject, 'name'),
      at(subject, 'name')?.at,
      textAt(subject, 'namespace') ?? object.namespace,
    );
  }
}

/** Roles that every cluster has (Kubernetes RBAC reference, default roles). */
function isBuiltInRole(kind: string, name: string | undefined): boolean {
  return (
    isClusterWide(kind) &&
    name !== undefined &&
    (name.startsWith('system:') || ['cluster-admin', 'admin', 'edit', 'view'].includes(name))
  );
}

/** Names and values of a map of strings at a path; values that are no strings are left out. */
export function stringsAt(node: Node, ...path: Path): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entriesAt(node, ...path).flatMap(({ key, value }) =>
      value.kind === 'scalar' && typeof value.value === 'string' ? [[key, value.value]] : [],
    ),
  );
}
