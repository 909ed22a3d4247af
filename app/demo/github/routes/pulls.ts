import { mergePull, openPull, announcePull, type MergeMethod } from '../pull-requests.ts';
import { GITHUB_LIMITS } from '../limits.ts';
import { created, invalid, ok, page, Refusal } from '../reply.ts';
import { pullOfRequest, repositoryOfRequest, requiredText, type Route, textField } from '../route.ts';
import { reviewComments } from './review-comments.ts';
import { commitShape, fileShape } from '../shapes/commit.ts';
import { reviewShape } from '../shapes/comment.ts';
import { fullPullShape, pullShape } from '../shapes/pull.ts';
import type { Account, PullRecord, RepositoryRecord, ReviewRecord } from '../state.ts';

const READ = [['pull_requests', 'read']] as const;
const WRITE = [['pull_requests', 'write']] as const;
const REVIEW_STATES: Readonly<Record<string, string>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

function accountOfCaller(account: Account | undefined): Account {
  if (account === undefined) throw new Refusal(401, 'Requires authentication');
  return account;
}

function listed(repository: RepositoryRecord, query: URLSearchParams): PullRecord[] {
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const pulls = [...repository.pulls.values()].filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (base === null || pull.baseRef === base) &&
      (head === null || head.toLowerCase() === `${repository.owner.login}:${pull.headRef}`.toLowerCase()),
  );
  return query.get('direction') === 'asc' ? pulls : pulls.toReversed();
}

function mergeMethod(text: string | undefined): MergeMethod {
  if (text === undefined || text === 'merge') return 'merge';
  if (text === 'squash' || text === 'rebase') return text;
  throw invalid('PullRequest', 'merge_method', 'merge_method is none of merge, squash, rebase', 'invalid');
}

/** Pull requests: listing, opening, changing, files, commits, reviews, merging. */
export const PULL_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/pulls',
    permissions: READ,
    handle: (request) => {
      const repository = repositoryOfRequest(request);
      const pulls = listed(repository, request.url.searchParams);
      return page(
        request.url,
        pulls.map((pull) => pullShape(request.github, repository, pull)),
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/pulls',
    permissions: WRITE,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const pull = await openPull(request.github, repository, {
        title: requiredText(request.body, 'PullRequest', 'title'),
        body: textField(request.body, 'PullRequest', 'body') ?? '',
        head: requiredText(request.body, 'PullRequest', 'head').replace(`${repository.owner.login}:`, ''),
        base: requiredText(request.body, 'PullRequest', 'base'),
        author: accountOfCaller(request.caller.account),
        draft: request.body['draft'] === true,
      });
      return created(await fullPullShape(request.github, repository, pull));
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/pulls/:number',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      return ok(await fullPullShape(request.github, repository, pullOfRequest(request, repository)));
    },
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:repo/pulls/:number',
    permissions: WRITE,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const pull = pullOfRequest(request, repository);
      pull.title = textField(request.body, 'PullRequest', 'title') ?? pull.title;
      pull.body = textField(request.body, 'PullRequest', 'body') ?? pull.body;
      pull.updatedAt = request.github.now();
      const state = textField(request.body, 'PullRequest', 'state');
      if (state !== undefined && state !== pull.state && pull.mergedAt === undefined) {
        pull.state = state === 'closed' ? 'closed' : 'open';
        const action = pull.state === 'closed' ? 'closed' : 'reopened';
        await announcePull(request.github, repository, pull, action, accountOfCaller(request.caller.account));
      }
      return ok(await fullPullShape(request.github, repository, pull));
    },
  },
  {
    method: 'PUT',
    path: '/repos/:owner/:repo/pulls/:number/merge',
    permissions: [['contents', 'write']],
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const expectedHead = textField(request.body, 'PullRequest', 'sha');
      const sha = await mergePull(request.github, repository, pullOfRequest(request, repository), {
        method: mergeMethod(textField(request.body, 'PullRequest', 'merge_method')),
        by: accountOfCaller(request.caller.account),
        ...(expectedHead === undefined ? {} : { expectedHead }),
      });
      return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/pulls/:number/files',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const pull = pullOfRequest(request, repository);
      const base = (await repository.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
      const files = (await repository.git.difference(base, pull.headSha)).slice(
        0,
        GITHUB_LIMITS.pullRequestFiles,
      );
      return page(
        request.url,
        files.map((file) => fileShape(request.github, repository, pull.headSha, file)),
      );
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/pulls/:number/commits',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const pull = pullOfRequest(request, repository);
      const commits = await repository.git.between(pull.baseSha, pull.headSha);
      return page(
        request.url,
        commits.map((commit) => commitShape(request.github, repository, commit)),
      );
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/pulls/:number/reviews',
    permissions: READ,
    handle: (request) => {
      const repository = repositoryOfRequest(request);
      const { number } = pullOfRequest(request, repository);
      const reviews = request.github.state.reviews.filter(
        (item) => item.repository === repository && item.number === number,
      );
      return page(
        request.url,
        reviews.map((review) => reviewShape(request.github, review)),
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/pulls/:number/reviews',
    permissions: WRITE,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const pull = pullOfRequest(request, repository);
      const event = textField(request.body, 'PullRequestReview', 'event') ?? 'COMMENT';
      const review: ReviewRecord = {
        id: request.github.state.nextId(),
        repository,
        number: pull.number,
        author: accountOfCaller(request.caller.account),
        state: REVIEW_STATES[event] ?? 'PENDING',
        body: textField(request.body, 'PullRequestReview', 'body') ?? '',
        commitSha: pull.headSha,
        submittedAt: request.github.now(),
      };
      const comments = await reviewComments(request, repository, pull, review);
      request.github.state.reviews.push(review);
      request.github.state.reviewComments.push(...comments);
      return ok(reviewShape(request.github, review));
    },
  },
];
