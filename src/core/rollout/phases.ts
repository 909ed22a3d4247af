import type { Member, ObservedAgent, Rollout, RolloutPolicy } from './rollout.ts';
import { phaseSize } from './waves.ts';

/** Members that were told to take the target and have not shown yet that they run well. */
export const IN_FLIGHT: readonly Member['state'][] = ['offered', 'applying', 'soaking'];

/** Of these, those whose collector may be changing at this moment. */
const CHANGING: readonly Member['state'][] = ['offered', 'applying', 'restoring'];

/** At most this share of a stage is its canary, however many kinds of agents there are (REL-32); one agent always may be. */
const CANARY_SHARE = 0.1;

/** Its turn has come in the present phase, and it was not offered the target yet. */
export function isQueued(member: Member, rollout: Pick<Rollout, 'phase'>): boolean {
  return member.state === 'waiting' && member.wave === rollout.phase - 1;
}

/** Nobody of the phases so far is waited for. */
export function isPhaseOver(rollout: Rollout): boolean {
  return !rollout.members.some((member) => IN_FLIGHT.includes(member.state) || isQueued(member, rollout));
}

/** The stage to which the next phase belongs: the first with somebody who waits and is there. Undefined: nobody does. */
export function nextStage(ready: readonly Member[]): number | undefined {
  return ready.length === 0 ? undefined : Math.min(...ready.map(stageOf));
}

/** It was offered the target, or is about to be. Whoever ran it already proves nothing, though the phase in which that was seen is noted. */
export function hadTurn({ wave, state, offeredAt }: Member): boolean {
  return wave !== undefined && (state !== 'done' || offeredAt !== undefined);
}

/** Place of a member's stage in the policy's list. */
export function stageOf({ stage }: Member): number {
  return stage ?? 0;
}

/**
 * The agents of the next phase, in the order in which they are touched. The first phase of a stage is its canary: one agent
 * of each kind (stratum). While nobody took the target and somebody failed, no more are tried than the budget would be
 * spent with: a config that fails everywhere reaches no more agents than the canary and the errors that are allowed.
 */
export function nextPhase(
  rollout: Rollout,
  ready: readonly Member[],
): { readonly chosen: readonly Member[]; readonly canary: boolean } {
  const stage = nextStage(ready) ?? 0;
  const candidates = ready.filter((member) => stageOf(member) === stage);
  const all = rollout.members.filter((member) => stageOf(member) === stage);
  const waves = new Set(all.flatMap((member) => (hadTurn(member) ? [member.wave] : [])));
  const canary = waves.size === 0;
  const wanted = canary ? canarySize(rollout.policy, all) : laterSize(rollout.policy, all, waves.size);
  return { chosen: candidates.slice(0, Math.min(wanted, affordable(rollout))), canary };
}

/** How many agents the first phase of a stage takes, of all its members that may take part. */
export function canarySize(policy: RolloutPolicy, members: readonly Member[]): number {
  if (policy.canaryMaximum === undefined) return phaseSize(policy, 0);
  const strata = new Map<string, number>();
  for (const { stratum = '' } of members) strata.set(stratum, (strata.get(stratum) ?? 0) + 1);
  const each = policy.canaryPerStratum ?? 1;
  const wanted = [...strata.values()].reduce((sum, size) => sum + Math.min(each, size), 0);
  const most = Math.max(1, Math.floor(members.length * CANARY_SHARE));
  return Math.max(1, Math.min(wanted, policy.canaryMaximum, most));
}

function laterSize(policy: RolloutPolicy, members: readonly Member[], phase: number): number {
  if (policy.shares === undefined) return phaseSize(policy, phase);
  const share = policy.shares[phase - 1] ?? 1;
  const touched = members.filter(({ wave }) => wave !== undefined).length;
  return Math.max(1, Math.ceil(members.length * share) - touched);
}

function affordable({ members, policy }: Rollout): number {
  const faults = members.filter(({ fault }) => fault !== undefined).length;
  const isProven = members.some(({ state, offeredAt }) => state === 'done' && offeredAt !== undefined);
  return faults === 0 || isProven ? Number.POSITIVE_INFINITY : Math.max(1, policy.maxErrors + 1 - faults);
}

/**
 * Those of the queued agents that may be offered the target now, by the limits on how many change at once, in all and in
 * one failure domain. Those that are not there are left out; their turn comes when they are back.
 */
export function offerable(rollout: Rollout, agents: ReadonlyMap<string, ObservedAgent>): ReadonlySet<string> {
  const { members, policy } = rollout;
  const chosen = new Set<string>();
  const changing = members.filter(({ state }) => CHANGING.includes(state));
  let free = (policy.maxConcurrent ?? Number.POSITIVE_INFINITY) - changing.length;
  const room = domainRoom(members, changing, policy.domainShare);
  for (const member of members) {
    if (free <= 0) break;
    if (!isQueued(member, rollout) || agents.get(member.agent)?.connected !== true) continue;
    const left = room.get(member.domain ?? '') ?? Number.POSITIVE_INFINITY;
    if (left <= 0) continue;
    room.set(member.domain ?? '', left - 1);
    free -= 1;
    chosen.add(member.agent);
  }
  return chosen;
}

/** How many more agents of each domain may change now; no entry: as many as one likes. */
function domainRoom(
  members: readonly Member[],
  changing: readonly Member[],
  share: number | undefined,
): Map<string, number> {
  const room = new Map<string, number>();
  if (share === undefined) return room;
  for (const { domain } of members) if (domain !== undefined) room.set(domain, (room.get(domain) ?? 0) + 1);
  for (const [domain, size] of room) room.set(domain, Math.max(1, Math.floor(size * share)));
  for (const { domain } of changing) {
    if (domain !== undefined) room.set(domain, (room.get(domain) ?? 0) - 1);
  }
  return room;
}
