import { gitHubCalls, record, records, text } from '../../src/io/github-client.ts';
import { APP_LIMITS } from '../limits.ts';
import { mergedPullOf } from './commits.ts';
import type { WebhookContext, WebhookHandler } from './handler.ts';

/**
 * A push to the default branch: each first-parent commit that came is connected to the pull request that brought it, so that a
 * lost `pull_request` event, a rebase merge and a merge queue's group lose nothing. Direct pushes connect to none.
 */
export const push: WebhookHandler = {
  event: 'push',
  async handle(context) {
    const { payload, repository, merges, onCommit, onMerge } = context;
    const branch = text(record(payload['repository'])['default_branch']);
    const toDefault = branch !== '' && text(payload['ref']) === `refs/heads/${branch}`;
    if (!toDefault || payload['deleted'] === true) return;
    const tip = text(payload['after']);
    const commits = await newCommits(context, text(payload['before']), tip);
    for (const commit of commits.toReversed()) {
      const known = (await merges.find(repository, commit))?.pullRequest;
      const pullRequest = known ?? (await pullRequestOf(context, commit, branch, commit === tip));
      await onCommit({ repository, commit, ...(pullRequest === undefined ? {} : { pullRequest }) });
      if (known !== undefined || pullRequest === undefined) continue;
      if ((await merges.keep({ repository, commit, pullRequest, branch })) === 'new') onMerge();
    }
  },
};

/** GitHub links the newest commit some seconds late, so only for that one it is worth waiting. */
async function pullRequestOf(
  context: WebhookContext,
  commit: string,
  branch: string,
  isNewest: boolean,
): Promise<number | undefined> {
  const found = isNewest
    ? await context.conversation.mergedPullRequest(commit, branch)
    : await mergedPullOf(context, commit, branch);
  return found?.number;
}

/** First-parent commits from `before` to `after`, newest first, at most the limit; only `after` when the history was rewritten. */
async function newCommits(
  { client, clock, repository }: WebhookContext,
  before: string,
  after: string,
): Promise<string[]> {
  const [owner = '', repo = ''] = repository.split('/');
  if (/^0*$/.test(before)) return [after];
  const basehead = `${before}...${after}`;
  const compared = record(
    await gitHubCalls(client, clock)('GET /repos/{owner}/{repo}/compare/{basehead}', {
      owner,
      repo,
      basehead,
    }),
  );
  const parents = new Map(
    records(compared['commits']).map((commit) => [
      text(commit['sha']),
      records(commit['parents']).map((parent) => text(parent['sha'])),
    ]),
  );
  const walked: string[] = [];
  for (
    let sha: string | undefined = after;
    sha !== undefined && parents.has(sha);
    sha = parents.get(sha)?.[0]
  ) {
    walked.push(sha);
    if (walked.length >= APP_LIMITS.commitsPerPush) break;
  }
  return walked.length === 0 ? [after] : walked;
}
