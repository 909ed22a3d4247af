import { selectorOf } from '../../fleet/selector.ts';
import { resourcesOfKind } from '../agents.ts';
import type { Rule } from '../rule.ts';

export const unmetSelectorRule: Rule = {
  id: 'BPA-002',
  severity: 'notice',
  summary: 'A configuration for agents on Kubernetes that no manifest of the repository runs',
  docs: 'Where the repository holds manifests of agents, a configuration for Kubernetes whose selector none of them meets is often one whose label was written differently. Configurations for other platforms, and repositories without manifests, are not judged; nor is anything where live agents are known.',
  check: (input) => {
    const { head } = input;
    if (head.agents !== undefined || head.repository.manifests.agents.length === 0) return [];
    // What a label is read from elsewhere, nobody knows here.
    const open = head.repository.manifests.agents.some(({ container }) =>
      container.env.some(({ name, value }) => name === 'OPAMP_LABELS' && value === undefined),
    );
    if (open) return [];
    return resourcesOfKind(input, 'Configuration').flatMap((configuration) => {
      const platform = configuration.labels['platform'] ?? '';
      const target = head.targets.get(configuration.key);
      const selector = selectorOf(configuration.spec);
      if (!/^(?:kubernetes|openshift)/.test(platform) || selector === undefined) return [];
      if (target === undefined || target.workloads.length > 0) return [];
      const labels = Object.entries(selector).map(([name, value]) => `\`${name}=${value}\``);
      return [
        {
          rule: unmetSelectorRule.id,
          severity: 'notice' as const,
          message: `no agent in these manifests gets Configuration \`${configuration.name}\`: none has the labels ${labels.join(', ')}${target.fleets.length > 0 ? ' or is in a fleet that has it' : ''}`,
          ...(configuration.at && { at: configuration.at }),
        },
      ];
    });
  },
};
