import type { Finding } from '../core/document/finding.ts';
import { compareText } from '../core/document/finding.ts';
import { LIMITS } from '../core/document/limits.ts';
import type { AgentErrorGroup, RolloutState, RolloutView, WaveView } from '../core/rollout/view.ts';
import type { AgentError, ServerRollout, ServerRolloutStatus } from '../ports/control-plane.ts';

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
  readonly engine: RolloutView['engine'];
}

const STATES: Readonly<Record<ServerRolloutStatus, RolloutState>> = {
  pending: 'pending',
  started: 'started',
  paused: 'paused',
  error: 'failed',
  stable: 'stable',
  replaced: 'replaced',
};

function offeredOf({ completed, errors, pending }: ServerRollout): number {
  return completed + errors + pending;
}

function agentsOf(rollout: ServerRollout): number {
  return offeredOf(rollout) + rollout.waiting;
}

/**
 * The state of a server's rollout in our words. `Stable` with nothing completed is no success: either no agent was there, or all that
 * were refused it (both seen on bindplane 1.35.0, reference/lab-bindplane.md §4).
 */
function stateOf(rollout: ServerRollout): RolloutState {
  if (rollout.status !== 'stable') return STATES[rollout.status];
  if (rollout.errors > 0) return 'failed';
  return rollout.completed === 0 ? 'no-agents' : 'stable';
}

/** Whether nothing more happens by itself. */
export function isOver(rollout: ServerRollout): boolean {
  return ['stable', 'error', 'replaced'].includes(rollout.status);
}

/** Waves from the counts of each phase: a server tells totals, so a wave is what came on top during its phase. */
function wavesOf(observations: readonly Observation[]): readonly WaveView[] {
  const lastOfPhase = new Map<number, ServerRollout>();
  for (const { rollout } of observations) lastOfPhase.set(rollout.phase, rollout);
  const waves: WaveView[] = [];
  let before = { offered: 0, completed: 0, errors: 0 };
  for (const rollout of [...lastOfPhase.values()].sort((a, b) => a.phase - b.phase)) {
    const agents = Math.max(0, offeredOf(rollout) - before.offered);
    const applied = Math.max(0, rollout.completed - before.completed);
    const refused = Math.max(0, rollout.errors - before.errors);
    const pending = Math.max(0, agents - applied - refused);
    before = { offered: offeredOf(rollout), completed: rollout.completed, errors: rollout.errors };
    if (agents === 0) continue;
    const note = refused > 0 ? `${refused} refused` : pending > 0 ? `${pending} pending` : 'applied';
    const name = waves.length === 0 ? 'canary' : `wave ${waves.length + 1}`;
    waves.push({ name, agents, applied, refused, restored: 0, pending, note });
  }
  const waiting = observations.at(-1)?.rollout.waiting ?? 0;
  if (waiting > 0) {
    waves.push({
      name: 'rest',
      agents: waiting,
      applied: 0,
      refused: 0,
      restored: 0,
      pending: 0,
      note: 'never offered',
    });
  }
  return waves;
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

function timelineOf(observations: readonly Observation[]): RolloutView['timeline'] {
  const events: { at: string; text: string }[] = [];
  let last = '';
  for (const { at, rollout } of observations) {
    const { status, completed, errors, pending, waiting } = rollout;
    const text = `${status}: ${completed} applied, ${errors} refused, ${pending} pending, ${waiting} waiting`;
    if (text !== last) events.push({ at: new Date(at).toISOString(), text });
    last = text;
  }
  return events;
}

/** What people see of a rollout that a server runs. Pure; every count is one the server gave. */
export function serverRolloutView(record: ServerRolloutRecord): RolloutView {
  const { observations, fromVersion } = record;
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
  return {
    configuration: record.configuration,
    ...(fromVersion === undefined ? {} : { fromVersion }),
    toVersion: record.version,
    state: stateOf(rollout),
    waves: wavesOf(observations),
    totals: {
      agents: agentsOf(rollout),
      offered: offeredOf(rollout),
      applied: rollout.completed,
      refused: rollout.errors,
      restored: 0,
      neverSaw: rollout.waiting,
    },
    errors: groupErrors(record.errors, record.explain),
    timeline: timelineOf(observations),
    startedAt: new Date(record.startedAt).toISOString(),
    ...(last !== undefined && isOver(last.rollout) ? { endedAt: new Date(last.at).toISOString() } : {}),
    engine: record.engine,
  };
}
