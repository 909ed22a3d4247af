import { articlePage } from './html.ts';
import { renderMarkdown } from './html-markdown.ts';

/** Markdown of ours as a page; what is in it has been cut and redacted already. */
export function markdownHtml(title: string, markdown: string): string {
  return articlePage(title, renderMarkdown(markdown));
}
