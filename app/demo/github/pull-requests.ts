import type { GitPerson } from './git.ts';
import { invalid, Refusal } from './reply.ts';
import type { GitHub } from './route.ts';
import { pushedCommitShape } from './shapes/commit.ts';
import { userShape } from './shapes/account.ts';
import { fullPullShape } from './shapes/pull.ts';
import { pageUrl } from './shapes/repository.ts';
import { GITHUB_LIMITS } from './limits.ts';
import type { Account, PullRecord, RepositoryRecord } from './state.ts';

export interface NewPull {
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly base: string;
  readonly author: Account;
  readonly draft?: boolean;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

const NO_COMMIT = '0'.repeat(40);

/** Opens a pull request between two branches of the repository and sends `pull_request` opened. */
export async function openPull(
  github: GitHub,
  repository: RepositoryRecord,
  fields: NewPull,
): Promise<PullRecord> {
  const [headSha, baseSha] = await Promise.all([
    repository.git.commitOf(`refs/heads/${fields.head}`),
    repository.git.commitOf(`refs/heads/${fields.base}`),
  ]);
  if (headSha === undefined) {
    throw invalid('PullRequest', 'head', `there is no branch ${fields.head}`, 'invalid');
  }
  if (baseSha === undefined) {
    throw invalid('PullRequest', 'base', `there is no branch ${fields.base}`, 'invalid');
  }
  if (Array.from(fields.body).length > GITHUB_LIMITS.pullRequestBodyCharacters) {
    throw invalid('PullRequest', 'body', 'body is too long (maximum is 65536 characters)');
  }
  const pulls = [...repository.pulls.values()];
  if (
    pulls.some(
      (pull) => pull.state === 'open' && pull.headRef === fields.head && pull.baseRef === fields.base,
    )
  ) {
    throw invalid(
      'PullRequest',
      'head',
      `A pull request already exists for ${repository.owner.login}:${fields.head}.`,
      'custom',
    );
  }
  if ((await repository.git.between(baseSha, headSha)).length === 0) {
    throw invalid('PullRequest', 'base', `No commits between ${fields.base} and ${fields.head}`, 'custom');
  }
  const now = github.now();
  const pull: PullRecord = {
    id: github.state.nextId(),
    number: repository.nextNumber,
    author: fields.author,
    title: fields.title,
    body: fields.body,
    headRef: fields.head,
    headSha,
    baseRef: fields.base,
    baseSha,
    state: 'open',
    draft: fields.draft ?? false,
    labels: [],
    createdAt: now,
    updatedAt: now,
    mergeable: true,
  };
  repository.nextNumber += 1;
  repository.pulls.set(pull.number, pull);
  await refreshTestMerge(github, repository, pull);
  await announcePull(github, repository, pull, 'opened', fields.author);
  return pull;
}

/** Writes `refs/pull/N/head` and `refs/pull/N/merge` as GitHub does for every open pull request. */
async function refreshTestMerge(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
): Promise<void> {
  await repository.git.setRef(`refs/pull/${pull.number}/head`, pull.headSha);
  const tree = await repository.git.mergedTree(pull.baseSha, pull.headSha);
  pull.mergeable = tree !== undefined;
  if (tree === undefined) return;
  const person = personOf(pull.author, github.now());
  pull.mergeCommitSha = await repository.git.writeCommit({
    tree,
    parents: [pull.baseSha, pull.headSha],
    message: `Merge ${pull.headSha} into ${pull.baseSha}`,
    author: person,
    committer: person,
  });
  await repository.git.setRef(`refs/pull/${pull.number}/merge`, pull.mergeCommitSha);
}

/** Sends a `pull_request` webhook. */
export async function announcePull(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
  action: string,
  sender: Account,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await github.emit('pull_request', repository, {
    action,
    number: pull.number,
    pull_request: await fullPullShape(github, repository, pull),
    sender: userShape(github, sender),
    ...extra,
  });
}

/**
 * Looks at the branches on disk and tells what changed since the last look: `push` for each branch that moved, `pull_request`
 * synchronize for the pull requests it heads. `sender` is who pushed.
 */
export async function observePushes(
  github: GitHub,
  repository: RepositoryRecord,
  sender: Account,
): Promise<void> {
  const tips = await repository.git.branches();
  for (const branch of new Set([...repository.tips.keys(), ...tips.keys()])) {
    const before = repository.tips.get(branch);
    const after = tips.get(branch);
    if (before === after) continue;
    if (after === undefined) repository.tips.delete(branch);
    else repository.tips.set(branch, after);
    await announcePush(github, repository, { branch, before, after, sender });
    if (after !== undefined) await moveHeads(github, repository, branch, after, sender);
  }
}

async function moveHeads(
  github: GitHub,
  repository: RepositoryRecord,
  branch: string,
  sha: string,
  sender: Account,
): Promise<void> {
  for (const pull of repository.pulls.values()) {
    if (pull.state !== 'open') continue;
    if (pull.headRef === branch && pull.headSha !== sha) {
      const before = pull.headSha;
      pull.headSha = sha;
      pull.updatedAt = github.now();
      await refreshTestMerge(github, repository, pull);
      await announcePull(github, repository, pull, 'synchronize', sender, { before, after: sha });
    } else if (pull.baseRef === branch) {
      pull.baseSha = sha;
      await refreshTestMerge(github, repository, pull);
    }
  }
}

async function announcePush(
  github: GitHub,
  repository: RepositoryRecord,
  push: {
    readonly branch: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
    readonly sender: Account;
  },
): Promise<void> {
  const { before, after, sender } = push;
  const commits =
    after === undefined
      ? []
      : before === undefined
        ? [await repository.git.commit(after)]
        : await repository.git.between(before, after);
  const shapes = [];
  for (const commit of commits) {
    const parent = commit.parents[0];
    const files = parent === undefined ? [] : await repository.git.difference(parent, commit.sha);
    shapes.push(pushedCommitShape(github, repository, commit, files));
  }
  const forced =
    before !== undefined && after !== undefined && !(await repository.git.isAncestor(before, after));
  await github.emit('push', repository, {
    ref: `refs/heads/${push.branch}`,
    before: before ?? NO_COMMIT,
    after: after ?? NO_COMMIT,
    created: before === undefined,
    deleted: after === undefined,
    forced,
    base_ref: null,
    compare: `${pageUrl(github, repository)}/compare/${(before ?? NO_COMMIT).slice(0, 12)}...${(after ?? NO_COMMIT).slice(0, 12)}`,
    commits: shapes,
    head_commit: shapes.at(-1) ?? null,
    pusher: { name: sender.login, email: `${sender.login}@users.noreply.localhost` },
    sender: userShape(github, sender),
  });
}

/**
 * Merges a pull request: writes the merge, squash or rebased commits onto the base branch, then sends `pull_request` closed and
 * `push`. 405 when it cannot be merged, 409 when `expectedHead` is not its head any more.
 */
export async function mergePull(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
  options: {
    readonly method: MergeMethod;
    readonly by: Account;
    readonly expectedHead?: string;
    readonly message?: string;
  },
): Promise<string> {
  if (pull.state !== 'open') throw new Refusal(405, 'Pull Request is not mergeable');
  if (options.expectedHead !== undefined && options.expectedHead !== pull.headSha) {
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  }
  const tip = await repository.git.commitOf(`refs/heads/${pull.baseRef}`);
  if (tip === undefined) throw new Refusal(405, 'Pull Request is not mergeable');
  const sha = await writeMerge(github, repository, pull, { ...options, tip });
  await repository.git.setRef(`refs/heads/${pull.baseRef}`, sha);
  const now = github.now();
  pull.state = 'closed';
  pull.baseSha = tip;
  pull.closedAt = now;
  pull.mergedAt = now;
  pull.updatedAt = now;
  pull.mergedBy = options.by;
  pull.mergeCommitSha = sha;
  pull.mergeMethod = options.method;
  await announcePull(github, repository, pull, 'closed', options.by);
  await observePushes(github, repository, options.by);
  return sha;
}

async function writeMerge(
  github: GitHub,
  repository: RepositoryRecord,
  pull: PullRecord,
  options: {
    readonly method: MergeMethod;
    readonly by: Account;
    readonly tip: string;
    readonly message?: string;
  },
): Promise<string> {
  const { git } = repository;
  const tree = await git.mergedTree(options.tip, pull.headSha);
  if (tree === undefined) throw new Refusal(405, 'Pull Request is not mergeable');
  const committer = personOf(options.by, github.now());
  if (options.method === 'rebase') {
    if ((await git.mergeBase(options.tip, pull.headSha)) !== options.tip) {
      throw new Refusal(405, "This branch can't be rebased");
    }
    let parent = options.tip;
    for (const commit of await git.between(options.tip, pull.headSha)) {
      parent = await git.writeCommit({
        tree: commit.tree,
        parents: [parent],
        message: commit.message,
        author: commit.author,
        committer,
      });
    }
    return parent;
  }
  const squash = options.method === 'squash';
  const subject = squash
    ? `${pull.title} (#${pull.number})`
    : `Merge pull request #${pull.number} from ${repository.owner.login}/${pull.headRef}\n\n${pull.title}`;
  return git.writeCommit({
    tree,
    parents: squash ? [options.tip] : [options.tip, pull.headSha],
    message: options.message ?? subject,
    author: squash ? personOf(pull.author, github.now()) : committer,
    committer,
  });
}

function personOf(account: Account, date: string): GitPerson {
  return { name: account.login, email: `${account.id}+${account.login}@users.noreply.localhost`, date };
}
