import type { GateResult } from '../gates/gate.ts';
import type { ServerRolloutLimits } from './policy.ts';
import type { RolloutAgent, ServerRollout } from './counts.ts';
import { offeredOf } from './counts.ts';

/**
 * Who releases the next wave. `held`: the server goes on by itself, so it is paused after each phase for as long as that soaks.
 * `stages`: a progressive rollout, which stops after each stage by itself. `server`: its own pace, nothing is held.
 */
export type Pace = 'held' | 'stages' | 'server';

/** What is known of a rollout that is driven, from one look to the next. Plain data; times in milliseconds since the epoch. */
export interface ServerRolloutRun {
  readonly configuration: string;
  readonly version: number;
  readonly policy: ServerRolloutLimits;
  readonly pace: Pace;
  /** Number of the wave under way, by the server's phase or stage; -1 before the first. */
  readonly wave: number;
  readonly waveAt: number;
  /** The last wave that was let through; what is not yet released needs no holding. */
  readonly passed: number;
  /** Agents given the version in earlier waves, and those of them that refused. */
  readonly offeredBefore: number;
  readonly refusedBefore: number;
  /** The most agents that were ever counted as given the version: those that go away drop out of a server's counts. */
  readonly offered: number;
  /** When an answer last came in, or a wave was released. */
  readonly progressAt: number;
  /** This run paused it, and resumes it. A pause of somebody else is left alone. */
  readonly holding: boolean;
  /** Somebody resumed what this run held: their word counts, nothing is held any more. */
  readonly overruled: boolean;
  /** Everybody in the wave has answered, and it is looked at until then. */
  readonly soakUntil?: number;
  /** The soak was inconclusive and was made longer once. */
  readonly extended: boolean;
  /** When its agents were last looked at one by one. */
  readonly askedAt: number;
  /** What each gate said last, by its id. */
  readonly gates: Readonly<Record<string, GateResult>>;
  readonly last?: ServerRollout;
}

/** One look at a rollout. `agents` where they were asked for. */
export interface ServerObservation {
  readonly at: number;
  readonly rollout: ServerRollout;
  readonly agents?: readonly RolloutAgent[];
}

/** A run before its first look. */
export function newRun(
  rollout: Pick<ServerRolloutRun, 'configuration' | 'version' | 'policy' | 'pace'>,
  now: number,
): ServerRolloutRun {
  return {
    ...rollout,
    wave: -1,
    waveAt: now,
    passed: -1,
    offeredBefore: 0,
    refusedBefore: 0,
    offered: 0,
    progressAt: now,
    holding: false,
    overruled: false,
    extended: false,
    askedAt: now,
    gates: {},
  };
}

/** The run after one more look: which wave it is, who answered, whether somebody else had a hand in it. */
export function observed(
  run: ServerRolloutRun,
  { at, rollout, agents }: ServerObservation,
): ServerRolloutRun {
  const { last } = run;
  const wave = waveNumber(run.pace, rollout);
  const answered =
    last === undefined || rollout.completed !== last.completed || rollout.errors !== last.errors;
  const overruled = run.overruled || (run.holding && rollout.status === 'started');
  const seen: ServerRolloutRun = {
    ...run,
    last: rollout,
    overruled,
    holding: run.holding && rollout.status === 'paused',
    offered: Math.max(run.offered, offeredOf(rollout)),
    progressAt: answered ? at : run.progressAt,
    askedAt: agents === undefined ? run.askedAt : at,
  };
  if (wave <= run.wave) return seen;
  const { soakUntil: _soaked, ...rest } = seen;
  return {
    ...rest,
    wave,
    waveAt: at,
    progressAt: at,
    extended: false,
    offeredBefore: run.offered,
    refusedBefore: last?.errors ?? 0,
  };
}

/** Phases count from 1 once the first is released, stages are indices: both as waves from 0. */
function waveNumber(pace: Pace, { phase, stage, completed, errors, pending }: ServerRollout): number {
  if (pace === 'stages') return stage ?? (completed + errors + pending > 0 ? 0 : -1);
  return phase - 1;
}
