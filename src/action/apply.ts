import { planJobSummary, rolloutJobSummary } from '../core/report/summary.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { createRedactor } from '../core/report/redact.ts';
import { stateWords } from '../core/report/rollout-facts.ts';
import { rolloutLine, rolloutTerminal } from '../core/report/rollout-terminal.ts';
import { markerPrefix } from '../core/report/marker.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import { apply, keptByPrune, type ApplyResult } from '../flows/apply.ts';
import {
  gateComment,
  outcomeSummary,
  stoppedComment,
  stoppedSummary,
  stopSubject,
} from '../flows/apply-report.ts';
import type { RolloutCommentContext } from '../core/report/rollout-comment.ts';
import { publishRollout } from '../flows/publish.ts';
import { review as reviewOf, type Review } from '../flows/review.ts';
import { reviewedMark, type ReviewedMark } from '../flows/reviewed.ts';
import { reviewedAs, stopBefore, stopText, type CheckInput } from '../flows/reviewed-check.ts';
import { EMPTY_TREE } from '../io/git.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { errorText } from '../ports/operation-error.ts';
import { commentContextOf, reviewInputOf, type Job, type JobResult } from './job.ts';
import { planOutputs } from './outputs.ts';
import { writeReports } from './plan.ts';

const NOTHING_TOLD = { cuts: [], notes: [] } as const;

interface Merge {
  readonly pullRequest?: PullRequestReference;
  readonly mark?: ReviewedMark;
}

/** The pull request that brought this commit, and what was reviewed on it. */
async function mergeOf({ conversation, event, ends }: Job): Promise<Merge> {
  // The first commit of a repository has no pull request to wait for.
  if (conversation === undefined || event.branch === undefined || ends.base === EMPTY_TREE) return {};
  const pullRequest = await conversation.mergedPullRequest(ends.head, event.branch);
  if (pullRequest === undefined) return {};
  const mark = await reviewedMark(conversation, pullRequest.headSha);
  return { pullRequest, ...(mark === undefined ? {} : { mark }) };
}

/** Tells something on the pull request; when GitHub refuses, the job's log has it and the apply goes on. */
async function attempt(job: Job, tell: () => Promise<unknown>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    job.host.warning(`This could not be told on the pull request: ${errorText(error)}`);
  }
}

async function checked(job: Job, review: Review, merge: Merge): Promise<CheckInput> {
  const { controlPlane: _, ...withoutServer } = reviewInputOf(job);
  const differs = merge.mark !== undefined && merge.mark.filesDigest !== review.filesDigest;
  const builtIn = differs && merge.mark?.types === 'built-in' ? await reviewOf(withoutServer) : undefined;
  return {
    review,
    ...merge,
    ...(builtIn === undefined ? {} : { builtIn }),
    requireReviewed: job.inputs.requireReviewed,
    ...(job.inputs.failOn === undefined ? {} : { failOn: job.inputs.failOn }),
  };
}

/** Where rollouts are told, what the plan had said of them, and what must not be told. */
function rolloutContextOf(job: Job, review: Review, number: number | undefined): RolloutCommentContext {
  const context = { ...commentContextOf(job, number), redaction: redactionOf(review.base, review.head) };
  // GitHub's own Revert button stands on the page of a merged pull request.
  const revert = number === undefined ? {} : { revert: { url: `${context.repositoryUrl}/pull/${number}` } };
  return { ...context, ...revert, predicted: review.plan.findings };
}

async function carryOut(
  job: Job,
  controlPlane: ControlPlane,
  check: CheckInput,
  context: RolloutCommentContext,
): Promise<ApplyResult> {
  const { host, event, inputs, ends, conversation, catalogue } = job;
  const { review, pullRequest } = check;
  const redactor = createRedactor(context.redaction);
  const reviewed = reviewedAs(check);
  return apply({
    review,
    ...(reviewed === undefined || reviewed === review ? {} : { reviewedPlan: reviewed.plan }),
    controlPlane,
    clock: host.clock,
    catalogue,
    origin: {
      repository: `${event.owner}/${event.repo}`,
      commit: ends.head,
      ...(pullRequest === undefined ? {} : { pullRequest: pullRequest.number }),
    },
    rollout: inputs.rollout,
    waitMs: inputs.waitMs,
    prune: inputs.prune,
    onStep: ({ step, state, text }) => {
      const line = redactor.text(`${step.text}: ${state}: ${text}`);
      if (state === 'failed') host.error(line);
      else host.info(line);
    },
    onRollout: async (view: RolloutView, reported: boolean) => {
      host.info(
        stateWords(view.state).over ? rolloutTerminal(view, { redactor }) : rolloutLine(view, { redactor }),
      );
      // Two comments that say the same would be one too many: the app of the server keeps its own.
      if (conversation === undefined || pullRequest === undefined || reported) return;
      await attempt(job, () => publishRollout(conversation, pullRequest.number, view, context));
    },
  });
}

function reasonOf(result: ApplyResult): string {
  if (result.differences.length > 0) return 'gate-zero';
  if (
    result.views.some(({ state }) => ['failed', 'rolled-back', 'rolling-back', 'aborted'].includes(state))
  ) {
    return 'rollout-failed';
  }
  if (result.unfinished.length > 0) return 'rollout-unfinished';
  return result.failed ? 'apply-failed' : 'applied';
}

/** `mode: apply`: plan against the server, compare with what was reviewed, apply, gate zero, roll out, wait, tell. */
export async function applyMode(job: Job, controlPlane: ControlPlane): Promise<JobResult> {
  const { host, conversation, inputs } = job;
  const [review, merge] = await Promise.all([reviewOf(reviewInputOf(job)), mergeOf(job)]);
  const { plan } = review;
  const context = rolloutContextOf(job, review, merge.pullRequest?.number);
  const redactor = createRedactor(context.redaction);
  const summary = planJobSummary(plan, context);
  const outputs = {
    ...planOutputs(plan, NOTHING_TOLD),
    ...(await writeReports(host, review, summary, context.redaction)),
  };
  const number = merge.pullRequest?.number;
  const tell = async (body: string): Promise<void> => {
    if (conversation === undefined || number === undefined) return;
    await attempt(job, () => conversation.upsertComment(number, markerPrefix(stopSubject(context)), body));
  };
  const check = await checked(job, review, merge);
  const stop = plan.steps.length === 0 ? undefined : stopBefore(check);
  if (stop !== undefined) {
    host.error(redactor.text(`Not applied. ${stopText(stop)}`));
    await tell(stoppedComment(stop, plan, context));
    await host.summary(`${stoppedSummary(stop, plan, context)}\n${summary}`);
    return { failed: true, reason: stop.reason, outputs };
  }
  if (merge.mark === undefined && plan.steps.length > 0) {
    host.warning('No reviewed plan is known for this commit; what the branch says is applied.');
  }
  const result = await carryOut(job, controlPlane, check, context);
  if (result.reported && result.views.length > 0) {
    host.info('The app of the control plane keeps the pull request told of the rollouts.');
  }
  const kept = inputs.prune ? [] : keptByPrune(plan);
  if (kept.length > 0) host.warning(`Kept on the server, since \`prune\` is off: ${kept.join(', ')}`);
  if (result.differences.length > 0) await tell(gateComment(result.differences, context));
  await host.summary(
    [rolloutJobSummary(result.views, context), outcomeSummary(result.outcomes, redactor), summary].join('\n'),
  );
  return {
    failed: result.failed,
    reason:
      plan.steps.length === 0 && result.views.length === 0 && !result.failed
        ? 'no-changes'
        : reasonOf(result),
    outputs: { ...outputs, 'rollout-ids': result.started.join('\n') },
  };
}
