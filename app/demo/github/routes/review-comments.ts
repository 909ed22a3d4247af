import { GITHUB_LIMITS } from '../limits.ts';
import { created, invalid, notFound, ok, page, Refusal } from '../reply.ts';
import {
  type ApiRequest,
  asRecord,
  pullOfRequest,
  repositoryOfRequest,
  requiredText,
  type Route,
} from '../route.ts';
import { reviewCommentShape } from '../shapes/comment.ts';
import type { PullRecord, RepositoryRecord, ReviewCommentRecord, ReviewRecord } from '../state.ts';

const READ = [['pull_requests', 'read']] as const;
const WRITE = [['pull_requests', 'write']] as const;
const RESOURCE = 'PullRequestReviewComment';

/** What a comment stands on: lines of the new side, and the hunk of the diff that shows them. */
interface Place {
  readonly path: string;
  readonly startLine: number | null;
  readonly line: number;
  readonly hunk: string;
}

/** 422 as GitHub says it of a review: in a word, without the field. */
function unresolved(message: string): Refusal {
  return new Refusal(422, 'Unprocessable Entity', [message]);
}

function numberField(body: Readonly<Record<string, unknown>>, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw invalid(RESOURCE, field, `${field} is not a whole number`, 'invalid');
}

/** Lines of the new side that each hunk of a patch shows. */
function hunksOf(patch: string): { readonly text: string; readonly first: number; readonly last: number }[] {
  const texts = patch.split(/^(?=@@ )/m).filter((text) => text.startsWith('@@ '));
  return texts.map((text) => {
    const [head = '', ...lines] = text.trimEnd().split('\n');
    const first = Number(/\+(\d+)/.exec(head)?.[1]);
    const shown = lines.filter((line) => !line.startsWith('-') && !line.startsWith('\\')).length;
    return { text: text.trimEnd(), first, last: first + shown - 1 };
  });
}

/** Where a comment of a request stands; 422 where the diff does not show its lines, as on GitHub. */
async function placeOf(
  repository: RepositoryRecord,
  pull: PullRecord,
  comment: Readonly<Record<string, unknown>>,
): Promise<Place> {
  const path = requiredText(comment, RESOURCE, 'path');
  const line = numberField(comment, 'line');
  const start = numberField(comment, 'start_line');
  const base = (await repository.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const file = (await repository.git.difference(base, pull.headSha)).find((item) => item.path === path);
  if (file === undefined) throw unresolved('Path could not be resolved');
  if (start !== undefined && line !== undefined && start >= line) {
    throw unresolved('start_line must precede the end line.');
  }
  const hunk = hunksOf(file.patch ?? '').find(
    ({ first, last }) => line !== undefined && (start ?? line) >= first && line <= last,
  );
  if (hunk === undefined || line === undefined) {
    throw unresolved('Line could not be resolved');
  }
  return { path, startLine: start ?? null, line, hunk: hunk.text };
}

function bodyOf(comment: Readonly<Record<string, unknown>>): string {
  const body = requiredText(comment, RESOURCE, 'body');
  if (body.trim() === '') throw invalid(RESOURCE, 'body', "Body can't be blank");
  if (Buffer.byteLength(body) > GITHUB_LIMITS.commentBytes) {
    throw invalid(RESOURCE, 'body', 'Body is too long (maximum is 65536 characters)');
  }
  return body;
}

/** The comments that come with a review: all of them, or 422 and none. */
export async function reviewComments(
  request: ApiRequest,
  repository: RepositoryRecord,
  pull: PullRecord,
  review: ReviewRecord,
): Promise<ReviewCommentRecord[]> {
  const given = Array.isArray(request.body['comments']) ? request.body['comments'].map(asRecord) : [];
  const places = await Promise.all(given.map((comment) => placeOf(repository, pull, comment)));
  return places.map((place, index) => ({
    id: request.github.state.nextId(),
    repository,
    number: pull.number,
    reviewId: review.id,
    author: review.author,
    ...place,
    body: bodyOf(given[index] ?? {}),
    commitSha: pull.headSha,
    createdAt: request.github.now(),
    updatedAt: request.github.now(),
  }));
}

function commentOf(request: ApiRequest): ReviewCommentRecord {
  const repository = repositoryOfRequest(request);
  const id = Number(request.params['comment']);
  const found = request.github.state.reviewComments.find(
    (item) => item.id === id && item.repository === repository,
  );
  if (found === undefined) throw notFound();
  if (found.author !== request.caller.account) throw new Refusal(403, 'You cannot edit this comment.');
  return found;
}

/** An answer to a comment; it stands where that stands. */
function reply(request: ApiRequest): ReviewCommentRecord {
  const repository = repositoryOfRequest(request);
  const pull = pullOfRequest(request, repository);
  const to = request.github.state.reviewComments.find(({ id }) => id === request.body['in_reply_to']);
  const author = request.caller.account;
  if (to === undefined || to.number !== pull.number) throw notFound();
  if (author === undefined) throw new Refusal(401, 'Requires authentication');
  const now = request.github.now();
  return {
    ...to,
    id: request.github.state.nextId(),
    author,
    body: bodyOf(request.body),
    inReplyTo: to.id,
    createdAt: now,
    updatedAt: now,
  };
}

/** Comments on lines of a pull request's diff. They are made with a review, or as an answer to another. */
export const REVIEW_COMMENT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/pulls/:number/comments',
    permissions: READ,
    handle: (request) => {
      const repository = repositoryOfRequest(request);
      const { number } = pullOfRequest(request, repository);
      const comments = request.github.state.reviewComments.filter(
        (item) => item.repository === repository && item.number === number,
      );
      return page(
        request.url,
        comments.map((comment) => reviewCommentShape(request.github, comment)),
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/pulls/:number/comments',
    permissions: WRITE,
    handle: (request) => {
      const comment = reply(request);
      request.github.state.reviewComments.push(comment);
      return created(reviewCommentShape(request.github, comment));
    },
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:repo/pulls/comments/:comment',
    permissions: WRITE,
    handle: (request) => {
      const comment = commentOf(request);
      comment.body = bodyOf(request.body);
      comment.updatedAt = request.github.now();
      return ok(reviewCommentShape(request.github, comment));
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:repo/pulls/comments/:comment',
    permissions: WRITE,
    handle: (request) => {
      const { reviewComments } = request.github.state;
      reviewComments.splice(reviewComments.indexOf(commentOf(request)), 1);
      return { status: 204 };
    },
  },
];
