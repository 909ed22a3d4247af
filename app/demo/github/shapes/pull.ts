import type { GitHub } from '../route.ts';
import type { PullRecord, RepositoryRecord } from '../state.ts';
import { nodeId, userShape } from './account.ts';
import { apiUrl, pageUrl, repositoryShape } from './repository.ts';

/** GitHub's pull-request-simple: an item of a list. */
export function pullShape(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
): Record<string, unknown> {
  const repo = apiUrl(github, repository);
  const api = `${repo}/pulls/${pull.number}`;
  const issue = `${repo}/issues/${pull.number}`;
  const html = `${pageUrl(github, repository)}/pull/${pull.number}`;
  const end = (ref: string, sha: string): Record<string, unknown> => ({
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: userShape(github, repository.owner),
    repo: repositoryShape(github, repository),
  });
  return {
    url: api,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${repo}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${repo}/statuses/${pull.headSha}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userShape(github, pull.author),
    body: pull.body,
    labels: labelShapes(github, repository, pull),
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? null,
    merged_at: pull.mergedAt ?? null,
    merge_commit_sha: pull.mergeCommitSha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: end(pull.headRef, pull.headSha),
    base: end(pull.baseRef, pull.baseSha),
    _links: linkShapes(api, html, issue, `${repo}/statuses/${pull.headSha}`),
    author_association: 'CONTRIBUTOR',
    auto_merge: null,
    draft: pull.draft,
  };
}

/** The labels of a pull request. */
export function labelShapes(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
): Record<string, unknown>[] {
  return pull.labels.map((name, index) => ({
    id: index + 1,
    node_id: nodeId('Label', name),
    url: `${apiUrl(github, repository)}/labels/${encodeURIComponent(name)}`,
    name,
    description: null,
    color: 'ededed',
    default: false,
  }));
}

function linkShapes(
  api: string,
  html: string,
  issue: string,
  statuses: string,
): Record<string, { href: string }> {
  return {
    self: { href: api },
    html: { href: html },
    issue: { href: issue },
    comments: { href: `${issue}/comments` },
    review_comments: { href: `${api}/comments` },
    review_comment: { href: `${api.replace(/\d+$/, '')}comments{/number}` },
    commits: { href: `${api}/commits` },
    statuses: { href: statuses },
  };
}

/** GitHub's pull-request, with what one request alone gives: mergeability and counts. */
export async function fullPullShape(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
): Promise<Record<string, unknown>> {
  const [files, commits] = await Promise.all([
    repository.git.difference(pull.baseSha, pull.headSha),
    repository.git.between(pull.baseSha, pull.headSha),
  ]);
  const merged = pull.mergedAt !== undefined;
  const comments = github.state.comments.filter(
    (comment) => comment.repository === repository && comment.number === pull.number,
  );
  return {
    ...pullShape(github, repository, pull),
    merged,
    mergeable: merged ? null : pull.mergeable,
    rebaseable: merged ? null : pull.mergeable,
    mergeable_state: merged ? 'unknown' : pull.draft ? 'draft' : pull.mergeable ? 'clean' : 'dirty',
    merged_by: pull.mergedBy === undefined ? null : userShape(github, pull.mergedBy),
    comments: comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}
