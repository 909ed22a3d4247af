import type { Resource } from '../../bindplane/resource.ts';
import { assigner, CONFIGURATION_LABEL, FLEET_LABEL } from '../../fleet/assignment.ts';
import type { Assignment } from '../../fleet/assignment.ts';
import type { Finding } from '../../document/finding.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import { agentWords, resourcesOfKind, variableOf } from '../agents.ts';
import type { Rule } from '../rule.ts';

export const agentLabelsRule: Rule = {
  id: 'BPA-001',
  severity: 'warning',
  summary: 'An agent whose labels lead to no configuration, or to several',
  docs: 'A server gives an agent the configuration of its fleet, else the one that its `configuration` label names, else one whose selector holds. Without any the agent runs its bootstrap config and sends nothing; of several selectors the first by name wins, whatever was meant. Labels that are written wrong, and `fleet` or `configuration` labels that nothing selects, are BPR-010.',
  check: (input) => {
    const configurations = resourcesOfKind(input, 'Configuration');
    if (configurations.length === 0) return [];
    const assigned = assigner({ configurations, fleets: resourcesOfKind(input, 'Fleet') });
    return input.head.repository.manifests.agents.flatMap((agent) =>
      misled(agent, configurations, assigned(agent.labels)),
    );
  },
};

function misled(
  agent: AgentWorkload,
  configurations: readonly Resource[],
  assigned: Assignment | undefined,
): readonly Finding[] {
  const given = variableOf(agent.container, 'OPAMP_LABELS');
  const unknown = given === undefined ? agent.container.envFromUnknown : given.value === undefined;
  if (unknown) return [];
  const at = agent.labelsAt ?? agent.container.image?.at ?? agent.workload.at;
  const told = [FLEET_LABEL, CONFIGURATION_LABEL].some((label) => agent.labels[label] !== undefined);
  if (assigned === undefined) {
    // A configuration without a selector takes every agent of a BindPlane server.
    const open = configurations.some(({ spec }) => spec['selector'] === undefined);
    if (told || open) return [];
    const what = given === undefined ? 'has no OPAMP_LABELS' : 'has labels that no selector asks for';
    return [
      {
        rule: agentLabelsRule.id,
        severity: 'warning',
        message: `${agentWords(agent)} ${what}: none of the configurations in these files is for it`,
        at,
      },
    ];
  }
  const { configuration, others } = assigned;
  if (others.length === 0) return [];
  const all = [configuration, ...others];
  return [
    {
      rule: agentLabelsRule.id,
      severity: 'error',
      message: `the labels of ${agentWords(agent)} meet the selectors of ${all.map(({ name }) => `\`${name}\``).join(' and ')}; the server gives it \`${configuration.name}\`, the first by name`,
      at,
      related: all.flatMap(({ name, at: place }) =>
        place === undefined ? [] : [{ message: `Configuration ${name}`, at: place }],
      ),
    },
  ];
}
