import { readinessFindings } from '../readiness.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const spreadRule: Rule = {
  id: 'K8S-002',
  severity: 'warning',
  summary: 'A gateway whose pods may all be on one node',
  docs: 'The scheduler may put all replicas on the same node, and they go down together. Spread them with `topologySpreadConstraints` on `kubernetes.io/hostname` (and on the zone); a `podAntiAffinity` does the same and is accepted.',
  check: (_input, cluster) =>
    readinessFindings(spreadRule.id, cluster, ({ workload, onePod }) => {
      const { pod } = workload;
      const keys = [
        ...(pod?.spread ?? []).map(({ topologyKey }) => topologyKey),
        ...(pod?.antiAffinity ?? []),
      ];
      if (onePod || pod === undefined || keys.length > 0) return undefined;
      return {
        said: 'no spread over nodes',
        message: `${workloadWords(workload)} has no \`topologySpreadConstraints\`: all its pods may be on one node`,
      };
    }),
};
