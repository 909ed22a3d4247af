import { LIMITS } from '../document/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { RolloutView } from '../rollout/view.ts';
import type { CommentContext } from './comment-context.ts';
import { drawPlan } from './plan-comment.ts';
import type { RolloutCommentContext } from './rollout-comment.ts';
import { drawRollout } from './rollout-comment.ts';

/** The job summary of a plan: the comment's text with the room of a job summary (1 MiB a step). */
export function planJobSummary(plan: Plan, context: CommentContext): string {
  return drawPlan(plan, context, '', LIMITS.report.summaryBytes).body;
}

/** The job summary of what was rolled out, one part a configuration. */
export function rolloutJobSummary(views: readonly RolloutView[], context: RolloutCommentContext): string {
  const budget = Math.floor(LIMITS.report.summaryBytes / Math.max(views.length, 1));
  return views.map((view) => drawRollout(view, context, '', budget).body).join('\n');
}
