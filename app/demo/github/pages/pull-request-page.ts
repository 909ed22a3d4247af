import type { ConversationView } from '../../../conversation-view.ts';
import { conversationPage } from '../../../web/conversation.ts';
import type { GitHub } from '../route.ts';
import { fullName } from '../shapes/repository.ts';
import {
  type CheckRecord,
  type CommentRecord,
  type PullRecord,
  repositoryOf,
  type ReviewCommentRecord,
} from '../state.ts';

/** The conversation of a pull request as a page; undefined when there is no such pull request. */
export function pullRequestPage(
  { state }: GitHub,
  owner: string,
  name: string,
  number: number,
): string | undefined {
  const repository = repositoryOf(state, owner, name);
  const pull = repository?.pulls.get(number);
  if (repository === undefined || pull === undefined) return undefined;
  const { title, body, createdAt, headRef, headSha, baseRef } = pull;
  return conversationPage({
    repository: fullName(repository),
    number,
    title,
    author: pull.author.login,
    standing: standing(pull),
    headRef,
    baseRef,
    body,
    createdAt,
    headSha,
    ...mergeOf(pull),
    comments: [
      ...state.comments
        .filter((item) => item.repository === repository && item.number === number)
        .map(commentView),
      ...state.reviewComments
        .filter((item) => item.repository === repository && item.number === number)
        .map(lineCommentView),
    ],
    checks: state.checks.filter((item) => item.repository === repository).map(checkView),
    statuses: state.statuses
      .filter((item) => item.repository === repository)
      .map((item) => ({ ...item, description: item.description ?? '' }))
      .toReversed(),
  });
}

/** How a pull request stands: `open`, `closed` or `merged`. */
export function standing(pull: PullRecord): ConversationView['standing'] {
  return pull.mergedAt === undefined ? pull.state : 'merged';
}

function mergeOf({ mergedAt, mergedBy, mergeCommitSha }: PullRecord): Pick<ConversationView, 'merge'> {
  if (mergedAt === undefined || mergeCommitSha === undefined) return {};
  return { merge: { by: mergedBy?.login ?? '', at: mergedAt, sha: mergeCommitSha } };
}

function commentView(comment: CommentRecord): ConversationView['comments'][number] {
  const { id, author, body, createdAt, updatedAt } = comment;
  return {
    id,
    author: author.login,
    isBot: author.type === 'Bot',
    body,
    createdAt,
    updatedAt,
    isMinimized: comment.minimized !== undefined,
  };
}

function lineCommentView(comment: ReviewCommentRecord): ConversationView['comments'][number] {
  const { id, author, body, createdAt, updatedAt, path, startLine, line } = comment;
  return {
    id,
    author: author.login,
    isBot: author.type === 'Bot',
    place: `${path}:${startLine === null ? '' : `${startLine}-`}${line}`,
    body,
    createdAt,
    updatedAt,
    isMinimized: false,
  };
}

function checkView(check: CheckRecord): ConversationView['checks'][number] {
  const { id, sha, name } = check;
  return {
    id,
    sha,
    name,
    state: check.conclusion ?? check.status,
    title: check.title ?? '',
    summary: check.summary ?? '',
    text: check.text ?? '',
    annotations: check.annotations.map(({ path, startLine, level, title, message }) => ({
      path,
      line: startLine,
      level,
      title: title ?? '',
      message,
    })),
  };
}
