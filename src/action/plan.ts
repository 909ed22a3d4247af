import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasFindingsAtLeast, type Finding } from '../core/document/finding.ts';
import { hasChanges } from '../core/plan/changes.ts';
import { workflowCommands } from '../core/report/annotations.ts';
import { jsonText } from '../core/report/json-text.ts';
import { planRedactor } from '../core/report/plan-redactor.ts';
import type { Redactor, RedactorOptions } from '../core/report/redact.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import type { CommentContext } from '../core/report/comment-context.ts';
import { planJson } from '../core/report/plan-json.ts';
import { planJobSummary } from '../core/report/summary.ts';
import { publishReview, type Published } from '../flows/publish.ts';
import { review as reviewOf, type Review } from '../flows/review.ts';
import type { ActionHost } from './host.ts';
import type { Inputs } from './inputs.ts';
import { commentContextOf, reviewInputOf, type Job, type JobResult } from './job.ts';
import { planOutputs, type Outputs } from './outputs.ts';

/** Whether findings fail the job. */
export function failsOn(findings: readonly Finding[], failOn: Inputs['failOn'] = 'error'): boolean {
  return failOn !== 'never' && hasFindingsAtLeast(findings, failOn);
}

/** Writes plan and report beside the job; returns their paths as outputs. */
export async function writeReports(
  host: ActionHost,
  review: Review,
  report: string,
  redaction: RedactorOptions | Redactor = {},
): Promise<Outputs> {
  const folder = join(host.environment['RUNNER_TEMP'] ?? tmpdir(), 'collie');
  await mkdir(folder, { recursive: true });
  const planPath = join(folder, 'plan.json');
  const reportPath = join(folder, 'report.md');
  await Promise.all([
    writeFile(planPath, jsonText(planJson(review.plan, redaction))),
    writeFile(reportPath, report),
  ]);
  return { 'plan-path': planPath, 'report-path': reportPath };
}

async function tell(job: Job, review: Review, context: CommentContext, drawn: string): Promise<Published> {
  const { event, conversation, inputs, host } = job;
  const pull = event.pullRequest;
  if (pull === undefined) return { cuts: [], notes: [] };
  if (conversation === undefined) {
    return { cuts: [], notes: ['There is no token, so the plan is only in the job summary.'] };
  }
  // A run that was overtaken by a newer push must not speak over it.
  const now = await conversation.pullRequest(pull.number);
  if (now !== undefined && now.headSha !== pull.headSha) {
    host.notice(
      `The pull request moved on to ${now.headSha.slice(0, 7)}; this plan is only in the job summary.`,
    );
    return { cuts: [], notes: [] };
  }
  return publishReview(conversation, review, context, {
    pullRequest: pull.number,
    headSha: pull.headSha,
    comment: inputs.comment,
    drawn,
  });
}

/** `mode: plan`: comment, status, annotations, summary, outputs. */
export async function planMode(job: Job): Promise<JobResult> {
  const { host, inputs, event } = job;
  const review = await reviewOf(reviewInputOf(job));
  const { plan } = review;
  // Knowing every secret takes a walk over both revisions: all reports share one.
  const redaction = planRedactor(plan, redactionOf(review.base, review.head));
  const context = { ...commentContextOf(job, event.pullRequest?.number), redaction };
  const summary = planJobSummary(plan, context);
  const [published, paths] = await Promise.all([
    tell(job, review, context, summary),
    writeReports(host, review, summary, redaction),
    host.summary(summary),
  ]);
  for (const line of workflowCommands(plan.findings, redaction)) host.command(line);
  for (const note of published.notes) host.warning(note);
  if (review.unlikeServer.length > 0) {
    host.warning(`The server renders ${review.unlikeServer.join(', ')} differently from this preview.`);
  }
  const failed = failsOn(plan.findings, inputs.failOn);
  return {
    failed,
    reason: failed ? 'findings' : hasChanges(plan) ? 'changes' : 'no-changes',
    outputs: { ...planOutputs(plan, published), ...paths },
  };
}
