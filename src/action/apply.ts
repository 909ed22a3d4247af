import { LIMITS } from '../core/document/limits.ts';
import { applyCheck } from '../core/report/check-run.ts';
import { planRedactor } from '../core/report/plan-redactor.ts';
import { planJobSummary } from '../core/report/summary.ts';
import { verdictText } from '../core/report/verdict.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { createRedactor } from '../core/report/redact.ts';
import type { RolloutCommentContext } from '../core/report/rollout-comment.ts';
import { review as reviewOf, type Review } from '../flows/review.ts';
import { reviewedMark, type ReviewedMark } from '../flows/reviewed.ts';
import { EMPTY_TREE } from '../io/git.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { ApplyJob, Ended } from './apply-end.ts';
import { applyHere } from './apply-here.ts';
import { conclusionOf, NO_CHECK } from './check.ts';
import { applyByApp } from './hand-over.ts';
import { commentContextOf, reviewInputOf, type Job, type JobResult } from './job.ts';
import { planOutputs } from './outputs.ts';
import { writeReports } from './reports.ts';

const NOTHING_TOLD = { cuts: [] } as const;

interface Merge {
  readonly pullRequest?: PullRequestReference;
  readonly mark?: ReviewedMark;
}

/** The pull request that brought this commit, and what was reviewed on it. */
async function mergeOf(job: Job): Promise<Merge> {
  const { conversation, event, ends, inputs } = job;
  // The first commit of a repository has no pull request to wait for.
  if (conversation === undefined || event.branch === undefined || ends.base === EMPTY_TREE) return {};
  const found = conversation.mergedPullRequest(ends.head, event.branch);
  // The app looks for itself, and here it is for links alone: nothing is kept from it because the token may not read pull requests.
  const pullRequest = await (inputs.appUrl === undefined ? found : found.catch(unknown));
  if (pullRequest === undefined) return {};
  const mark =
    inputs.appUrl === undefined ? await reviewedMark(conversation, pullRequest.headSha) : undefined;
  return { pullRequest, ...(mark === undefined ? {} : { mark }) };
}

function unknown(error: unknown): undefined {
  if (!(error instanceof OperationError)) throw error;
}

/** Where rollouts are told, what the plan had said of them, and what must not be told. */
function rolloutContextOf(job: Job, review: Review, number: number | undefined): RolloutCommentContext {
  const context = { ...commentContextOf(job, number), redaction: redactionOf(review.base, review.head) };
  // GitHub's own Revert button stands on the page of a merged pull request.
  const revert = number === undefined ? {} : { revert: { url: `${context.repositoryUrl}/pull/${number}` } };
  return { ...context, ...revert, predicted: review.plan.findings };
}

/** Job summary, reports, check and outputs of an apply that came to an end. */
async function end({ job, review, context }: ApplyJob, ended: Ended): Promise<JobResult> {
  const { host, record } = job;
  const { plan } = review;
  const redactor = planRedactor(plan, context.redaction);
  const summary = `${ended.said}\n${planJobSummary(plan, context, LIMITS.report.summaryBytes / 2)}`;
  const page = async (): Promise<string> => {
    const { markdownHtml } = await import('../core/report/markdown-html.ts');
    return markdownHtml(verdictText(plan), summary);
  };
  const report = applyCheck(plan, ended.views, context, ended);
  const [paths, check] = await Promise.all([
    writeReports(host, plan, { markdown: summary, page }, redactor),
    record.check?.complete(conclusionOf(report, redactor)),
    host.summary(summary),
  ]);
  const { failed, reason } = ended;
  return { failed, reason, outputs: { ...record.outputs, ...paths, ...(check ?? NO_CHECK).outputs } };
}

/**
 * `mode: apply`: plan against the server; then compare with what was reviewed, apply, gate zero and roll out, or with `app-url` have the app do
 * that; wait, tell.
 */
export async function applyMode(job: Job, controlPlane: ControlPlane): Promise<JobResult> {
  const [review, { pullRequest, mark }] = await Promise.all([reviewOf(reviewInputOf(job)), mergeOf(job)]);
  const context = rolloutContextOf(job, review, pullRequest?.number);
  Object.assign(job.record.outputs, planOutputs(review.plan, NOTHING_TOLD), { 'rollout-ids': '' });
  const applyJob: ApplyJob = {
    job,
    controlPlane,
    review,
    ...(pullRequest === undefined ? {} : { pullRequest }),
    context,
    redactor: createRedactor(context.redaction),
  };
  const isHandedOver = job.inputs.appUrl !== undefined;
  return end(applyJob, await (isHandedOver ? applyByApp(applyJob) : applyHere(applyJob, mark)));
}
