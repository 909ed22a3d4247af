import type { Finding } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { RolloutView } from '../rollout/view.ts';
import type { CommentContext } from './comment-context.ts';
import { findingGroups } from './plan-facts.ts';
import { verdictOf, verdictText } from './verdict.ts';
import { drawPlan } from './plan-comment.ts';
import type { RolloutCommentContext } from './rollout-comment.ts';
import { drawRollout } from './rollout-comment.ts';
import { rolloutText, stateWords } from './rollout-facts.ts';
import { byteLength, cut, visibleLine } from './untrusted.ts';

/** What a check run shows. `annotations` go out in requests of 50 (`checkAnnotations`). */
export interface CheckReport {
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion?: 'success' | 'failure' | 'neutral' | 'cancelled' | 'action_required';
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly Finding[];
}

/** Characters of a check's title: longer ones do not fit into GitHub's list of checks. */
const TITLE_CHARACTERS = 140;

/**
 * The check of a plan: red exactly when the plan cannot be applied or an agent will refuse it. `drawn` is the whole plan where it was drawn
 * for the same context before; drawing it again takes longer than the check itself.
 */
export function planCheck(plan: Plan, context: CommentContext, drawn?: string): CheckReport {
  const budget = LIMITS.report.checkCharacters;
  const { level } = verdictOf(plan);
  return {
    status: 'completed',
    conclusion: level === 'red' ? 'failure' : level === 'grey' ? 'neutral' : 'success',
    title: title(verdictText(plan)),
    summary:
      drawn !== undefined && byteLength(drawn) <= budget ? drawn : drawPlan(plan, context, '', budget).body,
    annotations: findingGroups(plan).map(({ finding }) => finding),
  };
}

/** How a run ended that is told as a check: whether its job fails, and its title where no plan says it. */
export interface CheckEnd {
  readonly failed: boolean;
  readonly title?: string;
}

/**
 * The same, in step with the job that made it: red when the job fails, whatever the plan is; never red when `fail-on` lets it pass, so that
 * the two do not contradict each other in a list of checks.
 */
export function jobPlanCheck(
  plan: Plan,
  context: CommentContext,
  { failed }: CheckEnd,
  drawn?: string,
): CheckReport {
  const report = planCheck(plan, context, drawn);
  if (failed) return { ...report, conclusion: 'failure' };
  return report.conclusion === 'failure' ? { ...report, conclusion: 'neutral' } : report;
}

/** The check of an apply: what became of the rollouts, then the plan. */
export function applyCheck(
  plan: Plan,
  views: readonly RolloutView[],
  context: RolloutCommentContext,
  end: CheckEnd,
): CheckReport {
  const worst = views.find((view) => rolloutConclusion(view) === 'failure') ?? views[0];
  const budget = Math.floor(LIMITS.report.checkCharacters / (views.length + 1));
  return {
    status: 'completed',
    conclusion: end.failed ? 'failure' : 'success',
    title: title(end.title ?? (worst === undefined ? verdictText(plan) : rolloutText(worst))),
    summary: [
      ...views.map((view) => drawRollout(view, context, '', budget).body),
      drawPlan(plan, context, '', budget).body,
    ].join('\n'),
    annotations: [
      ...views.flatMap((view) => rolloutCheck(view, context).annotations),
      ...findingGroups(plan).map(({ finding }) => finding),
    ],
  };
}

/** The check of a rollout; its annotations are the causes of the agents' errors. */
export function rolloutCheck(view: RolloutView, context: RolloutCommentContext): CheckReport {
  const conclusion = rolloutConclusion(view);
  return {
    status: conclusion === undefined ? (view.state === 'pending' ? 'queued' : 'in_progress') : 'completed',
    ...(conclusion !== undefined && { conclusion }),
    title: title(rolloutText(view)),
    summary: drawRollout(view, context, '', LIMITS.report.checkCharacters).body,
    annotations: view.errors.flatMap(({ message, findings }) =>
      findings.map((finding) => ({ otelcolMessage: message, ...finding })),
    ),
  };
}

function rolloutConclusion({ state }: RolloutView): CheckReport['conclusion'] {
  if (!stateWords(state).over) return undefined;
  if (state === 'stable') return 'success';
  if (state === 'rolled-back' || state === 'failed') return 'failure';
  return state === 'aborted' ? 'cancelled' : 'neutral';
}

function title(text: string): string {
  return cut(visibleLine(text), TITLE_CHARACTERS);
}
