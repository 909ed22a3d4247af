import { GITHUB_LIMITS } from '../limits.ts';
import { notFound, ok, page, Refusal, type Reply } from '../reply.ts';
import { type ApiRequest, repositoryOfRequest, type Route } from '../route.ts';
import { commitShape, fileShape } from '../shapes/commit.ts';
import { pullShape } from '../shapes/pull.ts';
import { apiUrl, pageUrl } from '../shapes/repository.ts';
import type { PullRecord, RepositoryRecord } from '../state.ts';

const READ = [['contents', 'read']] as const;

async function commit(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const ref = request.params['ref'] ?? '';
  const sha = await repository.git.commitOf(ref);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  const found = await repository.git.commit(sha);
  const parent = found.parents[0];
  const files = parent === undefined ? [] : await repository.git.difference(parent, sha);
  const [additions, deletions] = [
    files.reduce((sum, file) => sum + file.additions, 0),
    files.reduce((sum, file) => sum + file.deletions, 0),
  ];
  return ok({
    ...commitShape(request.github, repository, found),
    stats: { additions, deletions, total: additions + deletions },
    files: files.map((file) => fileShape(request.github, repository, sha, file)),
  });
}

/** Whether a pull request brought (or, still open, would bring) a commit. */
async function brings(repository: RepositoryRecord, pull: PullRecord, sha: string): Promise<boolean> {
  const tip = pull.mergedAt === undefined ? pull.headSha : pull.mergeCommitSha;
  if (tip === sha || pull.headSha === sha) return true;
  if (tip === undefined) return false;
  const commits = await repository.git.between(pull.baseSha, tip);
  return commits.some((item) => item.sha === sha);
}

/**
 * Pull requests of a commit: the merged one that introduced it when it is on the default branch, else the open and merged ones
 * that contain it.
 */
async function pulls(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const wanted = request.params['ref'] ?? '';
  const sha = await repository.git.commitOf(wanted);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${wanted}`);
  const onDefault = await repository.git.isAncestor(sha, `refs/heads/${repository.defaultBranch}`);
  const found: PullRecord[] = [];
  for (const pull of repository.pulls.values()) {
    if (onDefault && pull.mergedAt === undefined) continue;
    if (await brings(repository, pull, sha)) found.push(pull);
  }
  return page(
    request.url,
    found.map((pull) => pullShape(request.github, repository, pull)),
  );
}

async function compare(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const [from = '', to = ''] = (request.params['basehead'] ?? '').split('...');
  const plain = (ref: string): string => ref.slice(ref.indexOf(':') + 1);
  const [base, head] = await Promise.all([
    repository.git.commitOf(plain(from)),
    repository.git.commitOf(plain(to)),
  ]);
  if (base === undefined || head === undefined) throw notFound();
  const mergeBase = await repository.git.mergeBase(base, head);
  if (mergeBase === undefined) throw new Refusal(404, 'No common ancestor between the two.');
  const [ahead, behind, files, baseCommit, mergeBaseCommit] = await Promise.all([
    repository.git.between(mergeBase, head),
    repository.git.between(mergeBase, base),
    repository.git.difference(mergeBase, head),
    repository.git.commit(base),
    repository.git.commit(mergeBase),
  ]);
  const basehead = `${from}...${to}`;
  const html = `${pageUrl(request.github, repository)}/compare/${basehead}`;
  const status =
    ahead.length > 0 && behind.length > 0
      ? 'diverged'
      : ahead.length > 0
        ? 'ahead'
        : behind.length > 0
          ? 'behind'
          : 'identical';
  return ok({
    url: `${apiUrl(request.github, repository)}/compare/${basehead}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitShape(request.github, repository, baseCommit),
    merge_base_commit: commitShape(request.github, repository, mergeBaseCommit),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead
      .slice(0, GITHUB_LIMITS.itemsPerPage)
      .map((item) => commitShape(request.github, repository, item)),
    files: files
      .slice(0, GITHUB_LIMITS.comparedFiles)
      .map((file) => fileShape(request.github, repository, head, file)),
  });
}

/** Commits, comparisons, and the pull requests that commits came by. */
export const COMMIT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/repos/:owner/:repo/commits/:ref', permissions: READ, handle: commit },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/commits/:ref/pulls',
    permissions: [
      ['pull_requests', 'read'],
      ['contents', 'read'],
    ],
    handle: pulls,
  },
  { method: 'GET', path: '/repos/:owner/:repo/compare/:basehead*', permissions: READ, handle: compare },
];
