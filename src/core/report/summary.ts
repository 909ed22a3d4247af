import { LIMITS } from '../document/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { RolloutView } from '../rollout/view.ts';
import type { CommentContext } from './comment-context.ts';
import { drawPlan } from './plan-comment.ts';
import type { RolloutCommentContext } from './rollout-comment.ts';
import { drawRollout } from './rollout-comment.ts';
import { createProse, heading, list, markdown, paragraph } from './markdown.ts';
import { createRedactor, type Redactor } from './redact.ts';

/** The job summary of a plan: the comment's text with the room of a job summary (1 MiB a step), or of a part of it. */
export function planJobSummary(
  plan: Plan,
  context: CommentContext,
  budgetBytes: number = LIMITS.report.summaryBytes,
): string {
  return drawPlan(plan, context, '', budgetBytes).body;
}

/** The summary of a run that ended before it had anything to report; `done` are steps that had ended by then, one sentence each. */
export function endedSummary(
  title: string,
  sentence: string,
  done: readonly string[] = [],
  redactor: Redactor = createRedactor(),
): string {
  const prose = createProse(redactor);
  const shown = done.slice(-LIMITS.report.steps);
  const before = done.length - shown.length;
  return markdown([
    heading(3, title),
    paragraph(prose.message(sentence)),
    ...(done.length === 0
      ? []
      : [
          paragraph(before === 0 ? 'Until then:' : `Until then, after ${before} others that are in the log:`),
          list(
            shown.map((step) => [paragraph(prose.message(step))]),
            false,
          ),
        ]),
  ]);
}

/** The job summary of what was rolled out, one part a configuration; the plan stands beside it and has as much room. */
export function rolloutJobSummary(views: readonly RolloutView[], context: RolloutCommentContext): string {
  const budget = Math.floor(LIMITS.report.summaryBytes / 2 / Math.max(views.length, 1));
  return views.map((view) => drawRollout(view, context, '', budget).body).join('\n');
}
