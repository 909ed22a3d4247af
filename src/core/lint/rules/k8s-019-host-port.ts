import type { Finding, SourceRange } from '../../document/finding.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { mostPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const hostPortRule: Rule = {
  id: 'K8S-019',
  severity: 'error',
  summary: 'Two pods that want the same port of a node',
  docs: 'A port of the node can be had once: of two collectors with the same `hostPort` (or port with `hostNetwork`) only one is scheduled on a node, and the other waits for ever. A Deployment with a `hostPort` cannot have more pods than nodes, and none during an update (a warning). Workloads that choose their nodes are not compared; nor are declarations of the same workload for several environments.',
  check: (_input, cluster) => [...clashes(cluster), ...deployments(cluster)],
};

interface HostPort {
  readonly workload: Workload;
  readonly port: number;
  readonly protocol: string;
  readonly at: SourceRange;
}

function hostPorts(workload: Workload, cluster: Cluster): readonly HostPort[] {
  const network = workload.pod?.host.some(({ value }) => value === 'hostNetwork') === true;
  const declared = workload.containers.flatMap(({ spec }) =>
    (spec?.ports ?? []).flatMap(({ port, protocol, hostPort, at }) =>
      hostPort === undefined && !network
        ? []
        : [{ workload, port: hostPort?.value ?? port, protocol, at: hostPort?.at ?? at }],
    ),
  );
  if (!network) return declared;
  // With the node's network what it listens on is the node's, declared or not.
  const listened = cluster
    .runningIn(workload)
    .flatMap((running) =>
      running
        .listeners()
        .flatMap(({ port, protocol, host, component }) =>
          port === undefined ||
          host === 'localhost' ||
          component.class === 'service' ||
          declared.some((one) => one.port === port)
            ? []
            : [{ workload, port, protocol, at: workload.at }],
        ),
    );
  return [...declared, ...listened];
}

function clashes(cluster: Cluster): readonly Finding[] {
  const all = cluster.workloads
    .filter(({ kind, pod }) => kind === 'DaemonSet' && pod !== undefined && !pod.chosenNodes)
    .flatMap((workload) => hostPorts(workload, cluster));
  const groups = Map.groupBy(
    all,
    ({ workload, port, protocol }) => `${port} ${protocol} ${folderOf(workload)}`,
  );
  return [...groups.values()].flatMap((same) => {
    const [first, ...others] = same;
    if (first === undefined) return [];
    return others
      .filter(({ workload }) => workload.key !== first.workload.key)
      .map(({ workload, port, at }): Finding => ({
        rule: hostPortRule.id,
        severity: 'error',
        message: `${workloadWords(workload)} and ${workloadWords(first.workload)} both want port ${port} of every node`,
        at,
        related: [{ message: workloadWords(first.workload), at: first.at }],
      }));
  });
}

/** What stands in folders beside each other is for different clusters. */
function folderOf({ at: { file } }: Workload): string {
  return file.split('/').slice(0, -1).join('/');
}

function deployments(cluster: Cluster): readonly Finding[] {
  return [...cluster.workloads, ...cluster.made].flatMap((workload) => {
    const most = mostPods(workload, cluster, cluster.runningIn(workload)[0]);
    if (workload.kind === 'DaemonSet' || workload.pod === undefined || most === undefined || most < 2) {
      return [];
    }
    return hostPorts(workload, cluster)
      .slice(0, 1)
      .map(({ port, at }): Finding => ({
        rule: hostPortRule.id,
        severity: 'warning',
        message: `${workloadWords(workload)} wants port ${port} of the node for each of its ${most} pods: one node holds one of them`,
        at,
      }));
  });
}
