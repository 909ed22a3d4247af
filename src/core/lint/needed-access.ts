import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { Component } from '../collector/pipelines.ts';
import type { RunningConfig } from './running.ts';

/** Something a component asks the Kubernetes API for. */
export interface NeededAccess {
  readonly component: Component;
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

const READ: readonly string[] = ['get', 'list', 'watch'];
const CORE_OF_CLUSTER: readonly string[] = [
  'events',
  'namespaces',
  'nodes',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'services',
];

/**
 * What the components of a config need (reference/collector.md §4.6: operator `internal/components`, chart's cluster role). Only what they
 * stop or complain without; what depends on a version that is not known is left out.
 */
export function neededAccess(running: RunningConfig): readonly NeededAccess[] {
  return running.components.flatMap((component) => {
    const body: JsonMap = isMap(component.body) ? component.body : {};
    const need = (
      group: string,
      resources: readonly string[],
      verbs: readonly string[],
    ): readonly NeededAccess[] => resources.map((resource) => ({ component, group, resource, verbs }));
    const auth = body['auth_type'];
    // A kubeconfig or no authentication at all is somebody else's account.
    if (auth === 'kubeConfig' || auth === 'none') return [];
    switch (`${component.class}/${component.type}`) {
      case 'processors/k8s_attributes':
        return body['passthrough'] === true ? [] : ofAttributes(body, need);
      case 'receivers/k8s_cluster':
        return ofCluster(body, need);
      case 'receivers/k8s_events':
        return need('', ['events'], ['list', 'watch']);
      case 'receivers/k8s_objects':
        return ofObjects(body, need);
      case 'receivers/kubelet_stats':
        return auth === 'serviceAccount'
          ? need('', needsProxy(body) ? ['nodes/stats', 'nodes/proxy'] : ['nodes/stats'], ['get'])
          : [];
      case 'extensions/k8s_leader_elector':
        return need('coordination.k8s.io', ['leases'], ['get', 'create', 'update']);
      case 'extensions/k8s_observer':
        return ofObserver(body, need);
      case 'processors/resource_detection':
        return detectors(body).some((name) => name === 'k8snode' || name === 'k8s_api')
          ? need('', ['nodes'], ['get'])
          : [];
      default:
        return [];
    }
  });
}

type Need = (
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
) => readonly NeededAccess[];

function ofAttributes(body: JsonMap, need: Need): readonly NeededAccess[] {
  const extract = isMap(body['extract']) ? body['extract'] : {};
  const metadata = words(extract['metadata']);
  const has = (pattern: RegExp): boolean => metadata.some((name) => pattern.test(name));
  const labels = [extract['labels'], extract['annotations']].flatMap((list) => (isList(list) ? list : []));
  const from = (kind: string): boolean => labels.some((one) => isMap(one) && one['from'] === kind);
  // Some metadata, such as a pod's start time, needs pods only; without a list the deployment's name is among the defaults.
  const deployments = metadata.length === 0 || has(/^k8s\.deployment\.|^service\./);
  const filter = isMap(body['filter']) ? body['filter'] : {};
  const namespaced = filter['namespace'] !== undefined;
  return [
    ...need('', namespaced && !from('namespace') ? ['pods'] : ['pods', 'namespaces'], READ),
    ...(deployments ? need('apps', ['replicasets'], READ) : []),
    ...(has(/^k8s\.node\./) && has(/^k8s\.node\.uid$/)
      ? need('', ['nodes'], READ)
      : from('node')
        ? need('', ['nodes'], READ)
        : []),
  ];
}

function ofCluster(body: JsonMap, need: Need): readonly NeededAccess[] {
  // Bound to namespaces it leaves out what belongs to the cluster.
  const bound = body['namespace'] !== undefined || body['namespaces'] !== undefined;
  const core = bound
    ? CORE_OF_CLUSTER.filter((name) => name !== 'nodes' && name !== 'namespaces')
    : CORE_OF_CLUSTER;
  const metrics = isMap(body['metrics']) ? Object.entries(body['metrics']) : [];
  const volumes = metrics.some(
    ([name, value]) => name.startsWith('k8s.persistentvolume') && isMap(value) && value['enabled'] === true,
  );
  return [
    ...need(
      '',
      core.filter((name) => name !== 'events'),
      ['list', 'watch'],
    ),
    ...(volumes && !bound
      ? need('', ['persistentvolumes', 'persistentvolumeclaims'], ['list', 'watch'])
      : []),
    ...need('apps', ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], ['list', 'watch']),
    ...need('batch', ['jobs', 'cronjobs'], ['list', 'watch']),
    ...need('autoscaling', ['horizontalpodautoscalers'], ['list', 'watch']),
  ];
}

function ofObjects(body: JsonMap, need: Need): readonly NeededAccess[] {
  const objects = body['objects'];
  if (!isList(objects)) return [];
  return objects.flatMap((object) => {
    const name = isMap(object) ? object['name'] : undefined;
    if (!isMap(object) || typeof name !== 'string') return [];
    const group = typeof object['group'] === 'string' ? object['group'] : groupOf(name);
    if (group === undefined) return [];
    return need(group, [name], object['mode'] === 'watch' ? ['list', 'watch'] : ['list']);
  });
}

/** The group of the most used kinds; others are not judged without `group`. */
function groupOf(resource: string): string | undefined {
  if (
    ['pods', 'nodes', 'services', 'namespaces', 'events', 'configmaps', 'persistentvolumes'].includes(
      resource,
    )
  ) {
    return '';
  }
  return ['deployments', 'daemonsets', 'statefulsets', 'replicasets'].includes(resource) ? 'apps' : undefined;
}

function ofObserver(body: JsonMap, need: Need): readonly NeededAccess[] {
  const on = (key: string, fallback: boolean): boolean =>
    typeof body[key] === 'boolean' ? body[key] : fallback;
  return need(
    '',
    [
      ...(on('observe_pods', true) ? ['pods'] : []),
      ...(on('observe_nodes', false) ? ['nodes'] : []),
      ...(on('observe_services', false) ? ['services'] : []),
    ],
    ['list', 'watch'],
  );
}

function detectors(body: JsonMap): readonly string[] {
  return words(body['detectors']);
}

/** Whether a config has the kubelet tell more than its statistics. */
export function needsNodesProxy(running: RunningConfig): boolean {
  return running.components.some(({ class: section, type, body }) => {
    if (section !== 'receivers') return false;
    // These scrape through the API server's proxy where their documentation is followed.
    if (type === 'awscontainerinsightreceiver' || type === 'prometheus') return true;
    return type === 'kubelet_stats' && isMap(body) && needsProxy(body);
  });
}

function needsProxy(body: JsonMap): boolean {
  const labels = body['extra_metadata_labels'];
  const metrics = isMap(body['metrics']) ? Object.entries(body['metrics']) : [];
  return (
    (isList(labels) && labels.length > 0) ||
    metrics.some(
      ([name, value]) =>
        /_(?:limit|request)_utilization$/.test(name) && isMap(value) && value['enabled'] === true,
    )
  );
}

function words(value: Json | undefined): readonly string[] {
  return isList(value) ? value.flatMap((item) => (typeof item === 'string' ? [item] : [])) : [];
}
