import { rolloutTerminal, rolloutLine } from '../core/report/rollout-terminal.ts';
import { stateWords } from '../core/report/rollout-facts.ts';
import { rolloutJobSummary } from '../core/report/summary.ts';
import type { Redactor } from '../core/report/redact.ts';
import type { RolloutCommentContext } from '../core/report/rollout-comment.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import { keptByPrune, type ApplyEnd } from '../flows/apply.ts';
import { outcomeSummary } from '../flows/apply-report.ts';
import type { Review } from '../flows/review.ts';
import type { ToldOutcome } from '../flows/steps.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import type { Job } from './job.ts';
import type { Reason } from './outputs.ts';

/** An apply that is about to be carried out, by the job or by the app. */
export interface ApplyJob {
  readonly job: Job;
  readonly controlPlane: ControlPlane;
  readonly review: Review;
  /** The one that brought the commit, where that is known. */
  readonly pullRequest?: PullRequestReference;
  readonly context: RolloutCommentContext;
  readonly redactor: Redactor;
}

/** How an apply ended, as job summary, check and outputs tell it. */
export interface Ended {
  readonly failed: boolean;
  readonly reason: Reason;
  /** The check's title where no rollout says it. */
  readonly title?: string;
  /** Markdown that stands before the plan. */
  readonly said: string;
  readonly views: readonly RolloutView[];
}

/** A step that ended, in the log and in the record of the run. */
export function tellStep({ job: { host, record }, redactor }: ApplyJob, outcome: ToldOutcome): void {
  const { step, state, text } = outcome;
  const line = redactor.text(`${step.text}: ${state}: ${text}`);
  record.done.push(line);
  if (state === 'failed') host.error(line);
  else host.info(line);
}

/** A rollout that was started, in the outputs. */
export function tellStart({ job: { record } }: ApplyJob, rollout: string): void {
  const before = (record.outputs['rollout-ids'] ?? '').split('\n').filter((id) => id !== '');
  // An app that was started again begins anew, and tells its rollouts once more.
  record.outputs['rollout-ids'] = [...new Set([...before, rollout])].join('\n');
}

/** How a rollout goes, in the log: a line while it goes on, all of it at its end. */
export function tellRollout({ job: { host }, redactor }: ApplyJob, view: RolloutView): void {
  host.info(
    stateWords(view.state).over ? rolloutTerminal(view, { redactor }) : rolloutLine(view, { redactor }),
  );
}

/** How an apply ended whose steps were carried out, whoever did it; `idle` where there was nothing to do. Says what is left as it was. */
export function endOf({ job, review, context, redactor }: ApplyJob, end: ApplyEnd, idle: boolean): Ended {
  const { host, inputs } = job;
  if (end.reported && end.views.length > 0) {
    host.info('The app of the control plane keeps the pull request told of the rollouts.');
  }
  const kept = inputs.prune ? [] : keptByPrune(review.plan);
  if (kept.length > 0) host.warning(`Kept on the server, since \`prune\` is off: ${kept.join(', ')}`);
  return {
    failed: end.failed,
    ...titled(end, idle),
    said: [rolloutJobSummary(end.views, context), outcomeSummary(end.outcomes, redactor)].join('\n'),
    views: end.views,
  };
}

function titled(end: ApplyEnd, idle: boolean): Pick<Ended, 'reason' | 'title'> {
  const { failed, views, outcomes } = end;
  if (idle && views.length === 0 && !failed) return { reason: 'no-changes', title: 'Nothing to apply' };
  const reason = reasonOf(end);
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

function reasonOf({ differences, views, unfinished, failed }: ApplyEnd): Reason {
  if (differences.length > 0) return 'gate-zero';
  if (views.some(({ state }) => ['failed', 'rolled-back', 'rolling-back', 'aborted'].includes(state))) {
    return 'rollout-failed';
  }
  if (unfinished.length > 0) return 'rollout-unfinished';
  return failed ? 'apply-failed' : 'applied';
}
