import type { CheckView, CommentView, ConversationView, StatusView } from '../conversation-view.ts';
import { htmlPage, timeTag } from '../../src/core/report/html.ts';
import { escapeHtml } from '../../src/core/report/untrusted.ts';
import { renderMarkdown } from '../../src/core/report/html-markdown.ts';

/** The conversation of a pull request as a page that reads like GitHub's: description, comments and merge in order, then checks. */
export function conversationPage(view: ConversationView): string {
  const { merge, repository, number } = view;
  return htmlPage(
    `${view.title} · Pull request #${number} · ${repository}`,
    [
      `<p class="quiet"><a href="/">${escapeHtml(repository)}</a></p>`,
      `<h1>${escapeHtml(view.title)} <span class="number">#${number}</span></h1>`,
      headline(view),
      timeline(view),
      verdicts(view, 'Checks of the head commit', view.headSha),
      merge === undefined ? '' : verdicts(view, 'Checks of the merge commit', merge.sha),
    ].join('\n'),
  );
}

function headline({ standing, merge, author, headRef, baseRef }: ConversationView): string {
  const words = `${standing === 'merged' ? 'merged' : 'wants to merge'} <code>${escapeHtml(headRef)}</code> into <code>${escapeHtml(baseRef)}</code>`;
  return `<p><span class="badge ${standing}">${standing}</span> <span class="quiet">${escapeHtml(merge?.by ?? author)} ${words}</span></p>`;
}

function timeline({ author, body, createdAt, merge, comments }: ConversationView): string {
  const opened = card(
    'description',
    `<strong>${escapeHtml(author)}</strong> opened this ${timeTag(createdAt)}`,
    body,
  );
  const merged =
    merge === undefined
      ? []
      : [
          {
            at: merge.at,
            html: `<p class="event">${escapeHtml(merge.by)} merged commit <code>${escapeHtml(merge.sha.slice(0, 7))}</code> ${timeTag(merge.at)}</p>`,
          },
        ];
  const told = comments.map((comment) => ({ at: comment.createdAt, html: commentCard(comment) }));
  // Times have seconds: a comment of the second of the merge is shown before it. Ids would tell, but merges have none.
  const events = [...told, ...merged].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [opened, ...events.map(({ html }) => html)].join('\n');
}

function commentCard(comment: CommentView): string {
  const bot = comment.isBot ? ' <span class="quiet">bot</span>' : '';
  const edited =
    comment.updatedAt === comment.createdAt
      ? ''
      : ` · <span class="quiet">edited</span> ${timeTag(comment.updatedAt)}`;
  const where = comment.place === undefined ? '' : ` on <code>${escapeHtml(comment.place)}</code>`;
  const header = `<strong>${escapeHtml(comment.author)}</strong>${bot} commented${where} ${timeTag(comment.createdAt)}${edited}`;
  if (!comment.isMinimized) return card(`issuecomment-${comment.id}`, header, comment.body);
  return `<details class="event"><summary>${header} · hidden as outdated</summary>${renderMarkdown(comment.body)}</details>`;
}

function card(id: string, header: string, markdown: string): string {
  const body = markdown.trim() === '' ? '<p class="quiet">No description.</p>' : renderMarkdown(markdown);
  return `<article id="${id}"><header>${header}</header><div class="body">${body}</div></article>`;
}

function verdicts(view: ConversationView, title: string, sha: string): string {
  const checks = view.checks.filter((check) => check.sha === sha);
  const all = view.statuses.filter((status) => status.sha === sha);
  const newest = all.filter(
    (item, index) => all.findIndex((other) => other.context === item.context) === index,
  );
  if (checks.length + newest.length === 0) return '';
  const items = [...checks.map(checkItem), ...newest.map(statusItem)]
    .map((item) => `<li>${item}</li>`)
    .join('\n');
  return `<h2>${title} <code>${escapeHtml(sha.slice(0, 7))}</code></h2><div class="card"><ul class="list">${items}</ul></div>`;
}

function badge(word: string): string {
  return `<span class="badge ${word.replaceAll(/\W/g, '')}">${escapeHtml(word.replaceAll('_', ' '))}</span>`;
}

function checkItem(check: CheckView): string {
  const head = `${badge(check.state)} <strong>${escapeHtml(check.name)}</strong> · ${escapeHtml(check.title)}`;
  const notes = check.annotations
    .map(
      (note) =>
        `<li><code>${escapeHtml(note.path)}:${note.line}</code> ${badge(note.level)} ${note.title === '' ? '' : `<strong>${escapeHtml(note.title)}</strong> `}<pre><code>${escapeHtml(note.message)}</code></pre></li>`,
    )
    .join('');
  const body = [
    renderMarkdown(check.summary),
    notes === '' ? '' : `<ul>${notes}</ul>`,
    check.text === '' ? '' : `<details><summary>Details</summary>${renderMarkdown(check.text)}</details>`,
  ].join('');
  return body === '' ? head : `<details id="check-${check.id}"><summary>${head}</summary>${body}</details>`;
}

function statusItem(status: StatusView): string {
  return `${badge(status.state)} <strong>${escapeHtml(status.context)}</strong> · ${escapeHtml(status.description)}`;
}
