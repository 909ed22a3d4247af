import type { Finding } from '../../document/finding.ts';
import type { GrantedRule } from '../../kubernetes/access.ts';
import { allows, grantsOf } from '../access.ts';
import { variableOf } from '../agents.ts';
import { kubeAgents } from '../kubeagent.ts';
import type { Rule } from '../rule.ts';

export const configAccessRule: Rule = {
  id: 'KMA-006',
  severity: 'warning',
  summary: 'A kubeagent whose service account may not read its ConfigMap',
  docs: 'kubeagent names its ConfigMap in CONFIGMAP_NAME, and whoever updates the config asks the API server for it. Let the Role of the account `get` it (`resources: [configmaps]`, with `resourceNames` where it should see no other). Judged only where the roles that are bound to the account stand in the files.',
  check: (input) =>
    kubeAgents(input).flatMap(({ workload, container }): readonly Finding[] => {
      const named = variableOf(container, 'CONFIGMAP_NAME');
      const name = named?.value?.value;
      const { bindings, rules, complete, account } = grantsOf(workload, input);
      const [binding] = bindings;
      if (name === undefined || name === '' || !complete || binding === undefined) return [];
      if (rules.some((rule) => mayRead(rule, name))) return [];
      return [
        {
          rule: configAccessRule.id,
          severity: 'warning',
          message: `ServiceAccount \`${account}\` of kubeagent, ${workload.kind} \`${workload.name}\`, may not \`get\` ConfigMap \`${name}\``,
          at: named?.at ?? workload.at,
          related: [{ message: `${binding.kind} ${binding.name}`, at: binding.at }],
        },
      ];
    }),
};

/** A rule with names holds for those alone. */
function mayRead(rule: GrantedRule, name: string): boolean {
  const { resourceNames } = rule;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  return allows({ ...rule, resourceNames: [] }, '', 'configmaps', 'get');
}
