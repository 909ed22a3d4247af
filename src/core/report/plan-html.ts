import type { Plan } from '../plan/plan.ts';
import type { CommentContext } from './comment-context.ts';
import { htmlPage } from './html.ts';
import { renderMarkdown } from './html-markdown.ts';
import { drawPlan } from './plan-comment.ts';
import { verdictText } from './verdict.ts';

/** Markdown of ours as such a page; what is in it has been cut and redacted already. */
export function reportHtml(title: string, body: string): string {
  return htmlPage(title, `<article><div class="body">${renderMarkdown(body)}</div></article>`);
}

/** The whole plan as a page of its own: nothing is cut, nothing is loaded, no script runs (SEC-89). */
export function planHtml(plan: Plan, context: CommentContext): string {
  const { body } = drawPlan(plan, context, '', Number.MAX_SAFE_INTEGER);
  return reportHtml(verdictText(plan), body);
}
