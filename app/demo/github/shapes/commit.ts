import type { FileDifference, GitCommit, GitPerson } from '../git.ts';
import type { GitHub } from '../route.ts';
import type { RepositoryRecord } from '../state.ts';
import { nodeId } from './account.ts';
import { apiUrl, pageUrl } from './repository.ts';

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** GitHub's commit, as lists and comparisons give it. */
export function commitShape(
  github: GitHub,
  repository: RepositoryRecord,
  commit: GitCommit,
): Record<string, unknown> {
  const api = apiUrl(github, repository);
  const html = pageUrl(github, repository);
  return {
    url: `${api}/commits/${commit.sha}`,
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      verification: UNSIGNED,
    },
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}

/** GitHub's git-commit, of the git data routes. */
export function gitCommitShape(
  github: GitHub,
  repository: RepositoryRecord,
  commit: GitCommit,
): Record<string, unknown> {
  const api = apiUrl(github, repository);
  const html = pageUrl(github, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
    verification: UNSIGNED,
  };
}

/** GitHub's diff-entry: one file of a pull request or comparison. */
export function fileShape(
  github: GitHub,
  repository: RepositoryRecord,
  head: string,
  file: FileDifference,
): Record<string, unknown> {
  const api = apiUrl(github, repository);
  const html = pageUrl(github, repository);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${head}/${path}`,
    raw_url: `${html}/raw/${head}/${path}`,
    contents_url: `${api}/contents/${path}?ref=${head}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

/** A commit as `push` webhooks carry it. */
export function pushedCommitShape(
  github: GitHub,
  repository: RepositoryRecord,
  commit: GitCommit,
  files: readonly FileDifference[],
): Record<string, unknown> {
  const person = ({ name, email }: GitPerson): Record<string, string> => ({ name, email, username: name });
  const paths = (status: readonly FileDifference['status'][]): string[] =>
    files.filter((file) => status.includes(file.status)).map((file) => file.path);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${pageUrl(github, repository)}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: paths(['added']),
    removed: paths(['removed']),
    modified: paths(['modified', 'renamed']),
  };
}
