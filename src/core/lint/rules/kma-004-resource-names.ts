import { roleOf } from '../access.ts';
import { kubeAgents } from '../kubeagent.ts';
import type { Rule } from '../rule.ts';

export const resourceNamesRule: Rule = {
  id: 'KMA-004',
  severity: 'notice',
  summary: 'A role of a collector that restricts `list` or `watch` by name',
  docs: 'A request to list or watch names no object, so a rule with `resourceNames` grants it only where the client asks with `fieldSelector=metadata.name=…`. `get` is restricted as expected. Leave `list` and `watch` out, or grant them in a rule of their own.',
  check: (input, cluster) => {
    const { manifests } = input.head.repository;
    const workloads = [...cluster.workloads, ...kubeAgents(input).map(({ workload }) => workload)];
    const accounts = new Set(
      workloads.map(({ namespace, pod }) => `${namespace}/${pod?.serviceAccount?.value ?? 'default'}`),
    );
    const used = manifests.bindings
      .filter(({ subjects }) => subjects.some(({ namespace, name }) => accounts.has(`${namespace}/${name}`)))
      .flatMap((binding) => roleOf(binding, manifests) ?? []);
    return [...new Set(used)].flatMap(({ kind, name, rules }) =>
      rules.flatMap(({ resourceNames, resources, verbs, at }) => {
        const wide = verbs.filter((verb) => verb === 'list' || verb === 'watch');
        if (resourceNames.length === 0 || wide.length === 0) return [];
        return [
          {
            rule: resourceNamesRule.id,
            severity: 'notice' as const,
            message: `${kind} \`${name}\` restricts \`${wide.join('` and `')}\` on ${resources.join(', ')} by name, which holds only for requests with a field selector`,
            at,
          },
        ];
      }),
    );
  },
};
