import { LIMITS } from '../document/limits.ts';
import type { Effect, GateState, Member, Rollout, TimelineEntry } from './rollout.ts';
import { hasEnded } from './rollout.ts';
import { waveName } from './waves.ts';

/**
 * What is to be done so that a rollout that was `before` is `after`: nothing where nothing changed. First the new state is
 * stored, then refusals, restores and offers follow from what became of each member.
 */
export function effectsOf(before: Rollout, after: Rollout, now: number): readonly Effect[] {
  if (before === after) return [];
  const changed = stepsBetween(before.members, after.members);
  if (changed.length === 0 && sameHead(before, after)) return [];
  const timeline = [...before.timeline, ...story(before, after, changed, now)].slice(
    -LIMITS.rollout.timelineEntries,
  );
  const effects: Effect[] = [{ kind: 'save', rollout: { ...after, timeline } }];
  for (const step of changed) addEffects(effects, step, after);
  if (after.state === 'stable' && before.state !== 'stable') {
    effects.push({ kind: 'promote', configuration: after.configuration, version: after.version });
  }
  effects.push({ kind: 'report' });
  return effects;
}

function sameHead(
  { members: _m, timeline: _t, ...before }: Rollout,
  { members: _n, timeline: _u, ...after }: Rollout,
): boolean {
  const was = new Map<string, unknown>(Object.entries(before));
  const is = Object.entries(after).filter(([, value]) => value !== undefined);
  return (
    is.length === [...was.values()].filter((value) => value !== undefined).length &&
    is.every(([key, value]) => was.get(key) === value)
  );
}

/** What became of one member. */
interface Step {
  readonly was: Member | undefined;
  readonly member: Member;
}

/** A decision never changes who takes part, nor their order. */
function stepsBetween(before: readonly Member[], after: readonly Member[]): readonly Step[] {
  const steps: Step[] = [];
  for (const [index, member] of after.entries()) {
    const was = before[index];
    if (member !== was) steps.push({ was, member });
  }
  return steps;
}

function addEffects(effects: Effect[], { was, member }: Step, { targetHash }: Rollout): void {
  const { agent, state, fault, previousHash } = member;
  if (fault !== undefined && was?.fault === undefined) {
    effects.push({ kind: 'refuse', agent, hash: targetHash, message: fault.message });
  }
  if (state === was?.state) return;
  if (state === 'restoring' && previousHash !== undefined) {
    effects.push({ kind: 'restore', agent, hash: previousHash });
  }
  if (state === 'left') effects.push({ kind: 'withdraw', agent });
  if (state === 'offered') effects.push({ kind: 'offer', agent, hash: targetHash });
}

function story(before: Rollout, after: Rollout, changed: readonly Step[], now: number): TimelineEntry[] {
  const texts = [
    ...memberStory(after, changed),
    ...gateStory(before.gates ?? [], after.gates ?? []),
    ...headStory(before, after),
  ];
  return texts.map((text) => ({ at: now, text }));
}

function memberStory(after: Rollout, changed: readonly Step[]): readonly string[] {
  const arrivals = new Map<Member['state'], Member[]>();
  const failed: Member[] = [];
  for (const { was, member } of changed) {
    if (member.fault !== undefined && was?.fault === undefined) failed.push(member);
    if (member.state === was?.state) continue;
    const same = arrivals.get(member.state);
    if (same === undefined) arrivals.set(member.state, [member]);
    else same.push(member);
  }
  const entered = (state: Member['state']): readonly Member[] => arrivals.get(state) ?? [];
  const offered = entered('offered');
  const wave = offered[0]?.wave ?? 0;
  const previous = after.fromVersion === undefined ? 'its previous config' : `version ${after.fromVersion}`;
  const lines: readonly [readonly Member[], (names: string) => string][] = [
    [entered('done'), (names) => `applied and healthy on ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'refused'), (names) => `refused by ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'no-answer'), (names) => `no answer from ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'unhealthy'), (names) => `unhealthy: ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'crash-loop'), (names) => `crash loop: ${names}`],
    [failed.filter(({ fault }) => fault?.kind === 'regressed'), (names) => `regressed: ${names}`],
    [entered('skipped'), (names) => `never offered: ${names}`],
    [entered('restoring'), (names) => `${previous} offered again to ${names}`],
    [entered('restored'), (names) => `${previous} applied again on ${names}`],
    [entered('restore-failed'), (names) => `${previous} could not be restored on ${names}`],
    [offered, (names) => `${waveName(after, wave)}: offered to ${names}${coverage(after, offered)}`],
  ];
  return lines.filter(([members]) => members.length > 0).map(([members, text]) => text(namesOf(members)));
}

/** How many kinds of agents a canary covers, where there are several. */
function coverage({ members }: Rollout, offered: readonly Member[]): string {
  if (offered[0]?.canary !== true) return '';
  const stage = members.filter((member) => member.stage === offered[0]?.stage);
  const all = new Set(stage.map(({ stratum }) => stratum ?? ''));
  const covered = new Set(offered.map(({ stratum }) => stratum ?? ''));
  return all.size > 1 ? ` (${covered.size} of ${all.size} kinds of agents)` : '';
}

/** Gates that were not listened to; what the others did is told as a stop or a pause. */
function gateStory(before: readonly GateState[], after: readonly GateState[]): readonly string[] {
  const was = new Map(before.map((state) => [`${state.gate}@${state.phase}`, state.verdict]));
  return after
    .filter(
      ({ gate, phase, verdict, shadow }) =>
        shadow && verdict === 'fail' && was.get(`${gate}@${phase}`) !== verdict,
    )
    .map(({ gate, evidence }) => `gate ${gate} failed (in shadow, not acted upon): ${evidence}`);
}

function headStory(before: Rollout, after: Rollout): readonly string[] {
  const stopped =
    before.state !== 'rolling-back' && (after.state === 'rolling-back' || after.reason !== before.reason);
  const told: string[] = [];
  if (stopped && after.reason !== undefined) told.push(`stopped: ${after.reason}`);
  if (after.pause !== undefined && after.pause !== before.pause) told.push(`paused: ${after.pause.text}`);
  if (after.held !== undefined && after.held !== before.held) told.push(`held: ${after.held}`);
  if (after.extendedUntil !== undefined && after.extendedUntil !== before.extendedUntil) {
    const unsure = (after.gates ?? []).find(({ verdict, shadow }) => verdict === 'inconclusive' && !shadow);
    told.push(`watched for longer: gate ${unsure?.gate ?? ''} cannot say yet, ${unsure?.evidence ?? ''}`);
  }
  if (after.bakingSince !== undefined && before.bakingSince === undefined) {
    told.push(`everybody has it: watched for ${Math.round((after.policy.finalSoakMs ?? 0) / 1000)} s more`);
  }
  if (before.state !== after.state && hasEnded(after.state)) told.push(stateText(after));
  return told;
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
