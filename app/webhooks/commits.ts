import {
  type GitHubClient,
  gitHubCalls,
  integer,
  record,
  records,
  text,
} from '../../src/io/github-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { GitHubAccess } from './access.ts';
import type { Merges } from './merges.ts';

/** Asking again for a commit that had no pull request: GitHub links them some seconds late, direct pushes never. */
const ASK_AGAIN_MS = 60_000;

/** The merged pull request that GitHub names for a commit, on `branch` where one is given; asked once, without waiting. */
export async function mergedPullOf(
  {
    client,
    clock,
    repository,
  }: { readonly client: GitHubClient; readonly clock: Clock; readonly repository: string },
  commit: string,
  branch?: string,
): Promise<{ readonly number: number; readonly branch: string } | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  const route = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
  const pulls = records(await gitHubCalls(client, clock)(route, { owner, repo, commit_sha: commit }));
  const merged = pulls
    .filter((pull) => text(pull['merged_at']) !== '')
    .map((pull) => ({
      number: integer(pull['number']),
      branch: text(record(pull['base'])['ref']),
      mergeCommit: text(pull['merge_commit_sha']),
    }))
    .filter((pull) => branch === undefined || pull.branch === branch);
  return merged.find(({ mergeCommit }) => mergeCommit === commit) ?? merged[0];
}

/**
 * Finds the pull request that brought a commit: what webhooks told, else what GitHub says; an answer is kept for good, and that
 * there is none for a minute. So a lost webhook loses no report.
 */
export function pullRequestFinder(given: {
  readonly access: Pick<GitHubAccess, 'clientOf'>;
  readonly merges: Merges;
  readonly clock: Clock;
}): (repository: string, commit: string) => Promise<number | undefined> {
  const { access, merges, clock } = given;
  const askedAt = new Map<string, number>();
  return async (repository, commit) => {
    const known = await merges.find(repository, commit);
    if (known !== undefined) return known.pullRequest;
    const key = `${repository}@${commit}`;
    if (clock.now() - (askedAt.get(key) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return undefined;
    askedAt.set(key, clock.now());
    const client = await access.clientOf(repository);
    const found =
      client === undefined ? undefined : await mergedPullOf({ client, clock, repository }, commit);
    if (found === undefined) return undefined;
    await merges.keep({ repository, commit, pullRequest: found.number, branch: found.branch });
    return found.number;
  };
}
