import { stateWords } from '../../src/core/report/rollout-facts.ts';
import type { ReportableRollout } from '../../src/ports/rollout-feed.ts';
import { htmlPage, timeTag } from '../../src/core/report/html.ts';
import { escapeHtml } from '../../src/core/report/untrusted.ts';

interface PullRequest {
  readonly repository: string;
  readonly number: number;
  readonly rollouts: ReportableRollout[];
}

/** The overview: pull requests whose changes were rolled out, each with its rollouts, then rollouts of unknown origin. */
export function overviewPage(rollouts: readonly ReportableRollout[]): string {
  const pulls = pullRequestsOf(rollouts);
  const others = rollouts.filter(({ origin }) => origin?.pullRequest === undefined);
  const sections = [
    ...pulls.map((pull) => {
      const url = `/${pull.repository}/pull/${pull.number}`;
      const title = `<a href="${escapeHtml(url)}">${escapeHtml(pull.repository)} #${pull.number}</a>`;
      return `<h2>${title}</h2>${rolloutList(pull.rollouts)}`;
    }),
    ...(others.length === 0 ? [] : [`<h2>Without a pull request</h2>${rolloutList(others)}`]),
  ];
  const body =
    sections.length === 0
      ? '<p>No rollouts yet. The first one appears here when a merge is applied.</p>'
      : sections.join('\n');
  return htmlPage('Collie', `<h1>Rollouts</h1>\n${body}`);
}

/** Pull requests in the order of their newest rollout. */
function pullRequestsOf(rollouts: readonly ReportableRollout[]): readonly PullRequest[] {
  const pulls = new Map<string, PullRequest>();
  for (const rollout of rollouts) {
    const { repository, pullRequest } = rollout.origin ?? {};
    if (repository === undefined || pullRequest === undefined) continue;
    const key = `${repository}#${pullRequest}`;
    const pull = pulls.get(key) ?? { repository, number: pullRequest, rollouts: [] };
    pull.rollouts.push(rollout);
    pulls.set(key, pull);
  }
  return [...pulls.values()];
}

function rolloutList(rollouts: readonly ReportableRollout[]): string {
  return `<div class="card"><ul class="list">${rollouts.map((rollout) => `<li>${rolloutItem(rollout)}</li>`).join('\n')}</ul></div>`;
}

function rolloutItem({ view, origin }: ReportableRollout): string {
  const { icon, word } = stateWords(view.state);
  const { totals } = view;
  const counts = `offered ${totals.offered} · applied ${totals.applied} · refused ${totals.refused} · restored ${totals.restored} · never saw it ${totals.neverSaw}`;
  const commit =
    origin === undefined ? '' : ` · commit <code>${escapeHtml(origin.commit.slice(0, 7))}</code>`;
  const since = view.startedAt === undefined ? '' : ` · ${timeTag(view.startedAt)}`;
  const [first] = view.errors;
  const words =
    first === undefined ? '' : `<pre><code>${escapeHtml(first.message.slice(0, 2000))}</code></pre>`;
  return `<span aria-hidden="true">${icon}</span> <strong>${escapeHtml(view.configuration)}</strong> version ${view.toVersion} · ${word}
<div class="quiet">${counts}${commit}${since}</div>${words}`;
}
