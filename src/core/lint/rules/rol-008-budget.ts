import type { Finding } from '../../document/finding.ts';
import { shareText } from '../../rollout/policy-file/write.ts';
import { policedConfigurations, type PolicedConfiguration } from '../policies.ts';
import type { Rule } from '../rule.ts';

export const budgetRule: Rule = {
  id: 'ROL-008',
  severity: 'notice',
  summary: 'A budget of a rollout policy that is less than one of the agents that there are',
  docs: 'A share of few agents is less than one agent. Then the first agent that goes wrong stops the rollout, and of those that fail as one a single agent changes at a time. Write a number instead where more is meant. Needs the agents, from a server or an inventory.',
  check: (input) => policedConfigurations(input).flatMap((one) => [...badAgents(one), ...domains(one)]),
};

function badAgents({ policy, spec, rendered, members = [] }: PolicedConfiguration): readonly Finding[] {
  const { maxBadAgents } = spec;
  if (maxBadAgents === undefined || 'agents' in maxBadAgents || members.length === 0) return [];
  if (members.length * maxBadAgents.share >= 1) return [];
  const message = `${shareText(maxBadAgents.share)} of the ${members.length} agents that get \`${rendered.name}\` is less than one: the first that goes wrong stops the rollout`;
  return [
    {
      rule: budgetRule.id,
      severity: 'notice',
      message,
      at: policy.place('budget', 'maxBadAgents'),
      configuration: rendered.key,
    },
  ];
}

function domains({ policy, spec, rendered, members = [] }: PolicedConfiguration): readonly Finding[] {
  const { domainShare } = spec;
  if (domainShare === undefined) return [];
  const sizes = new Map<string, number>();
  for (const { domain } of members) if (domain !== undefined) sizes.set(domain, (sizes.get(domain) ?? 0) + 1);
  const small = [...sizes].filter(([, size]) => size > 1 && size * domainShare < 1);
  if (small.length === 0) return [];
  const named = small.slice(0, 3).map(([name, size]) => `${size} in \`${name}\``);
  const more = small.length > 3 ? `, and ${small.length - 3} more` : '';
  const message = `${shareText(domainShare)} of the agents of \`${rendered.name}\` that fail as one is less than one (${named.join(', ')}${more}): one changes at a time`;
  return [
    {
      rule: budgetRule.id,
      severity: 'notice',
      message,
      at: policy.place('budget', 'maxUnavailablePerDomain', 'max'),
      configuration: rendered.key,
    },
  ];
}
