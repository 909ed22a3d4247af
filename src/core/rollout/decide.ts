import { LIMITS } from '../document/limits.ts';
import { deadlinesOf } from './deadlines.ts';
import { advance, restore } from './member.ts';
import type { Effect, Member, ObservedAgent, Rollout, TimelineEntry } from './rollout.ts';
import { hasEnded, isSettled } from './rollout.ts';
import type { RolloutState } from './view.ts';
import { phaseSize, waveName } from './waves.ts';

const IN_FLIGHT: readonly Member['state'][] = ['offered', 'applying', 'soaking'];

/**
 * What is to be done about a rollout, given what its agents show now. Pure and total; the same input again gives no
 * effect. Order of effects: `save` first (intent before effect, REL-01), then refusals, restores and offers.
 *
 * A phase is released only when nobody of the earlier ones is pending, so at any moment at most the sum of the released
 * phases was ever offered. More errors than the policy allows stop the rollout; with `rollbackOnFailure` every touched
 * agent is then sent its own previous config, all at once. Stable needs somebody who completed; agents that are away take
 * no part and get the version when they return (reference/rollouts.md §5.6).
 */
export function decide(
  rollout: Rollout,
  agents: ReadonlyMap<string, ObservedAgent>,
  now: number,
): readonly Effect[] {
  if (isSettled(rollout)) return [];
  // What has ended only watches its way back: agents that it was in the middle of may be another rollout's by now.
  const isWatched = ({ state }: Member): boolean => !hasEnded(rollout.state) || state === 'restoring';
  const observed = {
    ...rollout,
    members: rollout.members.map((member) =>
      isWatched(member) ? advance(member, agents.get(member.agent), rollout, now) : member,
    ),
  };
  const next = hasEnded(rollout.state) ? observed : steer(observed, agents, now);
  return effectsOf(rollout, next, now);
}

/**
 * The next moment after `now` at which `decide` could want something without anything having happened; undefined when
 * there is none. What was due until `now` has been decided then.
 */
export function nextDeadline(
  rollout: Rollout,
  agents: ReadonlyMap<string, ObservedAgent>,
  now: number,
): number | undefined {
  const times = rollout.members.flatMap((member) => deadlinesOf(member, rollout.policy));
  const back = rollout.state === 'started' ? returning(rollout, agents) : [];
  const all = [...times, ...back].filter((time) => time > now);
  return all.length === 0 ? undefined : Math.min(...all);
}

/** Agents of a paused rollout that were to be offered the target but must not get it now. */
export function heldAgents(rollout: Rollout): ReadonlySet<string> {
  if (rollout.state !== 'paused') return new Set();
  return new Set(rollout.members.filter(({ state }) => state === 'offered').map(({ agent }) => agent));
}

function steer(rollout: Rollout, agents: ReadonlyMap<string, ObservedAgent>, now: number): Rollout {
  if (rollout.state === 'rolling-back') return finishRollback(rollout, agents, now);
  const faults = rollout.members.filter(({ fault }) => fault !== undefined);
  if (faults.length > rollout.policy.maxErrors) return stop(rollout, faults, agents, now);
  return rollout.state === 'started' ? release(rollout, agents, now) : rollout;
}

function stop(
  rollout: Rollout,
  faults: readonly Member[],
  agents: ReadonlyMap<string, ObservedAgent>,
  now: number,
): Rollout {
  const reason = `${faults.length} of ${rollout.members.length} agents failed, ${rollout.policy.maxErrors} were allowed`;
  if (!rollout.policy.rollbackOnFailure) {
    return end(leaveUnconfirmed({ ...rollout, reason }, now), 'failed', now);
  }
  return finishRollback(rollBack({ ...rollout, reason }, now), agents, now);
}

/** Every touched agent on its way back; agents that were never touched stay as they are. */
export function rollBack(rollout: Rollout, now: number): Rollout {
  const members = rollout.members.map((member) =>
    IN_FLIGHT.includes(member.state) || member.state === 'done' || isCarried(member)
      ? restore(member, now)
      : member,
  );
  return { ...rollout, state: 'rolling-back', members };
}

/**
 * Where a rollout ends as it stands: agents that confirmed the target keep it, those that did not go back. Nobody would see what
 * becomes of them otherwise, and they would be offered the target after the end, each time they come (INV-05).
 */
export function leaveUnconfirmed(rollout: Rollout, now: number): Rollout {
  const members = rollout.members.map((member) =>
    member.state === 'offered' || member.state === 'applying' ? restore(member, now) : member,
  );
  return { ...rollout, members };
}

function isCarried({ state, carried }: Member): boolean {
  return state === 'waiting' && carried === true;
}

/** Over when every agent that can be reached is back; the others are sent their config when they return. */
function finishRollback(rollout: Rollout, agents: ReadonlyMap<string, ObservedAgent>, now: number): Rollout {
  const reachable = (member: Member): boolean =>
    agents.get(member.agent)?.connected === true ||
    now < (member.restoreAt ?? now) + rollout.policy.deadlineMs;
  if (rollout.members.some((member) => member.state === 'restoring' && reachable(member))) return rollout;
  const broken = rollout.members.some(({ state }) => state === 'restore-failed');
  return end(rollout, broken ? 'failed' : 'rolled-back', now);
}

function release(rollout: Rollout, agents: ReadonlyMap<string, ObservedAgent>, now: number): Rollout {
  if (rollout.members.some(({ state }) => IN_FLIGHT.includes(state))) return rollout;
  const members = rollout.members.map((member) =>
    settleUntouched(member, agents.get(member.agent), rollout, now),
  );
  const ready = members.filter(
    (member) => member.state === 'waiting' && agents.get(member.agent)?.connected === true,
  );
  if (ready.length === 0) {
    const settled = { ...rollout, members };
    return returning(settled, agents).some((time) => now < time) ? settled : conclude(settled, now);
  }
  const chosen = new Set(ready.slice(0, phaseSize(rollout.policy, rollout.phase)).map(({ agent }) => agent));
  const offered = members.map((member): Member =>
    chosen.has(member.agent) ? { ...member, state: 'offered', wave: rollout.phase, offeredAt: now } : member,
  );
  return { ...rollout, members: offered, phase: rollout.phase + 1 };
}

/**
 * Until when agents that still wait for their turn are waited for: after a restart of the server all are away for a
 * moment, and a rollout must not end because of that.
 */
function returning(rollout: Rollout, agents: ReadonlyMap<string, ObservedAgent>): readonly number[] {
  return rollout.members.flatMap(({ agent, state }) => {
    const known = agents.get(agent);
    if (state !== 'waiting' || known === undefined || known.connected || known.awaySince === undefined) {
      return [];
    }
    return [known.awaySince + rollout.policy.absenceMs];
  });
}

/** Agents that need no offer: those that cannot take one, and those that run the target already. */
function settleUntouched(
  member: Member,
  agent: ObservedAgent | undefined,
  rollout: Rollout,
  now: number,
): Member {
  if (member.state !== 'waiting' || agent?.connected !== true) return member;
  if (!agent.takesConfig) return { ...member, state: 'skipped', note: 'does not take config from here' };
  if (agent.hash !== rollout.targetHash || agent.config !== 'applied') return member;
  return { ...member, state: 'done', wave: rollout.phase, appliedAt: now, note: 'ran this config already' };
}

function conclude(rollout: Rollout, now: number): Rollout {
  if (rollout.members.some(({ state }) => state === 'done')) return end(rollout, 'stable', now);
  const faults = rollout.members.filter(({ fault }) => fault !== undefined);
  if (faults.length === 0) return end(rollout, 'no-agents', now);
  if (rollout.members.some(({ state }) => state === 'restoring')) return rollout;
  return end({ ...rollout, reason: 'no agent took the config' }, 'failed', now);
}

function end(rollout: Rollout, state: RolloutState, now: number): Rollout {
  return { ...rollout, state, endedAt: now };
}

function effectsOf(before: Rollout, after: Rollout, now: number): readonly Effect[] {
  const changed = after.members.filter((member, index) => member !== before.members[index]);
  if (changed.length === 0 && before.state === after.state && before.phase === after.phase) return [];
  const timeline = [...before.timeline, ...story(before, after, changed, now)].slice(
    -LIMITS.rollout.timelineEntries,
  );
  const was = new Map(before.members.map((member) => [member.agent, member]));
  const effects: Effect[] = [{ kind: 'save', rollout: { ...after, timeline } }];
  for (const member of changed) {
    const earlier = was.get(member.agent);
    if (member.fault !== undefined && earlier?.fault === undefined) {
      effects.push({
        kind: 'refuse',
        agent: member.agent,
        hash: after.targetHash,
        message: member.fault.message,
      });
    }
    if (member.state === 'restoring' && earlier?.state !== 'restoring' && member.previousHash !== undefined) {
      effects.push({ kind: 'restore', agent: member.agent, hash: member.previousHash });
    }
    if (member.state === 'left' && earlier?.state !== 'left') {
      effects.push({ kind: 'withdraw', agent: member.agent });
    }
    if (member.state === 'offered' && earlier?.state !== 'offered') {
      effects.push({ kind: 'offer', agent: member.agent, hash: after.targetHash });
    }
  }
  if (after.state === 'stable' && before.state !== 'stable') {
    effects.push({ kind: 'promote', configuration: after.configuration, version: after.version });
  }
  effects.push({ kind: 'report' });
  return effects;
}

function story(before: Rollout, after: Rollout, changed: readonly Member[], now: number): TimelineEntry[] {
  const was = new Map(before.members.map((member) => [member.agent, member]));
  const entered = (state: Member['state']): readonly Member[] =>
    changed.filter((member) => member.state === state && was.get(member.agent)?.state !== state);
  const failed = changed.filter(
    (member) => member.fault !== undefined && was.get(member.agent)?.fault === undefined,
  );
  const wave = entered('offered')[0]?.wave ?? 0;
  const previous = after.fromVersion === undefined ? 'its previous config' : `version ${after.fromVersion}`;
  const lines: [readonly Member[], (names: string) => string][] = [
    [entered('done'), (names) => `applied and healthy on ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'refused'), (names) => `refused by ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'no-answer'), (names) => `no answer from ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'unhealthy'), (names) => `unhealthy: ${names}`],
    [entered('restoring'), (names) => `${previous} offered again to ${names}`],
    [entered('restored'), (names) => `${previous} applied again on ${names}`],
    [entered('restore-failed'), (names) => `${previous} could not be restored on ${names}`],
    [entered('offered'), (names) => `${waveName(after, wave)}: offered to ${names}`],
  ];
  const told = lines
    .filter(([members]) => members.length > 0)
    .map(([members, text]) => text(namesOf(members)));
  const stopped =
    before.state !== 'rolling-back' && (after.state === 'rolling-back' || after.reason !== before.reason);
  const ended = before.state !== after.state && hasEnded(after.state) ? [stateText(after)] : [];
  return [
    ...told,
    ...(stopped && after.reason !== undefined ? [`stopped: ${after.reason}`] : []),
    ...ended,
  ].map((text) => ({ at: now, text }));
}

const SHOWN_NAMES = 3;

function namesOf(members: readonly Member[]): string {
  const names = members.slice(0, SHOWN_NAMES).map(({ name }) => name);
  const more = members.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function stateText(rollout: Rollout): string {
  if (rollout.state === 'no-agents') return 'no agent is there to take it';
  return rollout.state === 'rolled-back' ? 'rolled back' : rollout.state;
}
