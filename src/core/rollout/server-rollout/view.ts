import type { Finding } from '../../document/finding.ts';
import { compareText } from '../../document/finding.ts';
import { LIMITS } from '../../document/limits.ts';
import type { GateResult } from '../gates/gate.ts';
import { gatesFor } from '../gates/coverage.ts';
import { GATES } from '../gates/index.ts';
import type { AgentErrorGroup, GatesView, RolloutState, RolloutView, UndoView, WaveView } from '../view.ts';
import type { AgentError, RolloutCounts, ServerRollout, ServerRolloutStatus } from './counts.ts';
import { isOver, offeredOf } from './counts.ts';

/** What was seen of a rollout at one moment. */
export interface Observation {
  readonly at: number;
  readonly rollout: ServerRollout;
}

/** Everything known of a rollout that a server runs. `observations` are in order of time. */
export interface ServerRolloutRecord {
  readonly configuration: string;
  readonly version: number;
  readonly fromVersion?: number;
  /** When it was begun to look, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly observations: readonly Observation[];
  readonly errors: readonly AgentError[];
  readonly explain: (message: string) => readonly Finding[];
  /** ISO 8601 text of milliseconds since the epoch. */
  readonly timeText: (milliseconds: number) => string;
  readonly engine: RolloutView['engine'];
  /** What is made of it, by who watches it or drives it. */
  readonly assessed?: AssessedRollout;
}

/** What is made of a rollout beyond the server's word; all but the gates only by who drives it. */
export interface AssessedRollout {
  /** How it ended, or what goes on; absent: as the server says. */
  readonly state?: RolloutState;
  readonly reason?: string;
  /** The server is paused so that a wave can soak: nobody has to act. */
  readonly holding?: boolean;
  /** The most agents that were ever counted as given the version. */
  readonly offered?: number;
  readonly gates: readonly GateResult[];
  /** Counts as they changed and what was decided because of them, oldest first. */
  readonly events?: readonly { readonly at: number; readonly text: string }[];
  readonly undo?: UndoView;
  /** Touched agents that were told to have gone back. */
  readonly restored?: number;
}

const STATES: Readonly<Record<ServerRolloutStatus, RolloutState>> = {
  pending: 'pending',
  started: 'started',
  paused: 'paused',
  error: 'failed',
  stable: 'stable',
  replaced: 'replaced',
};

function agentsOf(rollout: ServerRollout): number {
  return offeredOf(rollout) + rollout.waiting;
}

/**
 * The state of a server's rollout in our words. `Stable` with nothing completed is no success: either no agent was there, or all that
 * were refused it (both seen on bindplane 1.35.0, reference/lab-bindplane.md §4).
 */
function stateOf(rollout: ServerRollout, assessed: AssessedRollout | undefined): RolloutState {
  if (assessed?.state !== undefined) return assessed.state;
  if (rollout.status === 'paused' && assessed?.holding === true) return 'started';
  if (rollout.status === 'stable' && !isOver(rollout)) return 'started';
  if (rollout.status !== 'stable') return STATES[rollout.status];
  if (rollout.errors > 0) return 'failed';
  return rollout.completed === 0 ? 'no-agents' : 'stable';
}

/**
 * Waves from the counts of each phase. A server tells totals and is looked at now and then: a wave's size is what was offered
 * on top during its phase; what was refused until the next phase was seen is its own, and as a phase begins when nobody of the
 * one before is pending, answers fill the waves in their order.
 */
function wavesOf(observations: readonly Observation[]): readonly WaveView[] {
  const last = observations.at(-1)?.rollout;
  if (last === undefined) return [];
  if (last.stages !== undefined) return stagesOf(last);
  const phases = Map.groupBy(
    observations.map(({ rollout }) => rollout),
    ({ phase }) => phase,
  );
  const released = [...phases].sort(([a], [b]) => a - b).map(([, looks]) => looks);
  const waves: WaveView[] = [];
  let offered = 0;
  let errors = 0;
  let open = last.completed;
  for (const [index, looks] of released.entries()) {
    const most = Math.max(...looks.map(offeredOf));
    const agents = Math.max(0, most - offered);
    const until = released[index + 1]?.[0]?.errors ?? last.errors;
    const refused = Math.min(agents, Math.max(0, until - errors));
    const completed = Math.min(agents - refused, open);
    [offered, errors, open] = [Math.max(offered, most), until, open - completed];
    if (agents === 0) continue;
    const name = waves.length === 0 ? 'canary' : `wave ${waves.length + 1}`;
    waves.push(
      waveOf(name, { completed, errors: refused, pending: agents - refused - completed, waiting: 0 }),
    );
  }
  return last.waiting > 0
    ? [...waves, waveOf('rest', { completed: 0, errors: 0, pending: 0, waiting: last.waiting })]
    : waves;
}

/** The stages of a progressive rollout, by their own names. */
function stagesOf({ stages = [] }: ServerRollout): readonly WaveView[] {
  return stages.map((stage) => waveOf(stage.name, stage));
}

function waveOf(name: string, { completed, errors, pending, waiting }: RolloutCounts): WaveView {
  const agents = completed + errors + pending + waiting;
  const note =
    errors > 0
      ? `${errors} refused`
      : pending > 0
        ? `${pending} pending`
        : agents === 0
          ? 'no agent'
          : waiting === 0
            ? 'applied'
            : completed > 0
              ? `${waiting} waiting`
              : 'never offered';
  return { name, agents, applied: completed, refused: errors, restored: 0, pending, note };
}

/** Agents that said the same, most agents first. */
function groupErrors(
  errors: readonly AgentError[],
  explain: ServerRolloutRecord['explain'],
): readonly AgentErrorGroup[] {
  const groups = new Map<string, AgentError[]>();
  for (const error of errors) groups.set(error.message, [...(groups.get(error.message) ?? []), error]);
  return [...groups]
    .sort(([a, left], [b, right]) => right.length - left.length || compareText(a, b))
    .slice(0, LIMITS.rollout.errorGroups)
    .map(([message, members]) => ({
      message,
      agents: members
        .slice(0, LIMITS.rollout.agentsPerGroup)
        .map(({ agent }) => ({ name: agent.name, version: agent.version })),
      findings: explain(message),
    }));
}

/** Counts in words, as the timeline has them. */
export function countsText({ completed, errors, pending, waiting }: RolloutCounts): string {
  return `${completed} applied, ${errors} refused, ${pending} pending, ${waiting} waiting`;
}

/** What happened as its driver tells it; where nobody drives, the counts as they changed. */
function timelineOf({ observations, timeText, assessed }: ServerRolloutRecord): RolloutView['timeline'] {
  const seen: { readonly at: number; readonly text: string }[] = [];
  for (const { at, rollout } of observations) {
    const text = `${rollout.status}: ${countsText(rollout)}`;
    if (text !== seen.at(-1)?.text) seen.push({ at, text });
  }
  return (assessed?.events ?? seen)
    .slice(-LIMITS.rollout.timelineEntries)
    .map(({ at, text }) => ({ at: timeText(at), text }));
}

/** What a BindPlane server's rollout was held to, and why the other gates could not run (reference/rollouts.md §5.9). */
function gatesOf(results: readonly GateResult[]): GatesView {
  const byId = new Map(results.map((result) => [result.gate, result]));
  const reasons = new Map<string, string[]>();
  for (const { gate, why } of gatesFor('bindplane').impossible) {
    reasons.set(why, [...(reasons.get(why) ?? []), gate.title]);
  }
  return {
    total: GATES.length,
    ran: GATES.flatMap(({ id, title }) => {
      const result = byId.get(id);
      return result === undefined ? [] : [{ title, verdict: result.verdict, evidence: result.evidence }];
    }),
    missing: [...reasons].map(([why, titles]) => ({ titles, why })),
  };
}

/** What people see of a rollout that a server runs. Pure; every count is one the server gave. */
export function serverRolloutView(record: ServerRolloutRecord): RolloutView {
  const { observations, fromVersion, assessed, timeText } = record;
  const last = observations.at(-1);
  const rollout: ServerRollout = last?.rollout ?? {
    configuration: record.configuration,
    version: record.version,
    status: 'pending',
    phase: 0,
    completed: 0,
    errors: 0,
    pending: 0,
    waiting: 0,
  };
  const ended = assessed?.state === undefined ? isOver(rollout) : OVER.has(assessed.state);
  const offered = Math.max(offeredOf(rollout), assessed?.offered ?? 0);
  return {
    configuration: record.configuration,
    ...(fromVersion === undefined ? {} : { fromVersion }),
    toVersion: record.version,
    state: stateOf(rollout, assessed),
    waves: wavesOf(observations),
    totals: {
      agents: Math.max(agentsOf(rollout), offered),
      offered,
      applied: rollout.completed,
      refused: rollout.errors,
      restored: assessed?.restored ?? 0,
      neverSaw: rollout.waiting,
    },
    errors: groupErrors(record.errors, record.explain),
    timeline: timelineOf(record),
    startedAt: timeText(record.startedAt),
    ...(last !== undefined && ended ? { endedAt: timeText(assessed?.events?.at(-1)?.at ?? last.at) } : {}),
    engine: record.engine,
    ...(assessed?.reason === undefined ? {} : { reason: assessed.reason }),
    ...(assessed === undefined ? {} : { gates: gatesOf(assessed.gates) }),
    ...(assessed?.undo === undefined ? {} : { undo: assessed.undo }),
  };
}

/** States that somebody who drives a rollout ends with. */
const OVER: ReadonlySet<RolloutState> = new Set([
  'rolled-back',
  'failed',
  'stable',
  'replaced',
  'no-agents',
  'aborted',
]);
