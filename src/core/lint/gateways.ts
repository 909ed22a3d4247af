import { takesData } from '../collector/listeners.ts';
import type { Listener } from '../collector/listeners.ts';
import type { FindingGroup } from '../document/finding.ts';
import type { ServiceObject } from '../kubernetes/services.ts';
import type { Workload } from '../kubernetes/workload.ts';
import { workloadId } from './collector-workloads.ts';
import { targetsOf } from './ports.ts';
import { unelected } from './replicas.ts';
import { workloadWords } from './running.ts';
import type { Cluster, RunningConfig, Sender } from './running.ts';

/** A workload that receives from others: a Deployment or StatefulSet whose receivers a Service leads to, or that another config sends to. */
export interface Gateway {
  readonly workload: Workload;
  /** What it runs; empty where no file shows its config. */
  readonly running: readonly RunningConfig[];
  readonly listeners: readonly Listener[];
  readonly services: readonly ServiceObject[];
  readonly senders: readonly Sender[];
  /** Whether it runs something that reports twice with a second pod (K8S-014): then one pod is right. */
  readonly onePod: boolean;
}

/** Nine rules ask for the gateways of a cluster, and for whether a workload is one. */
const known = new WeakMap<Cluster, Map<Workload, Gateway | undefined>>();

/** The gateways among the collectors of the files. */
export function gatewaysOf(cluster: Cluster): readonly Gateway[] {
  return [...cluster.workloads, ...cluster.made].flatMap((workload) => gatewayOf(workload, cluster) ?? []);
}

/** The workload as a gateway, or undefined where it is none. Pods of a DaemonSet are one tier on every node, so it is none. */
export function gatewayOf(workload: Workload, cluster: Cluster): Gateway | undefined {
  const gateways = known.get(cluster) ?? new Map<Workload, Gateway | undefined>();
  known.set(cluster, gateways);
  if (!gateways.has(workload)) gateways.set(workload, readGateway(workload, cluster));
  return gateways.get(workload);
}

function readGateway(workload: Workload, cluster: Cluster): Gateway | undefined {
  if (workload.kind === 'DaemonSet') return undefined;
  const running = cluster.runningIn(workload);
  const listeners = running.flatMap((one) => one.listeners().filter((listener) => takesData(listener)));
  const own = cluster.servicesOf(workload);
  const known = running.some(({ whole }) => whole);
  const services = own.filter((service) =>
    targetsOf(service, workload).some(({ port, servicePort }) =>
      known ? listeners.some((listener) => listener.port === port) : looksLikeOtlp(servicePort),
    ),
  );
  const senders = cluster.sendersTo(workload);
  return services.length === 0 && senders.length === 0
    ? undefined
    : {
        workload,
        running,
        listeners,
        services,
        senders,
        onePod: running.some((one) => unelected(one).length > 0),
      };
}

function looksLikeOtlp({ port, name }: ServiceObject['ports'][number]): boolean {
  return port === 4317 || port === 4318 || /otlp/i.test(name ?? '');
}

/** What a gateway lacks to lose a pod without losing data is told together. `said` is a clause. */
export function readinessGroup({ workload }: Gateway, said: string): FindingGroup {
  return {
    key: `readiness ${workloadId(workload)}`,
    title: `${workloadWords(workload)} receives from others and is not ready to lose a pod`,
    said,
  };
}

/** What is wrong with the resources of a workload: a point of a gateway's readiness, else told together. */
export function resourcesGroup(workload: Workload, cluster: Cluster, said: string): FindingGroup {
  const gateway = gatewayOf(workload, cluster);
  if (gateway !== undefined) return readinessGroup(gateway, said);
  return { key: `resources ${workloadId(workload)}`, title: workloadWords(workload), said };
}
