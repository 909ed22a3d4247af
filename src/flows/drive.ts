import type { Finding } from '../core/document/finding.ts';
import { isMap } from '../core/document/node.ts';
import { decideServerRollout, type ServerDecision } from '../core/rollout/server-rollout/decide.ts';
import {
  holdsWaves,
  phaseSettings,
  policyText,
  UNWRITTEN,
  type ServerRolloutPolicy,
} from '../core/rollout/server-rollout/policy.ts';
import { newRun, type Pace, type ServerRolloutRun } from '../core/rollout/server-rollout/run.ts';
import {
  countsText,
  serverRolloutView,
  type AssessedRollout,
  type Observation,
} from '../core/rollout/server-rollout/view.ts';
import type { RolloutState, RolloutView, UndoView } from '../core/rollout/view.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  AgentError,
  ControlPlane,
  RolloutAgent,
  ServerConfiguration,
  ServerRollout,
} from '../ports/control-plane.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { carriedOut } from './carried-out.ts';
import { undoRollout } from './undo.ts';

/** The first pause between two looks, and the longest; while nothing changes each is twice the one before. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2500;
/** Mere counts are told no oftener (reference/pr-automation.md §4b). */
const REPORT_EVERY_MS = 15_000;

export interface DriveInput {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly configuration: string;
  /** Where the rollout comes from; absent: the server's current version. */
  readonly fromVersion?: number;
  /** Absent: the server's own phases, no soak, five minutes for an answer, undone when it fails. */
  readonly policy?: ServerRolloutPolicy;
  readonly explain: (message: string) => readonly Finding[];
  /** Longest wait, milliseconds. What is held when it ends stays held. */
  readonly deadlineMs: number;
  readonly onStart?: (rollout: ServerRollout) => void;
  /** Told at once of the start, the first refusal, every decision and the end; of mere counts every 15 s. */
  readonly onChange?: (view: RolloutView) => Promise<void>;
}

export interface DriveResult {
  readonly view: RolloutView;
  /** True when the wait ended before the rollout did. */
  readonly timedOut: boolean;
}

/**
 * Starts a rollout on a BindPlane server and drives it to its end: waves that soak, gates, and the previous spec again when it
 * goes wrong. Everything is decided by `decideServerRollout`; here it is only asked and done. Whoever calls this is the one
 * driver: others that look at the server (the app, `collie rollout status`) only tell. When the process dies the server is left
 * paused or at its own pace, never with nobody's decision half done but an undo, whose new version is then stored or rolled out.
 * Rejects with OperationError when the server cannot be asked.
 */
export async function driveRollout(input: DriveInput): Promise<DriveResult> {
  const { controlPlane, configuration, policy } = input;
  const [latest, current] = await Promise.all([
    controlPlane.configuration(configuration, 'latest'),
    controlPlane.configuration(configuration, 'current'),
  ]);
  if (latest === undefined) {
    throw new OperationError({
      code: 'not-found',
      message: `The control plane has no configuration ${configuration}`,
      hint: 'Was it deleted while it was rolled out?',
    });
  }
  const driver = new Driver(input, latest, current);
  const options = policy === undefined ? null : phaseSettings(policy);
  const rollout = await carriedOut({
    call: () => controlPlane.startRollout(configuration, options),
    look: () => controlPlane.rollout(configuration),
    isDone: ({ status }) => status !== 'pending',
    clock: input.clock,
    tries: 1,
  });
  input.onStart?.(rollout);
  return driver.drive(rollout);
}

/** Who releases the next wave: a progressive rollout waits by itself; others are paused where waves have to soak. */
function paceOf(latest: ServerConfiguration, policy: ServerRolloutPolicy | undefined): Pace {
  const rollout = latest.resource.spec['rollout'];
  if (isMap(rollout) && rollout['type'] === 'progressive') return 'stages';
  return policy !== undefined && holdsWaves(policy) ? 'held' : 'server';
}

class Driver {
  readonly #input: DriveInput;
  readonly #current: number | undefined;
  readonly #fromVersion: number | undefined;
  readonly #startedAt: number;
  readonly #observations: Observation[] = [];
  readonly #events: { at: number; text: string }[] = [];
  #errors: readonly AgentError[] = [];
  #run: ServerRolloutRun;
  #told = { key: '', counts: '', at: Number.NEGATIVE_INFINITY };
  #undo: UndoView | undefined;

  constructor(input: DriveInput, latest: ServerConfiguration, current: ServerConfiguration | undefined) {
    const { configuration, policy, clock } = input;
    this.#input = input;
    // Before any finished rollout a server gives the newest version for the current one.
    this.#current = current !== undefined && current.version < latest.version ? current.version : undefined;
    this.#fromVersion = input.fromVersion ?? this.#current;
    this.#startedAt = clock.now();
    this.#run = newRun(
      { configuration, version: latest.version, policy: policy ?? UNWRITTEN, pace: paceOf(latest, policy) },
      clock.now(),
    );
    if (policy !== undefined) this.#note(policyText(policy, this.#run.pace === 'stages'));
  }

  async drive(first: ServerRollout): Promise<DriveResult> {
    const { clock, deadlineMs } = this.#input;
    let rollout = first;
    let agents: readonly RolloutAgent[] | undefined;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      await this.#observe(rollout);
      const { run, decision } = decideServerRollout(this.#run, {
        at: clock.now(),
        rollout,
        ...(agents === undefined ? {} : { agents }),
      });
      this.#run = run;
      const done = await this.#settle(decision);
      if (done !== undefined) return done;
      const left = this.#startedAt + deadlineMs - clock.now();
      if (decision.kind === 'wait' && left <= 0) return { view: await this.#handOver(), timedOut: true };
      await this.#tell();
      agents = undefined;
      if (decision.kind === 'wait') {
        await clock.wait(Math.min(pauseMs, left));
        const before = rollout;
        rollout = await this.#look(rollout);
        pauseMs = same(before, rollout) ? Math.min(2 * pauseMs, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
      } else if (decision.kind === 'ask') {
        agents = await this.#ask();
        if (agents === undefined) return { view: await this.#unanswered(), timedOut: true };
      } else rollout = await this.#act(decision);
    }
  }

  /** Ends what a decision ends. */
  async #settle(decision: ServerDecision): Promise<DriveResult | undefined> {
    if (decision.kind === 'undo') return { view: await this.#giveUp(decision.reason), timedOut: false };
    if (decision.kind !== 'end') return undefined;
    if (decision.pause) await this.#pause();
    const { outcome, reason } = decision;
    this.#note(outcome === 'failed' ? `stopped: ${reason}` : `${outcome}: ${reason}`);
    const wrong = ['failed', 'paused', 'replaced'].includes(outcome);
    const view = await this.#tell(outcome, wrong ? reason : undefined);
    return { view, timedOut: outcome === 'paused' };
  }

  /** Holds the next wave back, or releases it. The server's answer is the next look: its batches do not wait for ours. */
  async #act({ kind, reason }: ServerDecision): Promise<ServerRollout> {
    const { controlPlane, configuration, clock } = this.#input;
    this.#note(reason);
    if (kind === 'pause') return this.#pause();
    const { pace, wave } = this.#run;
    const isStages = pace === 'stages';
    return carriedOut({
      call: () =>
        isStages ? controlPlane.startRollout(configuration, null) : controlPlane.resumeRollout(configuration),
      look: () => controlPlane.rollout(configuration),
      isDone: ({ status, stage }) => (isStages ? stage !== wave : status !== 'paused'),
      clock,
    });
  }

  async #pause(): Promise<ServerRollout> {
    const { controlPlane, configuration, clock } = this.#input;
    return carriedOut({
      call: () => controlPlane.pauseRollout(configuration),
      look: () => controlPlane.rollout(configuration),
      isDone: ({ status }) => status !== 'started',
      clock,
    });
  }

  /** Stops it first, so that nobody else gets it, and then brings the version before back. */
  async #giveUp(reason: string): Promise<RolloutView> {
    const { controlPlane, configuration, clock, deadlineMs } = this.#input;
    this.#note(`stopped: ${reason}`);
    if (this.#run.last?.status === 'started') {
      await this.#observe(await this.#pause());
    }
    const { offered } = this.#run;
    await this.#tell('rolling-back', reason);
    const { undo, done } = await undoRollout({
      controlPlane,
      clock,
      configuration,
      version: this.#run.version,
      ...(this.#current === undefined ? {} : { current: this.#current }),
      deadlineMs: this.#run.policy.deadlineMs,
      until: this.#startedAt + deadlineMs + this.#run.policy.deadlineMs,
      onStep: (text) => this.#note(text),
      onChange: async (changed) => {
        this.#undo = changed;
        await this.#tell('rolling-back', reason);
      },
    });
    this.#undo = undo;
    const restored = undo.version === undefined ? 0 : Math.max(0, offered - undo.missing.length);
    return this.#tell(done ? 'rolled-back' : 'failed', reason, restored);
  }

  /** The wait is over and the rollout is not: it is left as it is, and said what that is. */
  async #handOver(): Promise<RolloutView> {
    const { holding } = this.#run;
    const reason = 'the wait was over; the next wave is held back until somebody resumes it';
    if (holding) this.#note(reason);
    return holding ? this.#tell('paused', reason) : this.#tell(undefined, undefined, 0, true);
  }

  async #look(before: ServerRollout): Promise<ServerRollout> {
    const { controlPlane, configuration } = this.#input;
    return (await controlPlane.rollout(configuration)) ?? { ...before, status: 'replaced' };
  }

  /** Agents one by one; undefined where the server does not answer, which is not the same as nobody. */
  async #ask(): Promise<readonly RolloutAgent[] | undefined> {
    const { controlPlane, configuration } = this.#input;
    try {
      return await controlPlane.rolloutAgents(configuration, this.#run.version);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#note(`the agents could not be asked for: ${errorText(error)}`);
      return undefined;
    }
  }

  /** Without a look at the agents nothing passes: it is held, and people are asked. */
  async #unanswered(): Promise<RolloutView> {
    if (this.#run.last?.status === 'started') await this.#pause();
    const reason = 'the server did not say how its agents are; nobody else gets it until somebody resumes it';
    this.#note(reason);
    return this.#tell('paused', reason);
  }

  async #observe(rollout: ServerRollout): Promise<void> {
    const { controlPlane, clock, configuration } = this.#input;
    const last = this.#observations.at(-1)?.rollout;
    if (rollout.version !== this.#run.version || (last !== undefined && same(last, rollout))) return;
    if (rollout.errors > 0 && rollout.errors !== last?.errors) {
      this.#errors = await controlPlane.rolloutErrors(configuration, rollout.version);
    }
    this.#observations.push({ at: clock.now(), rollout });
    // That it is paused between two waves is said by the decision.
    const counts = countsText(rollout);
    if (last === undefined || counts !== countsText(last)) this.#note(counts);
  }

  #note(text: string): void {
    this.#events.push({ at: this.#input.clock.now(), text });
  }

  async #tell(
    state?: RolloutState,
    reason?: string,
    restored: number = 0,
    last: boolean = false,
  ): Promise<RolloutView> {
    const { clock, onChange, configuration, explain } = this.#input;
    const assessed: AssessedRollout = {
      ...(state === undefined ? {} : { state }),
      ...(reason === undefined ? {} : { reason }),
      // Let through and not yet released counts as well: nobody has to act.
      holding: this.#run.holding || (this.#run.wave >= 0 && this.#run.passed === this.#run.wave),
      offered: this.#run.offered,
      gates: Object.values(this.#run.gates),
      events: this.#events,
      ...(this.#undo === undefined ? {} : { undo: this.#undo }),
      restored,
    };
    const view = serverRolloutView({
      configuration,
      version: this.#run.version,
      ...(this.#fromVersion === undefined ? {} : { fromVersion: this.#fromVersion }),
      startedAt: this.#startedAt,
      observations: this.#observations,
      errors: this.#errors,
      explain,
      timeText: (at) => new Date(at).toISOString(),
      engine: 'bindplane',
      assessed,
    });
    const key = JSON.stringify([view.state, this.#events.length, view.totals.refused > 0]);
    const counts = JSON.stringify([view.totals, view.undo]);
    const due = clock.now() - this.#told.at >= REPORT_EVERY_MS && counts !== this.#told.counts;
    if (last || key !== this.#told.key || due) {
      this.#told = { key, counts, at: clock.now() };
      await onChange?.(view);
    }
    return view;
  }
}

function same(a: ServerRollout, b: ServerRollout): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
