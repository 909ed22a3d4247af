import type { Member, RolloutPolicy } from './rollout.ts';

/** When an agent that was offered a config has to have answered: from the offer, anew once it said APPLYING. Milliseconds, as all here. */
export function answerBy(member: Member, policy: RolloutPolicy): number {
  return (member.applyingAt ?? member.offeredAt ?? 0) + policy.deadlineMs;
}

/** How long an agent has to run well: a stage's first ones may have to for longer, and a stage may have soaks of its own. */
export function soakOf({ canary, stage }: Pick<Member, 'canary' | 'stage'>, policy: RolloutPolicy): number {
  const own = policy.stages?.[stage ?? 0];
  const soakMs = own?.soakMs ?? policy.soakMs;
  return canary === true ? (own?.canarySoakMs ?? policy.canarySoakMs ?? soakMs) : soakMs;
}

/** When an agent that applied the config has to have been well for the whole soak. */
export function steadyBy(member: Member, policy: RolloutPolicy): number {
  return (member.appliedAt ?? 0) + soakOf(member, policy) + policy.deadlineMs;
}

/** When an agent that is sent its previous config has to run it again. */
export function restoredBy(member: Member, policy: RolloutPolicy): number {
  return (member.restoreApplyingAt ?? member.restoreAt ?? 0) + policy.deadlineMs;
}

/** Moments at which `advance` could want something of this member without it having said anything. */
export function deadlinesOf(member: Member, policy: RolloutPolicy): readonly number[] {
  // eslint-disable-next-line typescript/switch-exhaustiveness-check -- nobody waits for the others
  switch (member.state) {
    case 'offered':
    case 'applying':
      return [answerBy(member, policy)];
    case 'restoring':
      return [restoredBy(member, policy)];
    case 'soaking': {
      const { soakingSince, unhealthySince } = member;
      return [
        ...(soakingSince === undefined ? [] : [soakingSince + soakOf(member, policy)]),
        ...(unhealthySince === undefined ? [] : [unhealthySince + policy.unhealthyMs]),
        steadyBy(member, policy),
      ];
    }
    case 'done':
      return member.unhealthySince === undefined ? [] : [member.unhealthySince + policy.unhealthyMs];
    default:
      return [];
  }
}
