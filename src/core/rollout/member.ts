import { LIMITS } from '../document/limits.ts';
import { answerBy, restoredBy, soakOf, steadyBy } from './deadlines.ts';
import type { Fault, Member, ObservedAgent, Rollout, RolloutPolicy } from './rollout.ts';
import { hasEnded } from './rollout.ts';

/**
 * One agent's next state from what it shows now. Statuses that speak of neither the target nor the previous hash are old
 * news and change nothing (REL-09). A member that fails goes to `restoring` at once, `left` when it has no previous config.
 */
export function advance(
  member: Member,
  agent: ObservedAgent | undefined,
  rollout: Rollout,
  now: number,
): Member {
  switch (member.state) {
    case 'offered':
    case 'applying':
      return advanceOffered(member, agent, rollout, now);
    case 'soaking':
      return advanceSoaking(member, agent, rollout, now);
    case 'restoring':
      return advanceRestoring(member, agent, rollout.policy, now);
    case 'done':
      return advanceDone(member, agent, rollout, now);
    case 'waiting':
      return agent?.moved === true ? letGo(member) : member;
    case 'restored':
    case 'restore-failed':
    case 'left':
    case 'skipped':
    default:
      return member;
  }
}

/** Nobody tried anything on it yet, and another configuration has it now: this rollout has nothing to do with it any more. */
function letGo(member: Member): Member {
  const { wave: _wave, canary: _canary, ...rest } = member;
  return { ...rest, state: 'skipped', note: 'its labels moved it to another configuration' };
}

function refused(agent: ObservedAgent, hash: string): boolean {
  return agent.hash === hash && agent.config === 'failed';
}

function advanceOffered(
  member: Member,
  agent: ObservedAgent | undefined,
  rollout: Rollout,
  now: number,
): Member {
  const { targetHash, policy } = rollout;
  if (agent !== undefined && agent.hash === targetHash) {
    const isNew = agent.saidAt === undefined || agent.saidAt !== member.refusedBefore;
    if (agent.config === 'failed' && isNew) return fail(member, 'refused', agent.message, now);
    if (agent.config === 'applied') {
      return soak({ ...member, state: 'soaking', appliedAt: now }, agent, policy, now);
    }
    if (agent.config === 'applying' && member.state === 'offered') {
      return { ...member, state: 'applying', applyingAt: member.applyingAt ?? now };
    }
  }
  if (member.state === 'applying' && agent !== undefined && wentBack(member, agent)) {
    return fail(member, 'refused', 'the agent went back to its previous config by itself', now);
  }
  if (now < answerBy(member, policy)) return member;
  const silence = agent?.connected === true ? 'no answer to the offer' : 'went silent after the offer';
  return fail(
    member,
    'no-answer',
    `${silence} (waited ${Math.round((now - (member.offeredAt ?? now)) / 1000)} s)`,
    now,
  );
}

/** An agent that had begun with the target and now says APPLIED for what it ran before has rolled back itself (spec #397). */
function wentBack(member: Member, agent: ObservedAgent): boolean {
  return (
    agent.config === 'applied' && member.previousHash !== undefined && agent.hash === member.previousHash
  );
}

function advanceSoaking(
  member: Member,
  agent: ObservedAgent | undefined,
  rollout: Rollout,
  now: number,
): Member {
  const { policy, targetHash } = rollout;
  if (agent !== undefined && refused(agent, targetHash)) return fail(member, 'refused', agent.message, now);
  if (agent !== undefined && wentBack(member, agent)) {
    return fail(member, 'refused', 'the agent went back to its previous config by itself', now);
  }
  const latest = steadyBy(member, policy);
  if (agent?.connected !== true) {
    if (now >= latest) return fail(member, 'no-answer', 'went silent after it applied the config', now);
    return member.away === true ? member : { ...without(member, 'soakingSince'), away: true };
  }
  if (now >= latest) {
    const again =
      agent.config === 'applying' ? 'applied the config, and did not finish applying it again' : '';
    const told = again || (agent.healthMessage ?? 'not healthy for long enough');
    return fail(member, 'unhealthy', told, now);
  }
  return soak(back(member), agent, policy, now);
}

/** An agent that was gone and is here again; how often that happened counts. */
function back(member: Member): Member {
  if (member.away !== true) return member;
  return { ...without(member, 'away'), returns: (member.returns ?? 0) + 1 };
}

/** Falls and returns after which a collector counts as going round in circles (REL-07). */
const FALLS = 2;
const RETURNS = 3;

function soak(member: Member, agent: ObservedAgent, policy: RolloutPolicy, now: number): Member {
  const watched = watchHealth(member, agent, policy, now);
  if (watched.fault !== undefined) return watched;
  if ((watched.returns ?? 0) >= RETURNS) {
    return fail(watched, 'crash-loop', `came back ${RETURNS} times since it applied the config`, now);
  }
  // One that is applying it anew ran well before that, which proves nothing of what comes.
  if (agent.healthy === false || agent.config === 'applying') return without(watched, 'soakingSince');
  const since = watched.soakingSince ?? now;
  if (now - since >= soakOf(member, policy)) return { ...without(watched, 'soakingSince'), state: 'done' };
  return watched.soakingSince === undefined ? { ...watched, soakingSince: since } : watched;
}

/** Unhealthy for too long, or healthy and unhealthy in turns, is a fault. */
function watchHealth(member: Member, agent: ObservedAgent, policy: RolloutPolicy, now: number): Member {
  if (agent.healthy !== false) return without(member, 'unhealthySince');
  if (member.unhealthySince === undefined) {
    const message = agent.healthMessage ?? '';
    const falls = [...(member.falls ?? []), { at: now, message }].slice(-LIMITS.rollout.fallsPerAgent);
    const fallen = { ...member, unhealthySince: now, falls };
    const told = message === '' ? `unhealthy ${falls.length} times since it applied the config` : message;
    return falls.length < FALLS ? fallen : fail(fallen, 'crash-loop', told, now);
  }
  return now - member.unhealthySince < policy.unhealthyMs
    ? member
    : fail(member, 'unhealthy', agent.healthMessage ?? 'unhealthy', now);
}

/** While the rollout goes on, an agent that passed is watched still: it may refuse, or turn unhealthy, late. */
function advanceDone(
  member: Member,
  agent: ObservedAgent | undefined,
  rollout: Rollout,
  now: number,
): Member {
  if (agent === undefined) return member;
  if (refused(agent, rollout.targetHash)) return fail(member, 'refused', agent.message, now);
  const isWatched = !hasEnded(rollout.state) && member.offeredAt !== undefined;
  return isWatched && agent.connected && agent.hash === rollout.targetHash
    ? watchHealth(member, agent, rollout.policy, now)
    : member;
}

/**
 * Restored when the agent says APPLIED for its previous config and that was the last thing sent over its present socket
 * (or nothing was): an APPLIED from before a refused offer proves nothing while the offer is the last thing it was sent.
 */
function advanceRestoring(
  member: Member,
  agent: ObservedAgent | undefined,
  policy: RolloutPolicy,
  now: number,
): Member {
  const { previousHash } = member;
  if (agent !== undefined && agent.hash === previousHash) {
    if (agent.config === 'failed' && agent.sent === previousHash) {
      return { ...member, state: 'restore-failed', restoreMessage: agent.message };
    }
    if (agent.config === 'applied' && agent.connected && (agent.sent ?? previousHash) === previousHash) {
      return { ...member, state: 'restored', restoredAt: now };
    }
    if (agent.config === 'applying' && member.restoreApplyingAt === undefined) {
      return { ...member, restoreApplyingAt: now };
    }
  }
  if (now < restoredBy(member, policy) || agent?.connected !== true) return member;
  return { ...member, state: 'restore-failed', restoreMessage: 'no answer to its previous config' };
}

/** An agent whose own numbers showed a gate that the config does it no good. */
export function regress(member: Member, evidence: string, now: number): Member {
  return fail(member, 'regressed', evidence, now);
}

function fail(member: Member, kind: Fault['kind'], message: string, now: number): Member {
  return restore({ ...member, fault: { kind, message, at: now } }, now);
}

/** A touched member on its way back to its own previous config; `left` where it has none. */
export function restore(member: Member, now: number): Member {
  if (member.previousHash === undefined) {
    return { ...member, state: 'left', note: 'had no config from here before, keeps what it has' };
  }
  return { ...member, state: 'restoring', restoreAt: now };
}

function without(member: Member, key: 'soakingSince' | 'unhealthySince' | 'away'): Member {
  if (member[key] === undefined) return member;
  const { [key]: _, ...rest } = member;
  return rest;
}
