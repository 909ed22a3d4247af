import type { Finding } from '../../document/finding.ts';
import { POLICY_LABEL } from '../../rollout/policy.ts';
import { policiesOf } from '../../rollout/policy-file/repository.ts';
import { policyNamedBy } from '../../rollout/policy-use.ts';
import type { LintInput, Rule } from '../rule.ts';

export const unusedPolicyRule: Rule = {
  id: 'ROL-005',
  severity: 'notice',
  summary: 'A rollout policy that nothing here names',
  docs: `A policy counts for whoever names it in the label \`${POLICY_LABEL}\`, so this one changes no rollout of this repository. Name it, or delete it.`,
  check,
};

function check({ head }: LintInput): readonly Finding[] {
  const named = new Set(
    [...head.repository.resources.values()]
      .filter(({ kind }) => kind === 'Configuration' || kind === 'Fleet')
      .flatMap((resource) => policyNamedBy(resource)?.policy ?? []),
  );
  return policiesOf(head.repository).flatMap(({ name, at }): readonly Finding[] => {
    if (name === undefined || named.has(name)) return [];
    const message = `Rollout policy \`${name}\` is named by no Configuration and no Fleet: write \`${POLICY_LABEL}: ${name}\` into the labels of those that it is for`;
    return [{ rule: unusedPolicyRule.id, severity: 'notice', message, at }];
  });
}
