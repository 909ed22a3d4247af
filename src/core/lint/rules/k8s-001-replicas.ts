import { readinessFindings } from '../readiness.ts';
import { leastPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const replicasRule: Rule = {
  id: 'K8S-001',
  severity: 'warning',
  summary: 'A gateway with fewer than two pods',
  docs: 'With one pod every restart, every new version and every lost node is an outage for all that send to it. Run at least two, or let an autoscaler keep two. What else a gateway lacks (K8S-002, 004, 005, 006, 008, 009, 013, 023) is told in the same finding; each point can be silenced by its own id.',
  check: (_input, cluster) =>
    readinessFindings(replicasRule.id, cluster, ({ workload, running: [first], onePod }) => {
      const pods = leastPods(workload, cluster, first);
      if (onePod || pods === undefined || pods >= 2) return undefined;
      const said = pods === 1 ? '1 replica' : `${pods} replicas`;
      return {
        said,
        message: `${workloadWords(workload)} receives from others and has ${said}`,
        ...(workload.replicasAt && { at: workload.replicasAt }),
      };
    }),
};
