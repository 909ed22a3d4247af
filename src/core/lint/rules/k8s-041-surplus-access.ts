import type { Finding } from '../../document/finding.ts';
import { collectorRoles } from '../access.ts';
import type { Rule } from '../rule.ts';

export const surplusAccessRule: Rule = {
  id: 'K8S-041',
  severity: 'notice',
  summary: 'A role that names what no cluster has any more',
  docs: 'API groups that Kubernetes has stopped serving (`extensions` with 1.22 at the latest, `policy` for PodSecurityPolicies with 1.25) give nobody anything; somebody copied them. Take the rule away. Rights that are merely not used today are not told: which components a fleet runs changes more often than its roles.',
  check: (input, cluster) =>
    collectorRoles(input, cluster).flatMap(({ role }) =>
      role.rules.flatMap(({ apiGroups, resources, at, groupAt }): readonly Finding[] => {
        const gone =
          apiGroups.length === 1 &&
          apiGroups[0] === 'extensions' &&
          resources.some((name) => name !== 'ingresses')
            ? 'extensions'
            : apiGroups.includes('policy') && resources.includes('podsecuritypolicies')
              ? 'policy'
              : undefined;
        if (gone === undefined) return [];
        return [
          {
            rule: surplusAccessRule.id,
            severity: 'notice',
            message: `${role.kind} \`${role.name}\` names ${resources.map((name) => `\`${name}\``).join(', ')} of API group \`${gone}\`, which no cluster serves any more`,
            at: groupAt.get(gone) ?? at,
          },
        ];
      }),
    ),
};
