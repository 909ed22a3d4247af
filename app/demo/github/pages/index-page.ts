import type { GitHub } from '../route.ts';
import { fullName } from '../shapes/repository.ts';
import { standing } from './pull-request-page.ts';
import { htmlPage } from '../../../../src/core/report/html.ts';
import { escapeHtml } from '../../../../src/core/report/untrusted.ts';

/** Every repository with its pull requests, newest first. */
export function indexPage(github: GitHub): string {
  const sections = github.state.repositories.map((repository) => {
    const pulls = [...repository.pulls.values()].toReversed().map((pull) => {
      const state = standing(pull);
      const href = `/${fullName(repository)}/pull/${pull.number}`;
      return `<li><span class="badge ${state}">${state}</span> <a href="${escapeHtml(href)}">${escapeHtml(pull.title)}</a> <span class="quiet">#${pull.number} by ${escapeHtml(pull.author.login)}</span></li>`;
    });
    const list =
      pulls.length === 0
        ? '<div class="body quiet">No pull requests yet.</div>'
        : `<ul class="list">${pulls.join('\n')}</ul>`;
    return `<h2>${escapeHtml(fullName(repository))}</h2><div class="card">${list}</div>`;
  });
  const body = sections.length === 0 ? '<p>No repositories yet.</p>' : sections.join('\n');
  return htmlPage('Pull requests', `<h1>Pull requests</h1>\n${body}`);
}
