import { closest } from '../../document/closest.ts';
import type { Finding, Fix } from '../../document/finding.ts';
import { at } from '../../document/node.ts';
import type { Resource } from '../../bindplane/resource.ts';
import { POLICY_LABEL } from '../../rollout/policy.ts';
import { policiesOf } from '../../rollout/policy-file/repository.ts';
import { policyNamedBy } from '../../rollout/policy-use.ts';
import type { LintInput, Rule } from '../rule.ts';

export const missingPolicyRule: Rule = {
  id: 'ROL-003',
  severity: 'error',
  blocksApply: true,
  summary: 'A Configuration or Fleet that names a rollout policy that does not exist',
  docs: 'Its rollouts would go by the built-in policy: without the approvals, windows and limits that somebody wrote down. Write the policy, or name one that there is in the label `rollout-policy`.',
  check: (input) => {
    const names = policiesOf(input.head.repository).flatMap(({ name }) => name ?? []);
    return [...input.head.repository.resources.values()]
      .filter(({ kind }) => kind === 'Configuration' || kind === 'Fleet')
      .flatMap((resource) => missing(resource, names, input));
  },
};

function missing(resource: Resource, names: readonly string[], input: LintInput): readonly Finding[] {
  const named = policyNamedBy(resource)?.policy;
  if (named === undefined || names.includes(named)) return [];
  const { kind, name, key, document } = resource;
  const label = at(document, 'metadata', 'labels', POLICY_LABEL)?.at ?? resource.at;
  const place = label === undefined ? {} : { at: label };
  const rule = missingPolicyRule.id;
  const concerns = kind === 'Configuration' ? { configuration: key } : {};
  if (input.livePolicies?.has(named) === true) {
    const message = `${kind} \`${name}\` names the rollout policy \`${named}\`, which only the server has: no file describes it`;
    return [{ rule, severity: 'notice', message, ...place, ...concerns }];
  }
  const meant = closest(named, names);
  const hint = meant === undefined ? '' : `, did you mean \`${meant}\`?`;
  const state = wasThere(named, input) ? 'this change deletes' : 'does not exist';
  const message = `${kind} \`${name}\` names the rollout policy \`${named}\`, which ${state}${hint}`;
  const fixes: readonly Fix[] =
    meant === undefined || label === undefined
      ? []
      : [{ title: `write \`${meant}\``, at: label, edits: [{ at: label, text: meant }] }];
  return [{ rule, severity: 'error', message, ...place, ...concerns, ...(fixes.length > 0 && { fixes }) }];
}

function wasThere(name: string, { base }: LintInput): boolean {
  return base !== undefined && policiesOf(base.repository).some((policy) => policy.name === name);
}
