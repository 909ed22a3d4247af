import type { Finding } from '../../document/finding.ts';
import { readinessFindings } from '../readiness.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const autoscalerRule: Rule = {
  id: 'K8S-006',
  severity: 'notice',
  summary: 'A gateway that nothing scales, or that two things scale',
  docs: 'Load on a gateway follows the load of everything that sends to it: let a HorizontalPodAutoscaler follow CPU, or better `otelcol_exporter_queue_size`. With one, leave `replicas` out of the manifest: each apply sets it back to that number.',
  check: (_input, cluster) => [
    ...readinessFindings(autoscalerRule.id, cluster, ({ workload, running: [first], onePod }) => {
      if (
        onePod ||
        cluster.autoscalersOf(workload).length > 0 ||
        first?.rendered.collector?.autoscaler !== undefined
      ) {
        return undefined;
      }
      if (workload.pod === undefined) return undefined;
      return {
        said: 'no HorizontalPodAutoscaler',
        message: `${workloadWords(workload)} receives from others and nothing scales it`,
        severity: 'notice',
      };
    }),
    ...pinned(cluster),
  ],
};

function pinned(cluster: Cluster): readonly Finding[] {
  return cluster.workloads.flatMap((workload) => {
    const { replicasAt } = workload;
    if (replicasAt === undefined) return [];
    return cluster.autoscalersOf(workload).map((autoscaler): Finding => ({
      rule: autoscalerRule.id,
      severity: 'notice',
      message: `${workloadWords(workload)} has \`replicas\` and HorizontalPodAutoscaler \`${autoscaler.name}\`: each apply sets the number back`,
      at: replicasAt,
      related: [{ message: `HorizontalPodAutoscaler ${autoscaler.name}`, at: autoscaler.at }],
    }));
  });
}
