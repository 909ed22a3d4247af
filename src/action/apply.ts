import { LIMITS } from '../core/document/limits.ts';
import { applyCheck } from '../core/report/check-run.ts';
import { planRedactor } from '../core/report/plan-redactor.ts';
import { planJobSummary, rolloutJobSummary } from '../core/report/summary.ts';
import { verdictText } from '../core/report/verdict.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { createRedactor, type Redactor } from '../core/report/redact.ts';
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
import { sinceReview, type Stale } from '../flows/reviewed-again.ts';
import { reviewedAs, stopBefore, stopText, type CheckInput } from '../flows/reviewed-check.ts';
import { EMPTY_TREE } from '../io/git.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { errorText } from '../ports/operation-error.ts';
import { conclusionOf, NO_CHECK } from './check.ts';
import { commentContextOf, reviewInputOf, type Job, type JobResult } from './job.ts';
import { commentOutputs, planOutputs, type Reason } from './outputs.ts';
import { writeReports } from './reports.ts';

const NOTHING_TOLD = { cuts: [] } as const;

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

/** What changed since people saw the plan, told with the stop. */
async function staleOf(
  job: Job,
  { review, builtIn, pullRequest, mark }: CheckInput,
): Promise<Stale | undefined> {
  if (pullRequest === undefined || mark === undefined) return undefined;
  const { controlPlane, ...withoutServer } = reviewInputOf(job);
  const served = mark.types === 'server' && controlPlane !== undefined;
  const input = served ? { ...withoutServer, controlPlane } : withoutServer;
  const now = (served ? review : (builtIn ?? review)).filesPlan;
  return sinceReview({ input, repository: job.repository, pullRequest, mark, now });
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
  const { host, event, inputs, ends, conversation, catalogue, record } = job;
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
      record.done.push(line);
      if (state === 'failed') host.error(line);
      else host.info(line);
    },
    onStart: (id) => {
      const ids = record.outputs['rollout-ids'] ?? '';
      record.outputs['rollout-ids'] = ids === '' ? id : `${ids}\n${id}`;
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

function reasonOf(result: ApplyResult): Reason {
  if (result.differences.length > 0) return 'gate-zero';
  if (
    result.views.some(({ state }) => ['failed', 'rolled-back', 'rolling-back', 'aborted'].includes(state))
  ) {
    return 'rollout-failed';
  }
  if (result.unfinished.length > 0) return 'rollout-unfinished';
  return result.failed ? 'apply-failed' : 'applied';
}

/** What the end of an apply is told with. */
interface Ending {
  readonly job: Job;
  readonly review: Review;
  readonly context: RolloutCommentContext;
  readonly redactor: Redactor;
  /** The plan as Markdown. */
  readonly plan: string;
}

/** Job summary, reports, check and outputs of an apply that came to an end by itself. `said` stands before the plan. */
async function end(
  { job, review, context, redactor, plan }: Ending,
  result: Omit<JobResult, 'outputs'> & { readonly title?: string },
  said: string,
  views: readonly RolloutView[] = [],
): Promise<JobResult> {
  const { host, record } = job;
  const summary = `${said}\n${plan}`;
  const page = async (): Promise<string> => {
    const { markdownHtml } = await import('../core/report/markdown-html.ts');
    return markdownHtml(verdictText(review.plan), summary);
  };
  const report = applyCheck(review.plan, views, context, result);
  const [paths, check] = await Promise.all([
    writeReports(host, review.plan, { markdown: summary, page }, redactor),
    record.check?.complete(conclusionOf(report, redactor)),
    host.summary(summary),
  ]);
  const { failed, reason } = result;
  return { failed, reason, outputs: { ...record.outputs, ...paths, ...(check ?? NO_CHECK).outputs } };
}

/** `mode: apply`: plan against the server, compare with what was reviewed, apply, gate zero, roll out, wait, tell. */
export async function applyMode(job: Job, controlPlane: ControlPlane): Promise<JobResult> {
  const { host, conversation, inputs, record } = job;
  const [review, merge] = await Promise.all([reviewOf(reviewInputOf(job)), mergeOf(job)]);
  const { plan } = review;
  const context = rolloutContextOf(job, review, merge.pullRequest?.number);
  const redactor = createRedactor(context.redaction);
  Object.assign(record.outputs, planOutputs(plan, NOTHING_TOLD), { 'rollout-ids': '' });
  const ending: Ending = {
    job,
    review,
    context,
    redactor: planRedactor(plan, context.redaction),
    plan: planJobSummary(plan, context, LIMITS.report.summaryBytes / 2),
  };
  const number = merge.pullRequest?.number;
  const tell = async (body: string): Promise<void> => {
    if (conversation === undefined || number === undefined) return;
    await attempt(job, async () => {
      const url = await conversation.upsertComment(number, markerPrefix(stopSubject(context)), body);
      Object.assign(record.outputs, commentOutputs(url));
    });
  };
  const check = await checked(job, review, merge);
  const stop = plan.steps.length === 0 ? undefined : stopBefore(check);
  if (stop !== undefined) {
    host.error(redactor.text(`Not applied. ${stopText(stop)}`));
    const stale = stop.reason === 'plan-differs' ? await staleOf(job, check) : undefined;
    await tell(stoppedComment(stop, plan, context, stale));
    const result = { failed: true, reason: stop.reason, title: `Not applied. ${stop.sentence}` };
    return end(ending, result, stoppedSummary(stop, plan, context, stale));
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
  return end(
    ending,
    { failed: result.failed, ...endOf(review, result) },
    [rolloutJobSummary(result.views, context), outcomeSummary(result.outcomes, redactor)].join('\n'),
    result.views,
  );
}

/** The reason of an apply's end, and the check's title where no rollout says it. */
function endOf({ plan }: Review, result: ApplyResult): { readonly reason: Reason; readonly title?: string } {
  const { failed, views, outcomes } = result;
  if (plan.steps.length === 0 && views.length === 0 && !failed) {
    return { reason: 'no-changes', title: 'Nothing to apply' };
  }
  const reason = reasonOf(result);
  if (views.length > 0 && reason !== 'gate-zero') return { reason };
  const broken = outcomes.find(({ state }) => state === 'failed');
  const done = outcomes.filter(({ state }) => state === 'done').length;
  return {
    reason,
    title:
      broken === undefined
        ? `Applied · ${done} ${done === 1 ? 'step' : 'steps'} done`
        : `${broken.step.text}: ${broken.text}`,
  };
}
