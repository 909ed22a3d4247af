import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const tolerationsRule: Rule = {
  id: 'K8S-034',
  severity: 'notice',
  summary: 'A node agent that is not on nodes with taints',
  docs: 'Without `tolerations` a DaemonSet leaves out control-plane nodes and every node with a taint of its own (GPU, spot): their logs and metrics are missing and nothing says so.',
  check: (_input, cluster) => cluster.workloads.flatMap((workload) => untolerant(workload, cluster)),
};

const OF_NODES = [
  'host_metrics',
  'file_log',
  'kubelet_stats',
  'plugin',
  'journald',
  'awscontainerinsightreceiver',
];

function untolerant(workload: Cluster['workloads'][number], cluster: Cluster): readonly Finding[] {
  const { pod, kind } = workload;
  if (kind !== 'DaemonSet' || pod === undefined || pod.tolerates || pod.chosenNodes) return [];
  const ofNodes = cluster
    .runningIn(workload)
    .some(({ components }) =>
      components.some(({ class: section, type }) => section === 'receivers' && OF_NODES.includes(type)),
    );
  if (!ofNodes) return [];
  return [
    {
      rule: tolerationsRule.id,
      severity: 'notice',
      message: `${workloadWords(workload)} has no \`tolerations\`: nodes with taints have no agent`,
      at: workload.at,
    },
  ];
}
