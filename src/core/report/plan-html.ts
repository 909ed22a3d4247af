import type { Plan } from '../plan/plan.ts';
import type { CommentContext } from './comment-context.ts';
import { htmlPage } from './html.ts';
import { renderMarkdown } from './html-markdown.ts';
import { drawPlan } from './plan-comment.ts';
import { verdictText } from './verdict.ts';

/** The whole plan as a page of its own: nothing is cut, nothing is loaded, no script runs (SEC-89). */
export function planHtml(plan: Plan, context: CommentContext): string {
  const { body } = drawPlan(plan, context, '', Number.MAX_SAFE_INTEGER);
  return htmlPage(verdictText(plan), `<article><div class="body">${renderMarkdown(body)}</div></article>`);
}
