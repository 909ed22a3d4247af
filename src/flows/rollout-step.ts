import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import type { Step } from '../core/plan/plan.ts';
import { foreseenPolicy } from '../core/rollout/outlook.ts';
import { policiesByName, policyUses } from '../core/rollout/policy-file/repository.ts';
import {
  phaseSettings,
  serverPolicy,
  type ServerRolloutPolicy,
} from '../core/rollout/server-rollout/policy.ts';
import { isSameConfig, undoneVersions } from '../core/rollout/server-rollout/undo.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import type { Clock } from '../ports/clock.ts';
import type { ControlPlane, OriginsAnswer, ServerRollout } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';
import { driveRollout } from './drive.ts';
import { heldByPolicy } from './held-by-policy.ts';
import type { Review } from './review.ts';
import type { StepOutcome } from './steps.ts';
import { rememberedExplanation, watchRollout } from './watch.ts';

/** What an apply hands to its rollouts. */
export interface RolloutStepInput {
  readonly review: Review;
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly catalogue: ComponentCatalogue;
  readonly rollout: 'auto' | 'manual' | 'none';
  readonly waitMs: number;
  readonly onRollout?: (view: RolloutView, reported: boolean) => Promise<void>;
  readonly onStart?: (rollout: string) => void;
}

/** The part of an apply's run that its rollouts add to. */
export interface RolloutStepRun {
  readonly input: RolloutStepInput;
  readonly views: Map<string, RolloutView>;
  readonly started: string[];
  readonly unfinished: string[];
  /** `configuration:version` of rollouts that an earlier run started and nobody waits for here. */
  readonly underWay: string[];
  /** Undefined for a server that is not Collie's. */
  readonly origins: OriginsAnswer | undefined;
}

type Outcome = Omit<StepOutcome, 'step'>;

/** Versions that were given up and are compared with: who merges a third time after two undone ones gets the newest again. */
const COMPARED_VERSIONS = 5;

/** Starts the rollout of what was applied and follows it to its end; on a BindPlane server it is driven from here. */
export async function rollOut(run: RolloutStepRun, step: Step): Promise<Outcome> {
  const { controlPlane, rollout: mode } = run.input;
  const name = step.configuration ?? '';
  if (mode !== 'auto') {
    const hint = mode === 'manual' ? `start it with: collie rollout start ${name}` : 'rollouts are off';
    return { state: 'external', text: `not started; ${hint}` };
  }
  const now = await controlPlane.rollout(name);
  if (now === undefined) {
    throw new OperationError({
      code: 'not-found',
      message: `The control plane has no configuration ${name}`,
      hint: '',
    });
  }
  if (now.status === 'stable' && now.errors === 0) {
    return { state: 'unchanged', text: `version ${now.version} is rolled out already` };
  }
  return run.origins === undefined ? onBindplane(run, name, now) : onCollie(run, name, now);
}

/** A Collie server decides for itself; here it is started and looked at. */
async function onCollie(run: RolloutStepRun, name: string, now: ServerRollout): Promise<Outcome> {
  const { controlPlane, waitMs } = run.input;
  if (now.status !== 'started') await controlPlane.startRollout(name, null);
  begun(run, name, now.version);
  return waitMs === 0 ? notWaited(now.version) : follow(run, name);
}

/**
 * A BindPlane server's rollout is driven by who applies. One that somebody else started is only looked at, a pause is left to
 * who made it, and what was refused or given up is not offered again because a job runs twice.
 */
async function onBindplane(run: RolloutStepRun, name: string, now: ServerRollout): Promise<Outcome> {
  const { controlPlane, waitMs } = run.input;
  const { version, status } = now;
  if (status === 'paused') {
    return {
      state: 'failed',
      text: `version ${version} is paused; go on with: collie rollout resume ${name}`,
    };
  }
  if (status !== 'pending') return waitMs === 0 ? notWaited(version) : follow(run, name);
  const before = await givenUp(controlPlane, name);
  if (before !== undefined) {
    return {
      state: 'failed',
      text: `version ${version} is the config of version ${before} again, which was given up and undone; it is stored and not rolled out. Push a fix and merge, or roll it out all the same with: collie rollout start ${name}`,
    };
  }
  const held = heldByPolicy(run.input, name);
  if (held !== undefined) {
    const text = `version ${version} is stored and not started: ${held}; start it with: collie rollout start ${name}`;
    return { state: 'external', text };
  }
  const policy = writtenPolicy(run.input, name);
  if (waitMs > 0) return drive(run, name, policy);
  await controlPlane.startRollout(name, policy === undefined ? null : phaseSettings(policy));
  begun(run, name, version);
  return notWaited(version);
}

/**
 * The policy that the files name for a configuration, as a BindPlane server can be asked for it. Where they name none the server
 * goes at its own pace: its own defaults are what people there expect, and a soak that nobody asked for would outlast the wait.
 */
function writtenPolicy({ review }: RolloutStepInput, name: string): ServerRolloutPolicy | undefined {
  const { repository } = review.head;
  const use = policyUses(repository).get(name);
  const spec = use === undefined ? undefined : policiesByName(repository).get(use.policy);
  if (spec === undefined) return undefined;
  const reach = review.plan.configurations.find((planned) => planned.name === name)?.reach;
  return serverPolicy(foreseenPolicy(spec, reach?.unit === 'agents' ? reach.count : 1, 0));
}

function notWaited(version: number): Outcome {
  return { state: 'done', text: `started version ${version}; not waited for` };
}

function begun({ started, input }: RolloutStepRun, name: string, version: number): void {
  started.push(`${name}:${version}`);
  input.onStart?.(`${name}:${version}`);
}

/** The version that was undone and is the same config as the newest; undefined when there is none. */
async function givenUp(controlPlane: ControlPlane, name: string): Promise<number | undefined> {
  const undone = undoneVersions(await controlPlane.history(name)).slice(0, COMPARED_VERSIONS);
  if (undone.length === 0) return undefined;
  const latest = await controlPlane.configuration(name, 'latest');
  for (const version of undone) {
    const bad = await controlPlane.configuration(name, version);
    if (bad !== undefined && latest !== undefined && isSameConfig(latest.raw, bad.raw)) return version;
  }
  return undefined;
}

/**
 * Rollouts of what the files change for agents, where the server has the change already: a run before this one was cut off, or its
 * agents refused. A second run must not be green because there is nothing left to apply.
 */
export function earlierRollouts({ review, rollout }: RolloutStepInput): readonly Step[] {
  if (rollout !== 'auto') return [];
  const planned = new Set(review.plan.steps.map(({ configuration }) => configuration));
  return review.brought.filter((name) => !planned.has(name)).map(earlierRollout);
}

/** The step that looks at a rollout which an earlier run started. */
export function earlierRollout(name: string): Step {
  return {
    id: `earlier:${name}`,
    kind: 'rollout',
    configuration: name,
    text: `look at the rollout of ${name}`,
    after: [],
  };
}

/** Says how a rollout stands that this run did not start; waits for one that goes on. Starts nothing. */
export async function lookAt(run: RolloutStepRun, step: Step): Promise<Outcome> {
  const name = step.configuration ?? '';
  const now = await run.input.controlPlane.rollout(name);
  if (now === undefined) return { state: 'unchanged', text: 'the server does not have it' };
  if (now.status === 'pending') {
    return {
      state: 'failed',
      text: `version ${now.version} is stored and was never rolled out; start it with: collie rollout start ${name}`,
    };
  }
  if (now.status === 'started' && run.input.waitMs === 0) {
    run.underWay.push(`${name}:${now.version}`);
    return { state: 'unchanged', text: `version ${now.version} is being rolled out; not waited for` };
  }
  const fine = now.status === 'replaced' || (now.status === 'stable' && now.errors === 0);
  return fine ? { state: 'unchanged', text: `version ${now.version} is rolled out` } : follow(run, name);
}

function explanation(
  { review, catalogue }: RolloutStepInput,
  name: string,
): Parameters<typeof rememberedExplanation>[0] {
  const config = review.head.effective.get(`Configuration/${name}`)?.config;
  return { configs: config === undefined ? [] : [config], catalogue };
}

async function drive(
  run: RolloutStepRun,
  name: string,
  policy: ServerRolloutPolicy | undefined,
): Promise<Outcome> {
  const { review, controlPlane, clock, waitMs } = run.input;
  const fromVersion = review.plan.configurations.find((planned) => planned.name === name)?.versions?.before;
  const { view, timedOut } = await driveRollout({
    controlPlane,
    clock,
    configuration: name,
    ...(fromVersion === undefined ? {} : { fromVersion }),
    ...(policy === undefined ? {} : { policy }),
    explain: rememberedExplanation(explanation(run.input, name)),
    deadlineMs: waitMs,
    onStart: ({ version }) => begun(run, name, version),
    onChange: (changed) => told(run, name, changed),
  });
  return outcomeOf(run, name, view, timedOut);
}

/**
 * Follows a rollout that the app of a Collie server started, to its end or to the end of the wait. A newer version that takes its place has what it
 * brought: that is a good end, too.
 */
export async function followStarted(run: RolloutStepRun, name: string, version: number): Promise<Outcome> {
  const { controlPlane } = run.input;
  const [now, views] = await Promise.all([controlPlane.rollout(name), controlPlane.rolloutViews()]);
  const isTold = views?.some((view) => view.configuration === name && view.toVersion === version) === true;
  // A server tells of its newest rollouts; what others came to is past.
  if (now !== undefined && now.version > version && !isTold) return replaced(version);
  const outcome = await follow(run, name, version);
  return run.views.get(name)?.state === 'replaced' ? replaced(version) : outcome;
}

function replaced(version: number): Outcome {
  return { state: 'done', text: `a newer version took the place of version ${version}` };
}

async function follow(run: RolloutStepRun, name: string, version?: number): Promise<Outcome> {
  const { review, controlPlane, clock, waitMs } = run.input;
  const fromVersion = review.plan.configurations.find((planned) => planned.name === name)?.versions?.before;
  const { view, timedOut } = await watchRollout({
    controlPlane,
    clock,
    configuration: name,
    ...(version === undefined ? {} : { version }),
    ...(fromVersion === undefined ? {} : { fromVersion }),
    ...explanation(run.input, name),
    deadlineMs: waitMs,
    engine: run.origins === undefined ? 'bindplane' : 'collie',
    onChange: (changed) => told(run, name, changed),
  });
  return outcomeOf(run, name, view, timedOut);
}

async function told(
  { views, input, origins }: RolloutStepRun,
  name: string,
  view: RolloutView,
): Promise<void> {
  views.set(name, view);
  await input.onRollout?.(view, origins?.reported === true);
}

function outcomeOf(
  { views, unfinished, input }: RolloutStepRun,
  name: string,
  view: RolloutView,
  timedOut: boolean,
): Outcome {
  views.set(name, view);
  const reason = view.reason === undefined ? '' : `: ${view.reason}`;
  if (timedOut) {
    unfinished.push(name);
    const waited = view.reason === undefined ? ` after ${Math.round(input.waitMs / 1000)} s` : '';
    return { state: 'failed', text: `not over${waited}: ${view.state}${reason}` };
  }
  const good = view.state === 'stable' || view.state === 'no-agents';
  const { applied, refused, agents } = view.totals;
  const text =
    view.state === 'no-agents'
      ? 'stored; no agent gets it'
      : `${view.state}: ${applied} of ${agents} agents applied it, ${refused} refused${reason}`;
  return { state: good ? 'done' : 'failed', text };
}
