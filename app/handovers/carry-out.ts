import type { TypeCatalogue } from '../../src/core/bindplane/types.ts';
import type { ComponentCatalogue } from '../../src/core/collector/catalogue.ts';
import type { CommentContext } from '../../src/core/report/comment-context.ts';
import { markerPrefix } from '../../src/core/report/marker.ts';
import { createRedactor } from '../../src/core/report/redact.ts';
import { redactionOf } from '../../src/core/report/view-redaction.ts';
import { gateComment, stoppedComment, stopSubject } from '../../src/flows/apply-report.ts';
import { apply, type ApplyResult } from '../../src/flows/apply.ts';
import { review as reviewOf, type Review, type ReviewInput } from '../../src/flows/review.ts';
import { reviewedMark } from '../../src/flows/reviewed.ts';
import { asBuiltIn } from '../../src/flows/reviewed-again.ts';
import {
  reviewedAs,
  stopBefore,
  stopForFindings,
  stopText,
  type CheckInput,
  type Stop,
} from '../../src/flows/reviewed-check.ts';
import { EMPTY_TREE } from '../../src/io/git.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import type { HandoverStep } from '../../src/ports/handover.ts';
import type { Repository } from '../../src/ports/repository.ts';
import type { StoredHandover } from '../store/handovers.ts';
import type { Stage } from './way.ts';

/** What an apply of a merge works with. */
export interface CarryOutParts {
  readonly files: Pick<Repository, 'files'>;
  readonly conversation: Pick<Conversation, 'mergedPullRequest' | 'status' | 'upsertComment'>;
  readonly controlPlane: ControlPlane;
  /** The types that come with Collie; the server's own go in front. */
  readonly types: TypeCatalogue;
  readonly catalogue: ComponentCatalogue;
  readonly clock: Clock;
  /** Address of the repository's pages. */
  readonly repositoryUrl: string;
  readonly warn: (message: string, error: unknown) => void;
}

/** How it ended, as it is kept. */
export type End = Pick<
  StoredHandover,
  'pullRequest' | 'reason' | 'sentence' | 'steps' | 'started' | 'differences'
> & {
  readonly state: 'applied' | 'stopped' | 'failed';
};

/**
 * Plans a merge again, compares it with what was reviewed, and applies it as a job would (DESIGN §4.2, §4.3); rollouts are started and not waited
 * for. `told` hears of each step as it ends. Rejects with OperationError where it could not be begun; nothing was written then.
 */
export async function carryOut(
  handover: StoredHandover,
  stage: Stage,
  parts: CarryOutParts,
  told: (step: HandoverStep) => void,
): Promise<End> {
  const input = reviewInputOf(handover, stage.parent, parts);
  const own = await reviewOf(input);
  const check = await checkOf(handover, own, input, parts);
  const { pullRequest } = check;
  const about = pullRequest === undefined ? {} : { pullRequest: pullRequest.number };
  const stop = own.plan.steps.length === 0 ? undefined : stopBefore(check);
  if (stop !== undefined) {
    await tell(parts, handover, check, (context) => stoppedComment(stop, own.plan, context));
    return { ...stopped(stop, own), ...about };
  }
  // What the server lacks of the branch since something failed comes with it.
  const isWhole = stage.base === stage.parent;
  const since = { ...reviewInputOf(handover, stage.base, parts), tried: stage.failed };
  const whole = isWhole ? own : await reviewOf(since);
  const broken = isWhole ? undefined : stopForFindings(whole, 'never', '`fail-on: never`');
  if (broken !== undefined) return { ...stopped(broken, whole), ...about };
  const reviewed = isWhole ? reviewedAs(check) : undefined;
  const { options = {}, repository, commit } = handover;
  const steps: HandoverStep[] = [];
  const redactor = createRedactor(redactionOf(whole.base, whole.head));
  const text = (said: string): string => redactor.text(said);
  const result = await apply({
    review: whole,
    ...(reviewed === undefined || reviewed === whole ? {} : { reviewedPlan: reviewed.plan }),
    controlPlane: parts.controlPlane,
    clock: parts.clock,
    catalogue: parts.catalogue,
    origin: { repository, commit, ...about },
    rollout: options.rollout ?? 'auto',
    waitMs: 0,
    prune: options.prune === true,
    onStep: (outcome) => {
      const step = { text: text(outcome.step.text), state: outcome.state, said: text(outcome.text) };
      steps.push(step);
      told(step);
    },
  });
  if (result.differences.length > 0) {
    await tell(parts, handover, check, (context) => gateComment(result.differences, context));
  }
  return { ...endOf(result, text), ...about, steps };
}

/** Tells on the pull request why nothing is rolled out; where GitHub does not take it, whoever handed the merge over is told all the same. */
async function tell(
  { conversation, repositoryUrl, warn }: CarryOutParts,
  { repository, commit }: StoredHandover,
  { review, pullRequest }: CheckInput,
  body: (context: CommentContext) => string,
): Promise<void> {
  if (pullRequest === undefined) return;
  const { number } = pullRequest;
  const redaction = redactionOf(review.base, review.head);
  const context = { repository, repositoryUrl, headSha: commit, pullRequest: number, redaction };
  try {
    await conversation.upsertComment(number, markerPrefix(stopSubject(context)), body(context));
  } catch (error) {
    warn(`why ${repository}@${commit.slice(0, 7)} was not rolled out could not be told on #${number}`, error);
  }
}

function reviewInputOf(
  { commit, options = {} }: StoredHandover,
  base: string | undefined,
  { files, controlPlane, types, catalogue }: CarryOutParts,
): ReviewInput {
  const { collectorVersion, paths = [] } = options;
  return {
    repository: files,
    base: base ?? EMPTY_TREE,
    head: commit,
    paths,
    types,
    catalogue,
    controlPlane,
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
  };
}

/** The plan beside what people saw of it. */
async function checkOf(
  { commit, branch, options = {} }: StoredHandover,
  review: Review,
  input: ReviewInput,
  { conversation }: CarryOutParts,
): Promise<CheckInput> {
  const pullRequest = await conversation.mergedPullRequest(commit, branch);
  const mark = pullRequest === undefined ? undefined : await reviewedMark(conversation, pullRequest.headSha);
  const builtIn = await asBuiltIn(review, mark, input);
  return {
    review,
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(mark === undefined ? {} : { mark }),
    ...(builtIn === undefined ? {} : { builtIn }),
    requireReviewed: options.requireReviewed === true,
    ...(options.failOn === undefined ? {} : { failOn: options.failOn }),
  };
}

function stopped(stop: Stop, { base, head }: Review): End {
  const sentence = createRedactor(redactionOf(base, head)).text(stopText(stop));
  return { state: 'stopped', reason: stop.reason, sentence, steps: [], started: [], differences: [] };
}

function endOf(
  { outcomes, started, underWay, differences }: ApplyResult,
  text: (said: string) => string,
): Omit<End, 'pullRequest' | 'steps'> {
  const broken = outcomes.find(({ state }) => state === 'failed');
  const common = {
    started: [...started, ...underWay],
    differences: differences.map(({ name }) => name),
  };
  if (broken === undefined) return { state: 'applied', ...common };
  return {
    state: 'failed',
    reason: differences.length > 0 ? 'gate-zero' : 'apply-failed',
    sentence: text(`${broken.step.text}: ${broken.text}`),
    ...common,
  };
}
