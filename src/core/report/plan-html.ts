import type { RootContent } from 'mdast';
import type { Plan } from '../plan/plan.ts';
import type { CommentContext } from './comment-context.ts';
import { articlePage } from './html.ts';
import { renderNodes } from './html-nodes.ts';
import { drawPlan } from './plan-comment.ts';
import { verdictText } from './verdict.ts';

/** A report of ours as a page; what is in it has been cut and redacted already. */
export function reportHtml(title: string, nodes: readonly RootContent[]): string {
  return articlePage(title, renderNodes(nodes));
}

/** The whole plan as a page of its own: nothing is cut, nothing is loaded, no script runs (SEC-89). */
export function planHtml(plan: Plan, context: CommentContext): string {
  return reportHtml(verdictText(plan), drawPlan(plan, context, '', Number.MAX_SAFE_INTEGER).nodes());
}
