import type { Finding } from '../../document/finding.ts';
import type { MatchLabels } from '../../fleet/agent.ts';
import { matches, selectorText } from '../../fleet/selector.ts';
import { policiesOf, type WrittenPolicy } from '../../rollout/policy-file/repository.ts';
import type { PolicyStage } from '../../rollout/policy.ts';
import { policedConfigurations, type PolicedConfiguration } from '../policies.ts';
import type { Rule } from '../rule.ts';

export const emptyWaveRule: Rule = {
  id: 'ROL-006',
  severity: 'warning',
  summary: 'A wave of a rollout policy that gets no agent, or agents that are in no wave',
  docs: 'An agent is in the first wave whose labels it has. A wave that gets nobody protects nobody: its approval is never asked for, and the agents that it was meant for come last, in `rest`, without one. Where the agents are known, from a server or an inventory, each wave is looked for among them.',
  check: (input) => [
    ...policiesOf(input.head.repository).flatMap(shadowed),
    ...emptyAmongAgents(policedConfigurations(input)),
  ],
};

/** A wave whose agents are all in an earlier one; needs no agents to be seen. */
function shadowed(policy: WrittenPolicy): readonly Finding[] {
  const stages = policy.spec?.stages ?? [];
  return stages.flatMap((stage, index): readonly Finding[] => {
    const before = stages.slice(0, index).find((other) => takesAllOf(other, stage));
    if (before === undefined) return [];
    const message = `Wave \`${stage.name}\` of policy \`${policy.name ?? ''}\` gets no agent: every agent with ${labelsText(stage.matchLabels)} is in wave \`${before.name}\` before it`;
    return [
      { rule: emptyWaveRule.id, severity: 'warning', message, at: policy.place('waves', index, 'name') },
    ];
  });
}

function takesAllOf({ matchLabels }: PolicyStage, other: PolicyStage): boolean {
  return matches(matchLabels, other.matchLabels ?? {}, 'everybody');
}

/** By policy: a wave that is empty for one of its configurations may be there for another one. */
function emptyAmongAgents(policed: readonly PolicedConfiguration[]): readonly Finding[] {
  const byPolicy = new Map<WrittenPolicy, PolicedConfiguration[]>();
  for (const one of policed) {
    if ((one.members?.length ?? 0) > 0) byPolicy.set(one.policy, [...(byPolicy.get(one.policy) ?? []), one]);
  }
  return [...byPolicy].flatMap(([policy, configurations]) => {
    const members = configurations.flatMap((one) => one.members ?? []);
    const stages = policy.spec?.stages ?? [];
    const who = configurations.map(({ rendered }) => `\`${rendered.name}\``).join(', ');
    const counts = stages.map((_, index) => members.filter(({ stage }) => stage === index).length);
    const empty = stages.flatMap((stage, index): readonly Finding[] => {
      const isShadowed = stages.slice(0, index).some((other) => takesAllOf(other, stage));
      if (counts[index] !== 0 || isShadowed) return [];
      const message = `Wave \`${stage.name}\` of policy \`${policy.name ?? ''}\` gets no agent: none of the ${members.length} that get ${who} has ${labelsText(stage.matchLabels)}`;
      const at = policy.place('waves', index, 'name');
      return [{ rule: emptyWaveRule.id, severity: 'warning', message, at }];
    });
    return [...empty, ...rest(policy, stages, members, who)];
  });
}

function rest(
  policy: WrittenPolicy,
  stages: readonly PolicyStage[],
  members: PolicedConfiguration['members'] & {},
  who: string,
): readonly Finding[] {
  const left = members.filter(({ stage }) => stage === stages.length).map(({ name }) => `\`${name}\``);
  const isGuarded = stages.some(({ approval }) => approval === true);
  if (stages.length === 0 || left.length === 0 || !isGuarded) return [];
  const some = left.slice(0, 3).join(', ') + (left.length > 3 ? ` and ${left.length - 3} more` : '');
  const message = `${left.length} of the ${members.length} agents that get ${who} are in no wave of policy \`${policy.name ?? ''}\`: they come last, and nobody is asked before (${some})`;
  return [{ rule: emptyWaveRule.id, severity: 'notice', message, at: policy.place('waves') }];
}

function labelsText(labels: MatchLabels | undefined): string {
  const text = selectorText(labels);
  return text === '' ? 'any labels' : `\`${text}\``;
}
