import { agentWords, variableOf } from '../agents.ts';
import { severalPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';

export const agentNameRule: Rule = {
  id: 'BPA-008',
  severity: 'warning',
  summary: 'Several agents with one name or one id',
  docs: 'With one OPAMP_AGENT_ID the server takes all pods for one agent, and they push each other off; with one OPAMP_AGENT_NAME nobody can tell them apart. Take both from the pod (`fieldRef: metadata.name`), or leave the id out.',
  check: ({ head }, cluster) =>
    head.repository.manifests.agents.flatMap((agent) => {
      const several = severalPods(agent.workload, cluster);
      if (several === undefined) return [];
      return (['OPAMP_AGENT_ID', 'OPAMP_AGENT_NAME'] as const).flatMap((name) => {
        const value = variableOf(agent.container, name)?.value;
        // `$(POD_NAME)` is put in by Kubernetes, for each pod another.
        if (value === undefined || value.value === '' || /\$\(|\{\{/.test(value.value)) return [];
        const effect =
          name === 'OPAMP_AGENT_ID' ? 'the server takes them for one agent' : 'nobody can tell them apart';
        return [
          {
            rule: agentNameRule.id,
            severity: 'warning' as const,
            message: `${name} is \`${value.value}\` for all pods of ${agentWords(agent)}: ${effect} (${several})`,
            at: value.at,
          },
        ];
      });
    }),
};
