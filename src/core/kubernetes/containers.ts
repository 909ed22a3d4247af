import { at, entriesAt, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { Container, EnvironmentVariable, Placed, Workload } from './workload.ts';
import type { ReadObject } from './objects.ts';
import { containerSpecOf, podOf } from './pod.ts';

const WORKLOAD_KINDS = ['Deployment', 'DaemonSet', 'StatefulSet'] as const;

/** Asked for once for its own sake and once for the collectors in it. */
const workloads = new WeakMap<ReadObject, Workload>();

/** The workload an object is, or undefined for other kinds; the same one each time. */
export function workloadOf(read: ReadObject): Workload | undefined {
  const known = workloads.get(read) ?? readWorkload(read);
  if (known !== undefined) workloads.set(read, known);
  return known;
}

function readWorkload({ object, node }: ReadObject): Workload | undefined {
  const kind = WORKLOAD_KINDS.find((candidate) => candidate === object.kind);
  if (kind === undefined || !object.apiVersion.startsWith('apps/')) return undefined;
  const replicas = at(node, 'spec', 'replicas');
  const count =
    replicas?.kind === 'scalar' && typeof replicas.value === 'number' ? replicas.value : undefined;
  const pod = at(node, 'spec', 'template', 'spec');
  return {
    key: object.key,
    kind,
    namespace: object.namespace ?? 'default',
    name: object.name,
    ...(kind === 'DaemonSet' ? {} : { replicas: count ?? 1 }),
    containers: [...containersAt(pod, 'initContainers', true), ...containersAt(pod, 'containers', false)],
    ...(isReloaded(node) && { restartsOnConfig: true }),
    ...(pod && { pod: podOf(node) }),
    ...(count !== undefined && replicas && { replicasAt: replicas.at }),
    at: object.at,
  };
}

/** `reloader.stakater.com/auto`, `configmap.reloader.stakater.com/auto` or `…/reload` on the workload. */
function isReloaded(node: Node): boolean {
  return entriesAt(node, 'metadata', 'annotations').some(({ key }) =>
    /^(?:configmap\.)?reloader\.stakater\.com\/(?:auto|reload)$/.test(key),
  );
}

function containersAt(
  pod: Node | undefined,
  field: 'initContainers' | 'containers',
  init: boolean,
): readonly Container[] {
  return itemsAt(pod, field).map((container) => {
    const image = placedText(container, 'image');
    return {
      name: textAt(container, 'name') ?? '',
      init,
      ...(image === undefined ? {} : { image }),
      env: itemsAt(container, 'env').flatMap(variable),
      envFromUnknown: itemsAt(container, 'envFrom').length > 0,
      spec: containerSpecOf(container),
    };
  });
}

function variable(node: Node): readonly EnvironmentVariable[] {
  const name = textAt(node, 'name');
  if (name === undefined) return [];
  const value = placedText(node, 'value');
  const source = at(node, 'valueFrom');
  const from = source?.kind === 'map' ? source.entries[0] : undefined;
  return [
    {
      name,
      ...(value === undefined ? {} : { value }),
      ...(from === undefined ? {} : { from: from.key, ...keyOf(from.value) }),
      at: node.at,
    },
  ];
}

function keyOf(reference: Node): Pick<EnvironmentVariable, 'key'> {
  const [of, name] = [textAt(reference, 'name'), textAt(reference, 'key')];
  return of === undefined || name === undefined ? {} : { key: { of, name } };
}

/** A string scalar with its place; numbers and booleans as the text Kubernetes would refuse are left out. */
function placedText(node: Node, key: string): Placed<string> | undefined {
  const found = at(node, key);
  return found?.kind === 'scalar' && typeof found.value === 'string'
    ? { value: found.value, at: found.at }
    : undefined;
}
