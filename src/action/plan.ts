import { hasFindingsAtLeast, type Finding } from '../core/document/finding.ts';
import { LIMITS } from '../core/document/limits.ts';
import { hasChanges } from '../core/plan/changes.ts';
import { workflowCommands } from '../core/report/annotations.ts';
import { jobPlanCheck } from '../core/report/check-run.ts';
import type { CommentContext } from '../core/report/comment-context.ts';
import type { Plan } from '../core/plan/plan.ts';
import { drawPlan, type DrawnPlan } from '../core/report/plan-comment.ts';
import { planRedactor } from '../core/report/plan-redactor.ts';
import type { Redactor } from '../core/report/redact.ts';
import { planTerminal } from '../core/report/terminal.ts';
import { verdictText } from '../core/report/verdict.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { isReadOnly, publishReview, type Published } from '../flows/publish.ts';
import { review as reviewOf, type Review } from '../flows/review.ts';
import { publishSuggestions } from '../flows/suggest.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { conclusionOf, NO_CHECK } from './check.ts';
import { restrictedBy } from './event.ts';
import type { Inputs } from './inputs.ts';
import { commentContextOf, reviewInputOf, type Job, type JobResult } from './job.ts';
import { planOutputs } from './outputs.ts';
import { writeReports } from './reports.ts';

/** Whether findings fail the job. */
export function failsOn(findings: readonly Finding[], failOn: Inputs['failOn'] = 'error'): boolean {
  return failOn !== 'never' && hasFindingsAtLeast(findings, failOn);
}

const NOTHING_TOLD: Published = { cuts: [], notes: [], failures: [] };

/** The pull request as it is now; undefined when the token may not look, or GitHub does not say. */
async function pullRequestNow(job: Job, number: number): Promise<PullRequestReference | undefined> {
  try {
    return await job.conversation?.pullRequest(number);
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}

async function suggest(job: Job, review: Review, redactor: Redactor): Promise<void> {
  const { codeReview, event, inputs, host } = job;
  const pull = event.pullRequest;
  if (pull === undefined || codeReview === undefined || !inputs.suggestions) return;
  try {
    const { number: pullRequest, headSha } = pull;
    const { posted } = await publishSuggestions(codeReview, review, { pullRequest, headSha, redactor });
    const what = posted === 1 ? '1 fix as a suggestion' : `${posted} fixes as suggestions`;
    if (posted > 0) host.info(`Offered ${what} on the pull request.`);
  } catch (error) {
    // The comment has the same fixes in words; that the token may not write is said once, with the comment.
    if (!isReadOnly(error)) {
      host.warning(`Fixes could not be offered on the lines of the pull request: ${errorText(error)}`);
    }
  }
}

/** Comment, suggestions and status on the pull request, where there is one. */
async function tell(job: Job, review: Review, context: CommentContext, drawn: string): Promise<Published> {
  const { event, conversation, inputs, host } = job;
  const pull = event.pullRequest;
  if (pull === undefined) return NOTHING_TOLD;
  if (conversation === undefined) {
    return { ...NOTHING_TOLD, notes: ['There is no token, so the plan is only in the job summary.'] };
  }
  // A run that was overtaken by a newer push must not speak over it.
  const now = await pullRequestNow(job, pull.number);
  if (now !== undefined && now.headSha !== pull.headSha) {
    host.notice(
      `The pull request moved on to ${now.headSha.slice(0, 7)}; this plan is only in the job summary.`,
    );
    return NOTHING_TOLD;
  }
  const [published] = await Promise.all([
    publishReview(conversation, review, context, {
      pullRequest: pull.number,
      headSha: pull.headSha,
      comment: inputs.comment,
      drawn,
    }),
    suggest(job, review, planRedactor(review.plan, context.redaction)),
  ]);
  return published;
}

/** Says what was not told on the pull request, and why. */
function sayWhatIsMissing({ host, event }: Job, { notes, failures }: Published): void {
  const from = restrictedBy(event);
  if (from !== undefined && notes.length > 0) {
    host.notice(
      `This pull request comes from ${from}, for which GitHub gives a token that only reads: the plan is in the job summary and in this log.`,
    );
  } else for (const note of notes) host.notice(note);
  for (const failure of failures) host.error(`Not told on the pull request. ${failure}`);
}

/** How the plan ends the job. What was not told fails it: an older comment may stand there that says something else. */
function resultOf(
  { inputs, controlPlane }: Job,
  review: Review,
  { failures }: Published,
): Pick<JobResult, 'failed' | 'reason'> {
  const { plan } = review;
  if (failsOn(plan.findings, inputs.failOn)) return { failed: true, reason: 'findings' };
  if (controlPlane !== undefined && review.server === undefined) {
    return { failed: inputs.failOn !== 'never', reason: 'server-not-asked' };
  }
  if (failures.length > 0) return { failed: true, reason: 'not-told' };
  return { failed: false, reason: hasChanges(plan) ? 'changes' : 'no-changes' };
}

/** With what collectors say, where the workflow names any: others need not load what asks them. */
async function judgedReview(job: Job, review: Review): Promise<Review> {
  if (job.inputs.collectors.length === 0) return review;
  const { checkedByCollectors } = await import('./collectors.ts');
  return checkedByCollectors(job, review);
}

async function pageOf(plan: Plan, drawn: DrawnPlan): Promise<string> {
  const { reportHtml } = await import('../core/report/plan-html.ts');
  return reportHtml(verdictText(plan), drawn.nodes());
}

/** `mode: plan`: comment, suggestions, status, check, annotations, summary, reports, outputs. */
export async function planMode(job: Job): Promise<JobResult> {
  const { host, event, record } = job;
  const reviewed = await reviewOf({ ...reviewInputOf(job), unreachable: 'plan without it' });
  const review = await judgedReview(job, reviewed);
  const { plan } = review;
  // Knowing every secret takes a walk over both revisions: all reports share one.
  const redaction = planRedactor(plan, redactionOf(review.base, review.head));
  const context = { ...commentContextOf(job, event.pullRequest?.number), redaction };
  const drawn = drawPlan(plan, context, '', LIMITS.report.summaryBytes);
  const summary = drawn.body;
  // Files have no bound: the report is drawn again where the summary had to leave something out.
  const whole = drawn.cuts.length === 0 ? drawn : drawPlan(plan, context, '', Number.MAX_SAFE_INTEGER);
  Object.assign(record.outputs, planOutputs(plan, NOTHING_TOLD));
  const [published, paths] = await Promise.all([
    tell(job, review, context, summary),
    writeReports(host, plan, { markdown: whole.body, page: () => pageOf(plan, whole) }, redaction),
    host.summary(summary),
  ]);
  Object.assign(record.outputs, planOutputs(plan, published), paths);
  sayWhatIsMissing(job, published);
  const result = resultOf(job, review, published);
  const report = jobPlanCheck(plan, context, { failed: result.failed }, whole.body);
  const check = (await record.check?.complete(conclusionOf(report, redaction))) ?? NO_CHECK;
  host.info(planTerminal(plan, { redaction }));
  // A check has room for more annotations; both would show each one twice.
  if (!check.isWhole) for (const line of workflowCommands(plan.findings, redaction)) host.command(line);
  else if (result.reason === 'findings') {
    host.error(`${redaction.text(verdictText(plan))} (findings are annotations of the check collie/plan)`);
  }
  if (result.reason === 'server-not-asked') {
    host.warning('The control plane did not answer: this plan was made from the files alone.');
  }
  if (review.unlikeServer.length > 0) {
    host.warning(`The server renders ${review.unlikeServer.join(', ')} differently from this preview.`);
  }
  return { ...result, outputs: { ...record.outputs, ...check.outputs } };
}
