import { isConfiguration } from '../core/fleet/config-key.ts';
import { manifestOf } from '../core/bindplane/manifest.ts';
import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import { compareText, placeText } from '../core/document/finding.ts';
import type { Plan, Step, StepKind } from '../core/plan/plan.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import type { Clock } from '../ports/clock.ts';
import type { ApplyUpdate, ControlPlane, OriginsAnswer } from '../ports/control-plane.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { awaitAgents } from './await-agents.ts';
import { gateZero, type GateDifference } from './gate-zero.ts';
import { originsOf } from './origins.ts';
import type { Review } from './review.ts';
import { policyStep } from './policy-step.ts';
import { performSteps, type StepOutcome, type ToldOutcome } from './steps.ts';
import { earlierRollouts, lookAt, rollOut } from './rollout-step.ts';

export interface ApplyInput {
  /** The plan to carry out, made against the same control plane just now. */
  readonly review: Review;
  /** The plan that people saw, where it was made with other types: gate zero compares with its renders. */
  readonly reviewedPlan?: Plan;
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly catalogue: ComponentCatalogue;
  readonly origin: { readonly repository: string; readonly pullRequest?: number; readonly commit: string };
  /** `auto` starts and follows rollouts, `manual` names them, `none` leaves them out. */
  readonly rollout: 'auto' | 'manual' | 'none';
  /** Longest wait for each rollout; 0 starts them and does not wait. */
  readonly waitMs: number;
  /** Whether resources whose files are gone are deleted. */
  readonly prune: boolean;
  /** Told of every rollout as it goes; `reported` says that the server's app keeps the pull request told. */
  readonly onRollout?: (view: RolloutView, reported: boolean) => Promise<void>;
  /** Told of each rollout that is started, as `configuration:version`. */
  readonly onStart?: (rollout: string) => void;
  /** Told of each step when it ended. */
  readonly onStep?: (outcome: StepOutcome) => void;
}

export interface ApplyResult {
  readonly outcomes: readonly StepOutcome[];
  readonly views: readonly RolloutView[];
  /** `configuration:version` of rollouts that were started. */
  readonly started: readonly string[];
  /** Server renders that are not what was reviewed; no rollout was started then. */
  readonly differences: readonly GateDifference[];
  /** Rollouts that were not over when the wait ended. */
  readonly unfinished: readonly string[];
  /** `configuration:version` of rollouts that an earlier run started, and that were not waited for. */
  readonly underWay: readonly string[];
  /** True when the server's app keeps the pull request told of the rollouts. */
  readonly reported: boolean;
  readonly failed: boolean;
}

/** As much of it as people are told, whoever carried it out. */
export interface ApplyEnd extends Pick<
  ApplyResult,
  'views' | 'started' | 'unfinished' | 'reported' | 'failed'
> {
  readonly outcomes: readonly ToldOutcome[];
  /** Configurations by their names. */
  readonly differences: readonly Pick<GateDifference, 'name'>[];
}

/** Statuses of BindPlane's answer that mean the resource is stored as sent (reference/bindplane.md §4.2). */
const STORED: ReadonlySet<string> = new Set(['unchanged', 'configured', 'created']);
const DELETED: ReadonlySet<string> = new Set(['deleted', 'not-found']);

interface Run {
  readonly input: ApplyInput;
  readonly views: Map<string, RolloutView>;
  readonly started: string[];
  readonly unfinished: string[];
  readonly underWay: string[];
  differences: readonly GateDifference[];
  /** Undefined for a server that is not Collie's. */
  origins: OriginsAnswer | undefined;
}

type Outcome = Omit<StepOutcome, 'step'>;

/**
 * Carries out a plan, step by step; reads nothing but the plan. A step that fails stops what depends on it and nothing else. Never
 * rejects for what a server answers: outcomes say it.
 */
export async function apply(input: ApplyInput): Promise<ApplyResult> {
  const { plan } = input.review;
  const run: Run = {
    input,
    views: new Map(),
    started: [],
    unfinished: [],
    underWay: [],
    differences: [],
    origins: undefined,
  };
  const earlier = earlierRollouts(input);
  if (plan.steps.length + earlier.length > 0) run.origins = await sendOrigins(input);
  const outcomes = await performSteps(
    [...plan.steps, ...earlier],
    (step) => (earlier.includes(step) ? lookAt(run, step) : PERFORM[step.kind](run, step)),
    errorText,
    input.onStep,
  );
  return {
    outcomes,
    views: [...run.views.values()].sort((a, b) => compareText(a.configuration, b.configuration)),
    started: run.started,
    differences: run.differences,
    unfinished: run.unfinished,
    underWay: run.underWay,
    reported: run.origins?.reported === true,
    failed: outcomes.some(({ state }) => state === 'failed'),
  };
}

/** How each kind of step is carried out. */
const PERFORM: Readonly<Record<StepKind, (run: Run, step: Step) => Promise<Outcome>>> = {
  apply: applyOne,
  delete: deleteOne,
  external: async (_, step) => ({
    state: 'external',
    text: `to be done outside: ${step.command ?? step.text}`,
  }),
  'await-agents': agentsThere,
  'gate-zero': gate,
  rollout: rollOut,
  policy: ({ input }, step) => policyStep(input, step),
};

/** Where a resource stands, for messages. */
function where(step: Step): string {
  return step.at === undefined ? '' : `${placeText(step.at)}: `;
}

function refused(
  step: Step,
  updates: readonly ApplyUpdate[],
  good: ReadonlySet<string>,
): Outcome | undefined {
  const bad = updates.filter(({ status }) => !good.has(status));
  if (bad.length === 0) return undefined;
  const said = bad.map(
    ({ kind, name, status, reason }) =>
      `${kind} ${name} is ${status}${reason === undefined ? '' : `: ${reason}`}`,
  );
  return { state: 'failed', text: `${where(step)}${said.join('; ')}` };
}

async function applyOne({ input }: Run, step: Step): Promise<Outcome> {
  const resource =
    step.resource === undefined || !isConfiguration(step.resource)
      ? undefined
      : input.review.head.repository.resources.get(step.resource);
  if (resource === undefined) {
    return { state: 'failed', text: `${step.text}: the resource is not in the files` };
  }
  try {
    const updates = await input.controlPlane.apply([manifestOf(resource)]);
    const failure = refused(step, updates, STORED);
    if (failure !== undefined) return failure;
    const own = updates.find(({ kind, name }) => kind === resource.kind && name === resource.name);
    if (own === undefined) {
      return {
        state: 'failed',
        text: `${where(step)}the server answered without a word on ${resource.kind} ${resource.name}`,
      };
    }
    return own.status === 'unchanged'
      ? { state: 'unchanged', text: 'the server has it already' }
      : {
          state: 'done',
          text: `${own.status}${own.version === undefined ? '' : `, version ${own.version}`}`,
        };
  } catch (error) {
    return { state: 'failed', text: `${where(step)}${errorText(error)}` };
  }
}

async function deleteOne({ input }: Run, step: Step): Promise<Outcome> {
  if (!input.prune) return { state: 'external', text: 'kept on the server: prune is off' };
  const change = input.review.plan.changes.find(({ key }) => key === step.resource);
  if (change?.before === undefined) return { state: 'unchanged', text: 'the server does not have it' };
  const { kind, name } = change.before;
  const updates = await input.controlPlane.delete([{ kind, name }]);
  const failure = refused(step, updates, DELETED);
  if (failure !== undefined) return failure;
  return updates.length === 0
    ? { state: 'unchanged', text: 'it was gone already' }
    : { state: 'done', text: 'deleted' };
}

async function gate(run: Run): Promise<Outcome> {
  const { review, reviewedPlan, controlPlane } = run.input;
  run.differences = await gateZero(reviewedPlan ?? review.plan, controlPlane);
  if (run.differences.length === 0) {
    return { state: 'done', text: "the server's renders are the ones reviewed" };
  }
  const names = run.differences.map(({ name }) => name).join(', ');
  return {
    state: 'failed',
    text: `the server renders ${names} differently from what was reviewed; no rollout is started`,
  };
}

async function agentsThere({ input }: Run, step: Step): Promise<Outcome> {
  const { review, controlPlane, clock, waitMs, rollout: mode } = input;
  const planned = review.plan.configurations.find(({ name }) => name === step.configuration);
  if (mode !== 'auto' || planned === undefined) return { state: 'external', text: 'not waited for' };
  return awaitAgents({ controlPlane, clock, base: review.base, head: review.head, planned, waitMs });
}

/** Places travel before anything is applied; only a Collie server takes them. */
async function sendOrigins({ review, controlPlane, origin }: ApplyInput): Promise<OriginsAnswer | undefined> {
  const { digest } = review.plan;
  const configurations = originsOf(review.plan);
  try {
    return await controlPlane.sendOrigins({ ...origin, digest, configurations });
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}

/** What a plan deletes, where deleting is off: said, so that nobody thinks it happened. */
export function keptByPrune(plan: Plan): readonly string[] {
  return plan.steps
    .filter(({ kind, action }) => kind === 'delete' || (kind === 'policy' && action === '-'))
    .map(({ text }) => text.replace(/^delete /, ''));
}
