import type { GitHub } from '../route.ts';
import { fullName } from '../shapes/repository.ts';
import {
  type CheckRecord,
  type CommentRecord,
  type PullRecord,
  type RepositoryRecord,
  repositoryOf,
  type StatusRecord,
} from '../state.ts';
import { escapeHtml, htmlPage, timeTag } from '../../../html.ts';
import { renderMarkdown } from './markdown.ts';

/** The conversation of a pull request as a page; undefined when there is no such pull request. */
export function conversationPage(
  github: GitHub,
  owner: string,
  name: string,
  number: number,
): string | undefined {
  const repository = repositoryOf(github.state, owner, name);
  const pull = repository?.pulls.get(number);
  if (repository === undefined || pull === undefined) return undefined;
  const comments = github.state.comments.filter(
    (item) => item.repository === repository && item.number === number,
  );
  const title = `${pull.title} · Pull request #${number} · ${fullName(repository)}`;
  return htmlPage(
    title,
    [
      `<p class="quiet"><a href="/">${escapeHtml(fullName(repository))}</a></p>`,
      `<h1>${escapeHtml(pull.title)} <span class="number">#${number}</span></h1>`,
      headline(pull),
      timeline(pull, comments),
      verdicts(github, repository, 'Checks of the head commit', pull.headSha),
      pull.mergedAt === undefined || pull.mergeCommitSha === undefined
        ? ''
        : verdicts(github, repository, 'Checks of the merge commit', pull.mergeCommitSha),
    ].join('\n'),
  );
}

/** How a pull request stands: `open`, `closed` or `merged`. */
export function standing(pull: PullRecord): 'open' | 'closed' | 'merged' {
  return pull.mergedAt === undefined ? pull.state : 'merged';
}

function headline(pull: PullRecord): string {
  const state = standing(pull);
  const who = pull.mergedBy ?? pull.author;
  const words = `${state === 'merged' ? 'merged' : 'wants to merge'} <code>${escapeHtml(pull.headRef)}</code> into <code>${escapeHtml(pull.baseRef)}</code>`;
  return `<p><span class="badge ${state}">${state}</span> <span class="quiet">${escapeHtml(who.login)} ${words}</span></p>`;
}

function timeline(pull: PullRecord, comments: readonly CommentRecord[]): string {
  const opened = card(
    'description',
    `<strong>${escapeHtml(pull.author.login)}</strong> opened this ${timeTag(pull.createdAt)}`,
    pull.body,
  );
  const merge =
    pull.mergedAt === undefined
      ? []
      : [
          {
            at: pull.mergedAt,
            html: `<p class="event">${escapeHtml(pull.mergedBy?.login ?? '')} merged commit <code>${(pull.mergeCommitSha ?? '').slice(0, 7)}</code> ${timeTag(pull.mergedAt)}</p>`,
          },
        ];
  const told = comments.map((comment) => ({ at: comment.createdAt, html: commentCard(comment) }));
  // A comment of the same second as the merge was there before it, unless it speaks of the merge; ids would say, merges have none.
  const events = [...told, ...merge].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [opened, ...events.map(({ html }) => html)].join('\n');
}

function commentCard(comment: CommentRecord): string {
  const bot = comment.author.type === 'Bot' ? ' <span class="quiet">bot</span>' : '';
  const edited =
    comment.updatedAt === comment.createdAt
      ? ''
      : ` · <span class="quiet">edited</span> ${timeTag(comment.updatedAt)}`;
  const header = `<strong>${escapeHtml(comment.author.login)}</strong>${bot} commented ${timeTag(comment.createdAt)}${edited}`;
  if (comment.minimized === undefined) return card(`issuecomment-${comment.id}`, header, comment.body);
  return `<details class="event"><summary>${header} · hidden as outdated</summary>${renderMarkdown(comment.body)}</details>`;
}

function card(id: string, header: string, markdown: string): string {
  const body = markdown.trim() === '' ? '<p class="quiet">No description.</p>' : renderMarkdown(markdown);
  return `<article id="${id}"><header>${header}</header><div class="body">${body}</div></article>`;
}

function verdicts(github: GitHub, repository: RepositoryRecord, title: string, sha: string): string {
  const checks = github.state.checks.filter((item) => item.repository === repository && item.sha === sha);
  const all = github.state.statuses
    .filter((item) => item.repository === repository && item.sha === sha)
    .toReversed();
  const statuses = all.filter(
    (item, index) => all.findIndex((other) => other.context === item.context) === index,
  );
  if (checks.length + statuses.length === 0) return '';
  const items = [...checks.map(checkItem), ...statuses.map(statusItem)]
    .map((item) => `<li>${item}</li>`)
    .join('\n');
  return `<h2>${title} <code>${sha.slice(0, 7)}</code></h2><div class="card"><ul class="list">${items}</ul></div>`;
}

function badge(word: string): string {
  return `<span class="badge ${word}">${word.replaceAll('_', ' ')}</span>`;
}

function checkItem(check: CheckRecord): string {
  const head = `${badge(check.conclusion ?? check.status)} <strong>${escapeHtml(check.name)}</strong> · ${escapeHtml(check.title ?? '')}`;
  const notes = check.annotations
    .map(
      (note) =>
        `<li><code>${escapeHtml(note.path)}:${note.startLine}</code> ${badge(note.level)} ${note.title === null ? '' : `<strong>${escapeHtml(note.title)}</strong> `}<pre><code>${escapeHtml(note.message)}</code></pre></li>`,
    )
    .join('');
  const body = [
    renderMarkdown(check.summary ?? ''),
    notes === '' ? '' : `<ul>${notes}</ul>`,
    check.text === null ? '' : `<details><summary>Details</summary>${renderMarkdown(check.text)}</details>`,
  ].join('');
  return body === '' ? head : `<details id="check-${check.id}"><summary>${head}</summary>${body}</details>`;
}

function statusItem(status: StatusRecord): string {
  return `${badge(status.state)} <strong>${escapeHtml(status.context)}</strong> · ${escapeHtml(status.description ?? '')}`;
}
