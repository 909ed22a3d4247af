import { deadlinesOf } from './deadlines.ts';
import { effectsOf } from './effects.ts';
import { advance, regress, restore } from './member.ts';
import {
  hadTurn,
  IN_FLIGHT,
  isPhaseOver,
  isQueued,
  nextPhase,
  nextStage,
  offerable,
  stageOf,
} from './phases.ts';
import type { Effect, GateState, Member, ObservedAgent, Pause, Rollout } from './rollout.ts';
import { hasEnded, isSettled } from './rollout.ts';
import { stageName } from './stages.ts';
import type { RolloutState } from './view.ts';

/** A gate's result about the present phase, as `judgeWave` gives it. */
export type PhaseResult = Omit<GateState, 'phase'> & { readonly agents: readonly string[] };

/** What a decision knows besides the agents. */
export interface Surroundings {
  /** What the gates say of the present phase; absent: nobody was asked. */
  readonly gates?: readonly PhaseResult[];
  /** Why nothing new may be offered now: a closed window, a lock, a stop. */
  readonly held?: string;
}

type Agents = ReadonlyMap<string, ObservedAgent>;

/**
 * What is to be done about a rollout, given what its agents show now. Pure and total; the same input again gives no
 * effect. Order of effects: `save` first (intent before effect, REL-01), then refusals, restores and offers.
 *
 * A phase is released only when nobody of the earlier ones is pending and no gate objects, so at any moment at most the sum
 * of the released phases was ever offered. More errors than the policy allows, or a gate that asks for it, stop the rollout;
 * with `rollbackOnFailure` every touched agent is then sent its own previous config, all at once. Stable needs somebody who
 * completed; agents that are away take no part and get the version when they return (reference/rollouts.md §5).
 */
export function decide(
  rollout: Rollout,
  agents: Agents,
  now: number,
  surroundings: Surroundings = {},
): readonly Effect[] {
  if (isSettled(rollout)) return [];
  // What has ended only watches its way back: agents that it was in the middle of may be another rollout's by now.
  const isWatched = ({ state }: Member): boolean => !hasEnded(rollout.state) || state === 'restoring';
  const members = rollout.members.map((member) =>
    isWatched(member) ? advance(member, agents.get(member.agent), rollout, now) : member,
  );
  const observed = members.some((member, index) => member !== rollout.members[index])
    ? { ...rollout, members }
    : rollout;
  const next = hasEnded(rollout.state) ? observed : steer(observed, agents, now, surroundings);
  return effectsOf(rollout, next, now);
}

/**
 * The next moment after `now` at which `decide` could want something without anything having happened; undefined when
 * there is none. What was due until `now` has been decided then.
 */
export function nextDeadline(rollout: Rollout, agents: Agents, now: number): number | undefined {
  const { policy, state, extendedUntil, bakingSince, phaseAt } = rollout;
  const back = state === 'started' ? returning(rollout, agents) : [];
  const own = [
    extendedUntil,
    bakingSince === undefined ? undefined : bakingSince + (policy.finalSoakMs ?? 0),
    phaseAt === undefined || policy.phaseMs === undefined ? undefined : phaseAt + policy.phaseMs,
    policy.rolloutMs === undefined ? undefined : rollout.startedAt + policy.rolloutMs,
  ];
  let next: number | undefined;
  const consider = (time: number | undefined): void => {
    if (time !== undefined && time > now && (next === undefined || time < next)) next = time;
  };
  for (const time of [...back, ...own]) consider(time);
  for (const member of rollout.members) for (const time of deadlinesOf(member, policy)) consider(time);
  return next;
}

/** Agents of a rollout that is paused, or held by a lock or a stop, that were to be offered the target but must not get it now. */
export function heldAgents(rollout: Rollout, isHeld = false): ReadonlySet<string> {
  if (rollout.state !== 'paused' && !isHeld) return new Set();
  return new Set(rollout.members.filter(({ state }) => state === 'offered').map(({ agent }) => agent));
}

function steer(before: Rollout, agents: Agents, now: number, { gates, held }: Surroundings): Rollout {
  if (before.state === 'rolling-back') return finishRollback(before, agents, now);
  const rollout = judged(before, gates ?? []);
  const spent = overspent(rollout);
  if (spent !== undefined) return stop(rollout, spent, agents, now);
  const failures = (gates ?? []).filter(
    (result) => isActedUpon(rollout, result) && result.verdict === 'fail',
  );
  // A gate that asks for a pause does not keep the fleet from what another one asks for.
  const failed = failures.find(({ action }) => action === 'rollback') ?? failures[0];
  if (failed?.action === 'rollback') {
    const marked = { ...rollout, members: markRegressed(rollout.members, failed, now) };
    return stop(marked, `gate ${failed.gate}: ${failed.evidence}`, agents, now);
  }
  if (rollout.state !== 'started') return rollout;
  if (failed !== undefined) {
    const text = `gate ${failed.gate}: ${failed.evidence}`;
    return pause(rollout, { kind: 'gate', text, waives: [`${failed.gate}@${rollout.phase - 1}`] });
  }
  const late = overdue(rollout, now);
  return late === undefined
    ? release(rollout, agents, now, { gates: gates ?? [], held })
    : pause(rollout, { kind: 'deadline', text: late, waives: ['deadline'] });
}

/** The gates' words are kept when they change their verdict; their numbers alone are no news. */
function judged(rollout: Rollout, results: readonly PhaseResult[]): Rollout {
  const phase = rollout.phase - 1;
  if (results.length === 0) return rollout;
  const before = rollout.gates ?? [];
  const same =
    before.length === results.length &&
    results.every(({ gate, verdict }, index) => {
      const was = before[index];
      return was?.gate === gate && was.verdict === verdict && was.phase === phase;
    });
  if (same) return rollout;
  return { ...rollout, gates: results.map(({ agents: _agents, ...result }) => ({ ...result, phase })) };
}

function isActedUpon({ waived, phase }: Rollout, { shadow, gate }: PhaseResult): boolean {
  return !shadow && waived?.includes(`${gate}@${phase - 1}`) !== true;
}

/** Why there were too many errors; undefined while there were not. */
function overspent({ members, policy }: Rollout): string | undefined {
  const faults = members.filter(({ fault }) => fault !== undefined);
  if (faults.length > policy.maxErrors) {
    return `${faults.length} of ${members.length} agents failed, ${policy.maxErrors} were allowed`;
  }
  const canaries = faults.filter(({ canary }) => canary === true);
  if (policy.canaryErrors === undefined || canaries.length <= policy.canaryErrors) return undefined;
  const all = members.filter(({ canary }) => canary === true);
  return `${canaries.length} of ${all.length} canaries failed, ${policy.canaryErrors} were allowed`;
}

function markRegressed(
  members: readonly Member[],
  { agents, gate, evidence }: PhaseResult,
  now: number,
): readonly Member[] {
  const shown = new Set(agents);
  return members.map((member) =>
    shown.has(member.agent) &&
    member.fault === undefined &&
    (IN_FLIGHT.includes(member.state) || member.state === 'done')
      ? regress(member, `gate ${gate}: ${evidence}`, now)
      : member,
  );
}

function overdue({ policy, phaseAt, startedAt, waived }: Rollout, now: number): string | undefined {
  if (waived?.includes('deadline') === true) return undefined;
  if (policy.rolloutMs !== undefined && now >= startedAt + policy.rolloutMs) {
    return `it is not over after ${minutes(policy.rolloutMs)}`;
  }
  if (policy.phaseMs !== undefined && phaseAt !== undefined && now >= phaseAt + policy.phaseMs) {
    return `its phase is not over after ${minutes(policy.phaseMs)}`;
  }
  return undefined;
}

function minutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 60_000)} minutes`;
}

/** Stands still until somebody decides; what is under way is still watched. */
function pause(rollout: Rollout, why: Pause): Rollout {
  return { ...rollout, state: 'paused', pause: why };
}

function stop(rollout: Rollout, reason: string, agents: Agents, now: number): Rollout {
  if (!rollout.policy.rollbackOnFailure) {
    return end(leaveUnconfirmed({ ...rollout, reason }, now), 'failed', now);
  }
  return finishRollback(rollBack({ ...rollout, reason }, now), agents, now);
}

/** Every touched agent on its way back; agents that were never touched stay as they are. */
export function rollBack(rollout: Rollout, now: number): Rollout {
  const { pause: _pause, held: _held, ...rest } = rollout;
  const members = rollout.members.map((member) => (hasToGoBack(member) ? restore(member, now) : member));
  return { ...rest, state: 'rolling-back', members };
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

/** It was given the target by this rollout, or by the one before that never finished; whoever ran it before that keeps it. */
function hasToGoBack({ state, offeredAt, carried }: Member): boolean {
  if (state === 'waiting') return carried === true;
  if (state === 'done') return carried === true || offeredAt !== undefined;
  return IN_FLIGHT.includes(state);
}

/** Over when every agent that can be reached is back; the others are sent their config when they return. */
function finishRollback(rollout: Rollout, agents: Agents, now: number): Rollout {
  const reachable = (member: Member): boolean =>
    agents.get(member.agent)?.connected === true ||
    now < (member.restoreAt ?? now) + rollout.policy.deadlineMs;
  if (rollout.members.some((member) => member.state === 'restoring' && reachable(member))) return rollout;
  const broken = rollout.members.some(({ state }) => state === 'restore-failed');
  return end(rollout, broken ? 'failed' : 'rolled-back', now);
}

interface Judgement {
  readonly gates: readonly PhaseResult[];
  readonly held: string | undefined;
}

function release(rollout: Rollout, agents: Agents, now: number, { gates, held }: Judgement): Rollout {
  if (held !== undefined) return rollout.held === held ? rollout : { ...rollout, held };
  const open = rollout.held === undefined ? rollout : withoutHeld(rollout);
  const offered = offerQueued(open, agents, now);
  if (offered !== open || !isPhaseOver(open)) return offered;
  const unsure = gates.find((result) => isActedUpon(open, result) && result.verdict === 'inconclusive');
  if (unsure !== undefined && open.phase > 0) return extend(open, unsure, now);
  const settled = settleAll(open, agents, now);
  const ready = settled.members.filter(
    (member) => member.state === 'waiting' && agents.get(member.agent)?.connected === true,
  );
  if (ready.length > 0) return begin(settled, ready, agents, now);
  return returning(settled, agents).some((time) => now < time) ? settled : bake(settled, now);
}

function withoutHeld({ held: _held, ...rollout }: Rollout): Rollout {
  return rollout;
}

/** A gate that cannot say is given one more soak; then somebody has to (reference/rollouts.md §5.4). */
function extend(rollout: Rollout, { gate, evidence }: PhaseResult, now: number): Rollout {
  const { policy, extendedUntil } = rollout;
  if (extendedUntil === undefined) {
    return { ...rollout, extendedUntil: now + (policy.canarySoakMs ?? policy.soakMs) };
  }
  if (now < extendedUntil) return rollout;
  const text = `gate ${gate} cannot say: ${evidence}`;
  return pause(rollout, { kind: 'inconclusive', text, waives: [`${gate}@${rollout.phase - 1}`] });
}

/** The next phase, unless its stage has to wait for somebody. */
function begin(rollout: Rollout, ready: readonly Member[], agents: Agents, now: number): Rollout {
  const stage = nextStage(ready) ?? 0;
  const barrier = refusedBefore(rollout) ?? barrierBefore(rollout, stage);
  if (barrier !== undefined) return pause(rollout, barrier);
  const { chosen, canary } = nextPhase(rollout, ready);
  const uids = new Set(chosen.map(({ agent }) => agent));
  const members = rollout.members.map((member): Member =>
    uids.has(member.agent) ? { ...member, wave: rollout.phase, ...(canary ? { canary } : {}) } : member,
  );
  const { extendedUntil: _extended, bakingSince: _baking, gates: _gates, ...rest } = rollout;
  return offerQueued({ ...rest, members, phase: rollout.phase + 1, phaseAt: now }, agents, now);
}

/** Nobody is offered what no collector starts with (REL-33), unless somebody knows better: agents may merge a file of their own into it. */
function refusedBefore({ unstartable = [], policy, phase, waived }: Rollout): Pause | undefined {
  const [first] = unstartable;
  const isPassed = phase > 0 || policy.offersUnstartable === true || waived?.includes('validation') === true;
  if (first === undefined || isPassed) return undefined;
  const more = unstartable.length === 1 ? '' : ` (and ${unstartable.length - 1} more)`;
  const text = `no collector starts with this config: ${first}${more}`;
  return { kind: 'validation', text, waives: ['validation'] };
}

/** What keeps a stage from beginning: an approval that nobody gave, or an earlier stage of which too few were there. */
function barrierBefore({ members, policy, waived }: Rollout, stage: number): Pause | undefined {
  if (members.some((member) => stageOf(member) === stage && hadTurn(member))) return undefined;
  const name = stageName(policy, stage);
  const { offlineQuorum = 0 } = policy;
  const earlier = members.filter((member) => stageOf(member) < stage && member.state !== 'skipped');
  const there = earlier.filter(({ wave, state }) => wave !== undefined || state === 'done').length;
  if (there < earlier.length * offlineQuorum && waived?.includes(`quorum:${name}`) !== true) {
    const text = `only ${there} of ${earlier.length} agents of the stages before ${name} were there`;
    return { kind: 'quorum', text, waives: [`quorum:${name}`] };
  }
  const asks = policy.stages?.[stage]?.approval === true && waived?.includes(`stage:${name}`) !== true;
  const text = `stage ${name} waits for an approval`;
  return asks ? { kind: 'approval', text, waives: [`stage:${name}`] } : undefined;
}

/** Offers the target to those whose turn it is, as many as may change at once; who went away loses the turn. */
function offerQueued(rollout: Rollout, agents: Agents, now: number): Rollout {
  const chosen = offerable(rollout, agents);
  let changed = false;
  const members = rollout.members.map((member): Member => {
    if (!isQueued(member, rollout)) return member;
    if (chosen.has(member.agent)) {
      changed = true;
      const before = beforeOffer(agents.get(member.agent), rollout.targetHash);
      return { ...member, ...before, state: 'offered', offeredAt: now };
    }
    if (agents.get(member.agent)?.connected === true) return member;
    changed = true;
    const { wave: _wave, canary: _canary, ...later } = member;
    return later;
  });
  return changed ? { ...rollout, members } : rollout;
}

/** What an agent says before it is offered the target. */
function beforeOffer(
  agent: ObservedAgent | undefined,
  targetHash: string,
): Pick<Member, 'healthyBefore' | 'refusedBefore'> {
  const { healthy, hash, config, saidAt } = agent ?? {};
  return {
    ...(healthy === undefined ? {} : { healthyBefore: healthy }),
    ...(saidAt !== undefined && hash === targetHash && config === 'failed' ? { refusedBefore: saidAt } : {}),
  };
}

/**
 * Until when agents that still wait for their turn are waited for: after a restart of the server all are away for a
 * moment, and a rollout must not end because of that.
 */
function returning(rollout: Rollout, agents: Agents): readonly number[] {
  return rollout.members.flatMap(({ agent, state }) => {
    const known = agents.get(agent);
    if (state !== 'waiting' || known === undefined || known.connected || known.awaySince === undefined) {
      return [];
    }
    return [known.awaySince + rollout.policy.absenceMs];
  });
}

function settleAll(rollout: Rollout, agents: Agents, now: number): Rollout {
  const members = rollout.members.map((member) =>
    settleUntouched(member, agents.get(member.agent), rollout, now),
  );
  return members.some((member, index) => member !== rollout.members[index])
    ? { ...rollout, members }
    : rollout;
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
  if (agent.lacks !== undefined && agent.lacks.length > 0) {
    return {
      ...member,
      state: 'skipped',
      unfit: true,
      note: `incompatible: its collector has no ${agent.lacks.join(', ')}`,
    };
  }
  if (agent.hash !== rollout.targetHash || agent.config !== 'applied') return member;
  return { ...member, state: 'done', wave: rollout.phase, appliedAt: now, note: 'ran this config already' };
}

/** Everybody who is there has it: the fleet is watched once more before the version counts as proven. */
function bake(rollout: Rollout, now: number): Rollout {
  const { finalSoakMs = 0 } = rollout.policy;
  const isTouched = rollout.members.some(
    ({ state, offeredAt }) => state === 'done' && offeredAt !== undefined,
  );
  if (finalSoakMs <= 0 || !isTouched) return conclude(rollout, now);
  if (rollout.bakingSince === undefined) return { ...rollout, bakingSince: now };
  return now < rollout.bakingSince + finalSoakMs ? rollout : conclude(rollout, now);
}

function conclude(rollout: Rollout, now: number): Rollout {
  if (rollout.members.some(({ state }) => state === 'done')) return end(rollout, 'stable', now);
  const faults = rollout.members.filter(({ fault }) => fault !== undefined);
  const unfit = rollout.members.filter(({ unfit: isUnfit }) => isUnfit === true);
  if (faults.length === 0 && unfit.length > 0) {
    const reason = `${unfit.length} of ${rollout.members.length} agents cannot run it: ${unfit[0]?.note ?? ''}`;
    return end({ ...rollout, reason }, 'failed', now);
  }
  if (faults.length === 0) return end(rollout, 'no-agents', now);
  if (rollout.members.some(({ state }) => state === 'restoring')) return rollout;
  return end({ ...rollout, reason: 'no agent took the config' }, 'failed', now);
}

function end(rollout: Rollout, state: RolloutState, now: number): Rollout {
  return { ...rollout, state, endedAt: now };
}
