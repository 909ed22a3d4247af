import type { Workload } from '../kubernetes/workload.ts';
import { bodyOf } from './pipeline-parts.ts';
import { startedComponents } from './running.ts';
import type { Cluster, RunningConfig } from './running.ts';

/** How many pods a workload may have at once: its replicas, or what scales it. Undefined where nothing says it. */
export function mostPods(workload: Workload, cluster: Cluster, running?: RunningConfig): number | undefined {
  if (workload.kind === 'DaemonSet') return Infinity;
  const scaled = [
    ...cluster.autoscalersOf(workload).map(({ max }) => max?.value ?? 1),
    ...(running?.rendered.collector?.autoscaler === undefined
      ? []
      : [running.rendered.collector.autoscaler.max]),
  ];
  return scaled.length > 0 ? Math.max(...scaled) : workload.replicas;
}

/** How many pods it has at least. */
export function leastPods(workload: Workload, cluster: Cluster, running?: RunningConfig): number | undefined {
  if (workload.kind === 'DaemonSet') return undefined;
  const scaled = [
    ...cluster.autoscalersOf(workload).map(({ min }) => min?.value ?? 1),
    ...(running?.rendered.collector?.autoscaler === undefined
      ? []
      : [running.rendered.collector.autoscaler.min ?? 1]),
  ];
  return scaled.length > 0 ? Math.min(...scaled) : workload.replicas;
}

/** `Deployment gateway has 3 replicas`, where there may be more pods than one; undefined where there is one, or nobody knows. */
export function severalPods(
  workload: Workload,
  cluster: Cluster,
  running?: RunningConfig,
): string | undefined {
  const most = mostPods(workload, cluster, running);
  if (most === undefined || most < 2) return undefined;
  const own = `${workload.kind} ${workload.name}`;
  if (most === Infinity) return `${own} has a pod on every node`;
  return most === workload.replicas && workload.replicasAt !== undefined
    ? `${own} has ${most} replicas`
    : `${own} scales to ${most} replicas`;
}

/** Receivers that ask the whole cluster, with the collector version in which they learned to elect one of several pods. */
const OF_CLUSTER: Readonly<Record<string, string>> = {
  k8s_cluster: '0.130.0',
  k8s_objects: '0.130.0',
  k8s_events: '0.137.0',
};

/** The receivers that ask the whole cluster in every pod, as nothing elects one: what runs them has to be one pod. */
export function unelected(
  running: RunningConfig,
): readonly { readonly id: string; readonly since: string }[] {
  return startedComponents(running, 'receivers', Object.keys(OF_CLUSTER)).flatMap(({ id, type }) =>
    bodyOf(running, 'receivers', id)['k8s_leader_elector'] === undefined
      ? [{ id, since: OF_CLUSTER[type] ?? '' }]
      : [],
  );
}
