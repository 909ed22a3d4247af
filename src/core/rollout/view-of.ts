import { compareText } from '../document/finding.ts';
import type { Finding } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { GateNeeds } from './gates/gate.ts';
import { GATES } from './gates/index.ts';
import type { Member, Rollout } from './rollout.ts';
import { hasEnded } from './rollout.ts';
import type { AgentErrorGroup, GatesView, RolloutTotals, RolloutView, WaveView } from './view.ts';
import { waveName } from './waves.ts';

/** Where an agent's error text was caused; empty where nobody knows. */
export type Explain = (message: string) => readonly Finding[];

/** ISO 8601 text of milliseconds since the epoch (the core has no clock and no Date). */
export type TimeText = (milliseconds: number) => string;

/**
 * What people see of a rollout. `explain` is asked once for each different error text; `timeText` spells times.
 * All counts come from the members, none is guessed.
 */
export function viewOf(rollout: Rollout, explain: Explain, timeText: TimeText): RolloutView {
  return {
    configuration: rollout.configuration,
    ...(rollout.fromVersion === undefined ? {} : { fromVersion: rollout.fromVersion }),
    toVersion: rollout.version,
    state: rollout.state,
    waves: wavesOf(rollout),
    totals: totalsOf(rollout.members),
    errors: errorsOf(rollout, explain),
    timeline: rollout.timeline.map(({ at, text }) => ({ at: timeText(at), text })),
    startedAt: timeText(rollout.startedAt),
    ...(rollout.endedAt === undefined ? {} : { endedAt: timeText(rollout.endedAt) }),
    engine: 'collie',
    ...reasonOf(rollout),
    ...gatesOf(rollout),
  };
}

function reasonOf({ reason, pause, held, state }: Rollout): { readonly reason?: string } {
  const why = state === 'paused' ? pause?.text : (reason ?? (hasEnded(state) ? undefined : held));
  return why === undefined ? {} : { reason: why };
}

/** What the gates said of the last phase they looked at; absent before anybody was offered anything. */
function gatesOf({ gates }: Rollout): { readonly gates?: GatesView } {
  if (gates === undefined) return {};
  const titles = new Map(GATES.map(({ id, title }) => [id, title]));
  const ran = gates.map(({ gate, verdict, evidence, shadow }) => ({
    title: titles.get(gate) ?? gate,
    verdict,
    evidence: shadow ? `${evidence} (in shadow)` : evidence,
  }));
  const told = new Set(gates.map(({ gate }) => gate));
  const silent = GATES.filter(({ id }) => !told.has(id));
  const groups = new Map<string, string[]>();
  for (const { needs, title } of silent) {
    groups.set(SILENT[needs], [...(groups.get(SILENT[needs]) ?? []), title]);
  }
  const missing = [...groups].map(([why, group]) => ({ titles: group, why }));
  return { gates: { total: GATES.length, ran, missing } };
}

/** Why a gate of a kind said nothing. */
const SILENT: Readonly<Record<GateNeeds, string>> = {
  status: 'nothing to look at',
  health: 'the agents do not report health',
  'effective-config': 'the agents do not report what they run',
  metrics: 'no metrics of their own arrived here, or not for long enough',
  external: 'no check outside spoke of it',
};

/** Counts over all members; `restored` counts agents that run their previous config again by their own word. */
export function totalsOf(members: readonly Member[]): RolloutTotals {
  return {
    agents: members.length,
    offered: count(members, (member) => member.offeredAt !== undefined),
    applied: count(members, runsTarget),
    refused: count(members, ({ fault }) => fault?.kind === 'refused'),
    restored: count(members, ({ state }) => state === 'restored'),
    neverSaw: count(members, (member) => member.offeredAt === undefined && member.wave === undefined),
  };
}

function runsTarget(member: Member): boolean {
  return member.state === 'done' || member.state === 'soaking';
}

function count(members: readonly Member[], test: (member: Member) => boolean): number {
  return members.filter(test).length;
}

function wavesOf(rollout: Rollout): readonly WaveView[] {
  const numbers = [
    ...new Set(rollout.members.flatMap(({ wave }) => (wave === undefined ? [] : [wave]))),
  ].toSorted((a, b) => a - b);
  const released = numbers.map((number) =>
    waveOf(
      waveName(rollout, number),
      rollout.members.filter(({ wave }) => wave === number),
    ),
  );
  const rest = rollout.members.filter(({ wave }) => wave === undefined);
  if (rest.length === 0) return released;
  const note = restNote(rest);
  return [
    ...released,
    { name: 'rest', agents: rest.length, applied: 0, refused: 0, restored: 0, pending: 0, note },
  ];
}

function waveOf(name: string, members: readonly Member[]): WaveView {
  const pending = count(
    members,
    ({ state }) => state === 'offered' || state === 'applying' || state === 'soaking',
  );
  return {
    name,
    agents: members.length,
    applied: count(members, runsTarget),
    refused: count(members, ({ fault }) => fault?.kind === 'refused'),
    restored: count(members, ({ state }) => state === 'restored'),
    pending,
    note: waveNote(members, pending),
  };
}

function waveNote(members: readonly Member[], pending: number): string {
  const faults = members.filter(({ fault }) => fault !== undefined);
  const parts = [
    firstRefusal(faults),
    counted(faults, 'no-answer', 'no answer'),
    counted(faults, 'unhealthy', 'unhealthy'),
    counted(faults, 'crash-loop', 'in a crash loop'),
    counted(faults, 'regressed', 'regressed'),
    stateCount(members, 'restore-failed', 'could not be restored'),
    stateCount(members, 'left', 'without a previous config'),
    stateCount(members, 'restoring', 'going back'),
    pending > 0 ? `${pending} pending` : undefined,
  ];
  const told = parts.filter((part) => part !== undefined);
  return told.length === 0 ? 'applied and healthy' : told.join(', ');
}

function firstRefusal(faults: readonly Member[]): string | undefined {
  const refusals = faults.filter(({ fault }) => fault?.kind === 'refused');
  const times = refusals.flatMap(({ fault, offeredAt }) =>
    fault === undefined || offeredAt === undefined ? [] : [fault.at - offeredAt],
  );
  if (refusals.length === 0) return undefined;
  return times.length === 0 ? 'refused' : `refused after ${(Math.min(...times) / 1000).toFixed(1)} s`;
}

function counted(faults: readonly Member[], kind: string, text: string): string | undefined {
  const number = count(faults, ({ fault }) => fault?.kind === kind);
  return number === 0 ? undefined : `${number} ${text}`;
}

function stateCount(members: readonly Member[], state: Member['state'], text: string): string | undefined {
  const number = count(members, (member) => member.state === state);
  return number === 0 ? undefined : `${number} ${text}`;
}

function restNote(members: readonly Member[]): string {
  const skipped = count(members, ({ state }) => state === 'skipped');
  if (skipped === 0) return 'never offered';
  return skipped === members.length
    ? 'take no config from here'
    : `never offered (${skipped} take no config from here)`;
}

function errorsOf(rollout: Rollout, explain: Explain): readonly AgentErrorGroup[] {
  const groups = new Map<string, Member[]>();
  for (const member of rollout.members) {
    if (member.fault === undefined) continue;
    const group = groups.get(member.fault.message) ?? [];
    group.push(member);
    groups.set(member.fault.message, group);
  }
  return [...groups]
    .toSorted(([a, left], [b, right]) => right.length - left.length || compareText(a, b))
    .slice(0, LIMITS.rollout.errorGroups)
    .map(([message, members]) => ({
      message,
      agents: members.slice(0, LIMITS.rollout.agentsPerGroup).map((member) => ({
        name: member.name,
        version: member.version,
        ...noteOf(member),
      })),
      findings: explain(message),
    }));
}

function noteOf(member: Member): { readonly note?: string } {
  const note = member.restoreMessage ?? member.note;
  return note === undefined ? {} : { note };
}
