import { CONFIGURATION_LABEL, fleetConfiguration, fleetOf } from '../../fleet/assignment.ts';
import { agentWords, resourcesOfKind } from '../agents.ts';
import type { Rule } from '../rule.ts';

export const fleetConfigurationRule: Rule = {
  id: 'BPA-003',
  severity: 'warning',
  summary: 'An agent whose `configuration` label says another configuration than its fleet',
  docs: 'The configuration of the fleet wins, so the label in the manifest misleads who reads it. BPR-010 is about a `fleet` label that no selector uses.',
  check: (input) => {
    const fleets = resourcesOfKind(input, 'Fleet');
    return input.head.repository.manifests.agents.flatMap((agent) => {
      const label = agent.labels[CONFIGURATION_LABEL];
      const fleet = fleetOf(agent.labels, fleets);
      const configuration = fleet && fleetConfiguration(fleet);
      if (
        label === undefined ||
        fleet === undefined ||
        configuration === undefined ||
        configuration === label
      ) {
        return [];
      }
      return [
        {
          rule: fleetConfigurationRule.id,
          severity: 'warning' as const,
          message: `the label \`configuration=${label}\` of ${agentWords(agent)} counts for nothing: it is in Fleet \`${fleet.name}\`, which runs \`${configuration}\``,
          at: agent.labelsAt ?? agent.workload.at,
          ...(fleet.at && { related: [{ message: `Fleet ${fleet.name}`, at: fleet.at }] }),
        },
      ];
    });
  },
};
