import { TOLERANT } from './policy.ts';
import { LIMITS } from '../document/limits.ts';
import type { Member, OutsideCheck, Rollout } from './rollout.ts';
import { hasEnded } from './rollout.ts';

/**
 * A rollout that stands still goes on in spite of why it did: the gate, deadline, quorum or approval is waived, for this
 * phase or stage alone. One that goes on is not watched any longer in its present phase. Who asks is in the log.
 */
export function promoted(rollout: Rollout): Rollout {
  const { pause, extendedUntil: _extended, ...rest } = rollout;
  if (rollout.state === 'paused') {
    return { ...rest, state: 'started', waived: [...(rollout.waived ?? []), ...(pause?.waives ?? [])] };
  }
  if (rollout.state !== 'started') return rollout;
  const members = rollout.members.map((member): Member => {
    if (member.state !== 'soaking') return member;
    const { soakingSince: _since, unhealthySince: _unhealthy, ...passed } = member;
    return { ...passed, state: 'done' };
  });
  const policy = rollout.bakingSince === undefined ? rollout.policy : { ...rollout.policy, finalSoakMs: 0 };
  return { ...rest, members, policy };
}

/** It goes on where somebody had stopped it; why else it stood still is looked at again. */
export function resumed(rollout: Rollout): Rollout {
  const { pause: _pause, extendedUntil: _extended, ...rest } = rollout;
  return { ...rest, state: 'started' };
}

/** A rollout that stopped with errors goes on with room for one more, wherever it happens (reference/bindplane.md §5). */
export function reopened(rollout: Rollout): Rollout {
  const { endedAt: _endedAt, ...open } = rollout;
  const { canaryErrors: _canary, ...policy } = rollout.policy;
  const errors = rollout.members.filter(({ fault }) => fault !== undefined).length;
  const gates = { ...policy.gates, ...TOLERANT };
  return { ...open, state: 'started', policy: { ...policy, maxErrors: errors + 1, gates } };
}

/**
 * Agents that failed have another turn (all of them, or the one with this uid), as if they had not been tried: only while
 * the rollout has not ended. The same rollout where there is none such.
 */
export function retried(rollout: Rollout, agent?: string): Rollout {
  if (hasEnded(rollout.state) || rollout.state === 'rolling-back') return rollout;
  const isMeant = (member: Member): boolean =>
    member.fault !== undefined && (agent === undefined || member.agent === agent);
  if (!rollout.members.some(isMeant)) return rollout;
  return {
    ...rollout,
    members: rollout.members.map((member) => (isMeant(member) ? untried(member) : member)),
  };
}

function untried({ agent, name, version, previousHash, stage, stratum, domain, carried }: Member): Member {
  return {
    agent,
    name,
    version,
    state: 'waiting',
    ...(previousHash === undefined ? {} : { previousHash }),
    ...(stage === undefined ? {} : { stage }),
    ...(stratum === undefined ? {} : { stratum }),
    ...(domain === undefined ? {} : { domain }),
    ...(carried === undefined ? {} : { carried }),
  };
}

/** The last word of a check outside about the present phase; the same rollout where nothing is decided any more. */
export function checked(rollout: Rollout, check: Omit<OutsideCheck, 'phase'>): Rollout {
  if (hasEnded(rollout.state) || rollout.phase === 0) return rollout;
  const phase = rollout.phase - 1;
  const others = (rollout.checks ?? []).filter((known) => known.phase === phase && known.name !== check.name);
  return { ...rollout, checks: [...others, { ...check, phase }].slice(-LIMITS.rollout.outsideChecks) };
}

/** Whether its config was taken back because it did harm: the same version is not begun again by itself. */
export function isQuarantined({ state, members }: Rollout): boolean {
  const harmed = members.some(({ fault }) => fault !== undefined);
  const takenBack = state === 'rolled-back' || members.some(({ restoreAt }) => restoreAt !== undefined);
  return harmed && takenBack && (state === 'rolled-back' || state === 'failed');
}
