import { GITHUB_LIMITS } from '../limits.ts';
import { created, invalid, notFound, ok, page, Refusal, type Reply } from '../reply.ts';
import { type ApiRequest, pullOfRequest, repositoryOfRequest, requiredText, type Route } from '../route.ts';
import { nodeId, userShape } from '../shapes/account.ts';
import { commentShape, isReaction } from '../shapes/comment.ts';
import { labelShapes } from '../shapes/pull.ts';
import { apiUrl } from '../shapes/repository.ts';
import type { Account, CommentRecord } from '../state.ts';

// GitHub takes either permission for the conversation of a pull request.
const READ = [
  ['issues', 'read'],
  ['pull_requests', 'read'],
] as const;
const WRITE = [
  ['issues', 'write'],
  ['pull_requests', 'write'],
] as const;

function account(request: ApiRequest): Account {
  if (request.caller.account === undefined) throw new Refusal(401, 'Requires authentication');
  return request.caller.account;
}

/** The body of a comment, within GitHub's measured limit. */
function bodyOf(request: ApiRequest): string {
  const body = requiredText(request.body, 'IssueComment', 'body');
  if (body.trim() === '') throw invalid('IssueComment', 'data', "Body can't be blank");
  if (Buffer.byteLength(body) > GITHUB_LIMITS.commentBytes) {
    throw invalid('IssueComment', 'data', 'Body is too long (maximum is 65536 characters)');
  }
  return body;
}

function commentOf(request: ApiRequest): CommentRecord {
  const repository = repositoryOfRequest(request);
  const id = Number(request.params['comment']);
  const comment = request.github.state.comments.find(
    (item) => item.id === id && item.repository === repository,
  );
  if (comment === undefined) throw notFound();
  return comment;
}

/** Apps and people without write access change their own comments only. */
function requireAuthor(request: ApiRequest, comment: CommentRecord): void {
  const caller = account(request);
  const role = comment.repository.collaborators.get(caller.login.toLowerCase());
  if (caller === comment.author || role === 'write' || role === 'admin') return;
  throw new Refusal(403, 'You cannot edit this comment.');
}

function create(request: ApiRequest): Reply {
  const repository = repositoryOfRequest(request);
  const pull = pullOfRequest(request, repository);
  const { github } = request;
  const now = github.now();
  const comment: CommentRecord = {
    id: github.state.nextId(),
    repository,
    number: pull.number,
    author: account(request),
    ...(request.caller.app === undefined ? {} : { app: request.caller.app }),
    body: bodyOf(request),
    createdAt: now,
    updatedAt: now,
    reactions: [],
  };
  github.state.comments.push(comment);
  announce(request, comment, 'created');
  return created(commentShape(github, comment));
}

function announce(request: ApiRequest, comment: CommentRecord, action: string): void {
  const { github } = request;
  const pull = comment.repository.pulls.get(comment.number);
  const api = apiUrl(github, comment.repository);
  void github.emit('issue_comment', comment.repository, {
    action,
    issue: {
      id: pull?.id,
      number: comment.number,
      title: pull?.title,
      state: pull?.state,
      url: `${api}/issues/${comment.number}`,
      pull_request: { url: `${api}/pulls/${comment.number}` },
    },
    comment: commentShape(github, comment),
    sender: userShape(github, account(request)),
  });
}

function react(request: ApiRequest): Reply {
  const comment = commentOf(request);
  const content = requiredText(request.body, 'Reaction', 'content');
  if (!isReaction(content)) throw invalid('Reaction', 'content', `${content} is not a reaction`, 'invalid');
  const by = account(request);
  const known = comment.reactions.find((item) => item.content === content && item.account === by);
  const reaction = known ?? {
    id: request.github.state.nextId(),
    content,
    account: by,
    createdAt: request.github.now(),
  };
  if (known === undefined) comment.reactions.push(reaction);
  return {
    status: known === undefined ? 201 : 200,
    body: {
      id: reaction.id,
      node_id: nodeId('Reaction', reaction.id),
      user: userShape(request.github, by),
      content,
      created_at: reaction.createdAt,
    },
  };
}

/** The conversation of a pull request. */
export const COMMENT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/:number/comments',
    permissions: READ,
    handle: (request) => {
      const repository = repositoryOfRequest(request);
      const { number } = pullOfRequest(request, repository);
      const comments = request.github.state.comments.filter(
        (item) => item.repository === repository && item.number === number,
      );
      return page(
        request.url,
        comments.map((comment) => commentShape(request.github, comment)),
      );
    },
  },
  { method: 'POST', path: '/repos/:owner/:repo/issues/:number/comments', permissions: WRITE, handle: create },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/issues/comments/:comment',
    permissions: READ,
    handle: (request) => ok(commentShape(request.github, commentOf(request))),
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:repo/issues/comments/:comment',
    permissions: WRITE,
    handle: (request) => {
      const comment = commentOf(request);
      requireAuthor(request, comment);
      comment.body = bodyOf(request);
      comment.updatedAt = request.github.now();
      announce(request, comment, 'edited');
      return ok(commentShape(request.github, comment));
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:repo/issues/comments/:comment',
    permissions: WRITE,
    handle: (request) => {
      const comment = commentOf(request);
      requireAuthor(request, comment);
      request.github.state.comments.splice(request.github.state.comments.indexOf(comment), 1);
      announce(request, comment, 'deleted');
      return { status: 204 };
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/issues/comments/:comment/reactions',
    permissions: WRITE,
    handle: react,
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/issues/:number/labels',
    permissions: WRITE,
    handle: (request) => {
      const repository = repositoryOfRequest(request);
      const pull = pullOfRequest(request, repository);
      const names = Array.isArray(request.body['labels']) ? request.body['labels'].map(String) : [];
      pull.labels.push(...names.filter((name) => !pull.labels.includes(name)));
      return ok(labelShapes(request.github, repository, pull));
    },
  },
];
