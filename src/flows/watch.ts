import { explainError } from '../core/explain/explain.ts';
import type { Explainable } from '../core/explain/explainable.ts';
import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import type { Finding } from '../core/document/finding.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import type { Clock } from '../ports/clock.ts';
import type { AgentError, ControlPlane, ServerRollout } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';
import { isOver } from '../core/rollout/server-rollout/counts.ts';
import { assessed } from '../core/rollout/server-rollout/assessed.ts';
import type { ServerRolloutRun } from '../core/rollout/server-rollout/run.ts';
import { serverRolloutView, type Observation } from '../core/rollout/server-rollout/view.ts';

/** The first pause between two looks, and the one after anything changed: small fleets are done within a second. */
const FIRST_PAUSE_MS = 250;
/** The longest pause; while nothing changes each pause is twice the one before. BindPlane itself moves on every 5 s. */
const LONGEST_PAUSE_MS = 2500;

/** Counts may lag, so that GitHub is not written to at every step (reference/pr-automation.md §4b). */
const REPORT_EVERY_MS = 15_000;

export interface WatchInput {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly configuration: string;
  /** The version whose rollout is followed, where a Collie server tells of it; without it the newest, whichever that is. */
  readonly version?: number;
  readonly fromVersion?: number;
  /** What was rolled out, to find the line behind an agent's words. */
  readonly configs: readonly Explainable[];
  /** What is known of components and keys, for "known since". */
  readonly catalogue?: ComponentCatalogue;
  /** Longest wait; without it until the rollout is over. */
  readonly deadlineMs?: number;
  readonly engine?: RolloutView['engine'];
  /** Whether every change is told at once, counts too. */
  readonly everyChange?: boolean;
  /** Told at once of the start, the first refusal and every change of state; of mere counts every 15 s. */
  readonly onChange?: (view: RolloutView) => Promise<void>;
}

export interface WatchResult {
  readonly view: RolloutView;
  /** True when the deadline passed before the rollout was over. */
  readonly timedOut: boolean;
}

/** Each text is explained once: a thousand agents say the same. */
export function rememberedExplanation({
  configs,
  catalogue,
}: Pick<WatchInput, 'configs' | 'catalogue'>): (message: string) => readonly Finding[] {
  const known = new Map<string, readonly Finding[]>();
  return (message) => {
    const found =
      known.get(message) ?? explainError(message, configs, catalogue === undefined ? {} : { catalogue });
    known.set(message, found);
    return found;
  };
}

function isUrgent(previous: ServerRollout | undefined, now: ServerRollout): boolean {
  return (
    previous === undefined || previous.status !== now.status || (previous.errors === 0 && now.errors > 0)
  );
}

function sameCounts(a: ServerRollout | undefined, b: ServerRollout): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/** A pause that does not outlast the deadline. */
function remaining({ deadlineMs }: WatchInput, passedMs: number, pauseMs: number): number {
  return deadlineMs === undefined ? pauseMs : Math.min(pauseMs, Math.max(0, deadlineMs - passedMs));
}

/** States of a Collie server's rollout after which nothing more happens by itself. */
const OVER: ReadonlySet<RolloutView['state']> = new Set([
  'stable',
  'rolled-back',
  'failed',
  'aborted',
  'replaced',
  'no-agents',
]);

/** What a Collie server itself tells of a rollout: it knows who was restored. */
async function ownView(
  controlPlane: ControlPlane,
  configuration: string,
  version: number,
): Promise<RolloutView | undefined> {
  const views = (await controlPlane.rolloutViews()) ?? [];
  return views.findLast((view) => view.configuration === configuration && view.toVersion === version);
}

/**
 * Follows a rollout on a server until it is over or the deadline passes. Rejects with OperationError when the server cannot
 * be asked or does not know the configuration.
 */
export async function watchRollout(input: WatchInput): Promise<WatchResult> {
  const { controlPlane, clock, configuration } = input;
  const explain = rememberedExplanation(input);
  const observations: Observation[] = [];
  const startedAt = clock.now();
  let errors: readonly AgentError[] = [];
  let previous: ServerRollout | undefined;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let version = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let seen = '';
  let run: ServerRolloutRun | undefined;

  for (;;) {
    const rollout = await controlPlane.rollout(configuration);
    if (rollout === undefined) {
      throw new OperationError({
        code: 'not-found',
        message: `The control plane has no configuration ${configuration}`,
        hint: 'Was it deleted while its rollout ran?',
      });
    }
    version = rollout.version;
    if (rollout.errors > 0 && (errors.length === 0 || rollout.errors !== previous?.errors)) {
      errors = await controlPlane.rolloutErrors(configuration, version);
    }
    // Equal counts say nothing new, and a paused rollout may be watched for days.
    if (!sameCounts(previous, rollout)) observations.push({ at: clock.now(), rollout });
    const { fromVersion, engine = 'bindplane' } = input;
    const at = clock.now();
    const watched = assessed(run, { at, rollout });
    run = watched.run;
    const followed = input.version ?? version;
    const told = engine === 'collie' ? await ownView(controlPlane, configuration, followed) : undefined;
    const view =
      told ??
      serverRolloutView({
        configuration,
        version,
        ...(fromVersion === undefined ? {} : { fromVersion }),
        startedAt,
        observations,
        errors,
        explain,
        timeText: (time) => new Date(time).toISOString(),
        engine,
        assessed: watched.assessed,
      });
    const over =
      told === undefined ? isOver(rollout) || watched.assessed.state !== undefined : OVER.has(told.state);
    const timedOut = !over && input.deadlineMs !== undefined && clock.now() - startedAt >= input.deadlineMs;
    const due = clock.now() - reportedAt >= REPORT_EVERY_MS && !sameCounts(previous, rollout);
    const changed = input.everyChange === true && JSON.stringify([rollout, view.state, view.totals]) !== seen;
    if (over || timedOut || isUrgent(previous, rollout) || due || changed) {
      await input.onChange?.(view);
      reportedAt = clock.now();
    }
    if (over || timedOut) return { view, timedOut };
    previous = rollout;
    const now = JSON.stringify([rollout, view.state, view.totals]);
    pauseMs = now === seen ? Math.min(2 * pauseMs, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    seen = now;
    await clock.wait(remaining(input, clock.now() - startedAt, pauseMs));
  }
}
