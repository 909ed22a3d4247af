import { markerPrefix } from '../core/report/marker.ts';
import { apply, type ApplyResult } from '../flows/apply.ts';
import { gateComment, stoppedComment, stoppedSummary, stopSubject } from '../flows/apply-report.ts';
import { publishRollout } from '../flows/publish.ts';
import type { ReviewedMark } from '../flows/reviewed.ts';
import { asBuiltIn, sinceReview, type Stale } from '../flows/reviewed-again.ts';
import { reviewedAs, stopBefore, stopText, type CheckInput } from '../flows/reviewed-check.ts';
import { errorText } from '../ports/operation-error.ts';
import { endOf, tellRollout, tellStart, tellStep, type ApplyJob, type Ended } from './apply-end.ts';
import { reviewInputOf, type Job } from './job.ts';
import { commentOutputs } from './outputs.ts';

/** Tells something on the pull request; when GitHub refuses, the job's log has it and the apply goes on. */
async function attempt(job: Job, tell: () => Promise<unknown>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    job.host.warning(`This could not be told on the pull request: ${errorText(error)}`);
  }
}

/** Tells on the pull request why something was not applied, or not rolled out; one comment for all of it. */
async function tellStop({ job, pullRequest, context }: ApplyJob, body: string): Promise<void> {
  const { conversation, record } = job;
  if (conversation === undefined || pullRequest === undefined) return;
  await attempt(job, async () => {
    const prefix = markerPrefix(stopSubject(context));
    const url = await conversation.upsertComment(pullRequest.number, prefix, body);
    Object.assign(record.outputs, commentOutputs(url));
  });
}

async function checked({ job, review, pullRequest }: ApplyJob, mark?: ReviewedMark): Promise<CheckInput> {
  const builtIn = await asBuiltIn(review, mark, reviewInputOf(job));
  return {
    review,
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(mark === undefined ? {} : { mark }),
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

async function carryOut(applyJob: ApplyJob, check: CheckInput): Promise<ApplyResult> {
  const { job, review, controlPlane, pullRequest, context } = applyJob;
  const { host, event, inputs, ends, conversation, catalogue } = job;
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
    onStep: (outcome) => tellStep(applyJob, outcome),
    onStart: (rollout) => tellStart(applyJob, rollout),
    onRollout: async (view, reported) => {
      tellRollout(applyJob, view);
      // Two comments that say the same would be one too many: the app of the server keeps its own.
      if (conversation === undefined || pullRequest === undefined || reported) return;
      await attempt(job, () => publishRollout(conversation, pullRequest.number, view, context));
    },
  });
}

/** Compares with what was reviewed (`mark`), applies, and tells on the pull request what stopped it. */
export async function applyHere(applyJob: ApplyJob, mark?: ReviewedMark): Promise<Ended> {
  const { job, review, context, redactor } = applyJob;
  const { plan } = review;
  const check = await checked(applyJob, mark);
  const stop = plan.steps.length === 0 ? undefined : stopBefore(check);
  if (stop !== undefined) {
    job.host.error(redactor.text(`Not applied. ${stopText(stop)}`));
    const stale = stop.reason === 'plan-differs' ? await staleOf(job, check) : undefined;
    await tellStop(applyJob, stoppedComment(stop, plan, context, stale));
    return {
      failed: true,
      reason: stop.reason,
      title: `Not applied. ${stop.sentence}`,
      said: stoppedSummary(stop, plan, context, stale),
      views: [],
    };
  }
  if (mark === undefined && plan.steps.length > 0) {
    job.host.warning('No reviewed plan is known for this commit; what the branch says is applied.');
  }
  const result = await carryOut(applyJob, check);
  const ended = endOf(applyJob, result, plan.steps.length === 0);
  if (result.differences.length > 0) await tellStop(applyJob, gateComment(result.differences, context));
  return ended;
}
