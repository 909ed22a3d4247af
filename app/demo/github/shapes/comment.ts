import type { GitHub } from '../route.ts';
import type { CommentRecord, ReviewCommentRecord, ReviewRecord } from '../state.ts';
import { appShape, nodeId, userShape } from './account.ts';
import { apiUrl, pageUrl } from './repository.ts';

const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket'] as const;

/** GitHub's issue-comment. */
export function commentShape(github: GitHub, comment: CommentRecord): Record<string, unknown> {
  const api = apiUrl(github, comment.repository);
  const url = `${api}/issues/comments/${comment.id}`;
  const count = (content: string): number =>
    comment.reactions.filter((reaction) => reaction.content === content).length;
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url,
    html_url: `${pageUrl(github, comment.repository)}/pull/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.number}`,
    body: comment.body,
    user: userShape(github, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: comment.author.type === 'Bot' ? 'NONE' : 'MEMBER',
    performed_via_github_app: comment.app === undefined ? null : appShape(github, comment.app),
    reactions: {
      url: `${url}/reactions`,
      total_count: comment.reactions.length,
      ...Object.fromEntries(REACTIONS.map((content) => [content, count(content)])),
    },
  };
}

/** GitHub's pull-request-review-comment. */
export function reviewCommentShape(github: GitHub, comment: ReviewCommentRecord): Record<string, unknown> {
  const api = apiUrl(github, comment.repository);
  const url = `${api}/pulls/comments/${comment.id}`;
  const pull = `${api}/pulls/${comment.number}`;
  const html = `${pageUrl(github, comment.repository)}/pull/${comment.number}#discussion_r${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    url,
    html_url: html,
    pull_request_url: pull,
    pull_request_review_id: comment.reviewId,
    ...(comment.inReplyTo === undefined ? {} : { in_reply_to_id: comment.inReplyTo }),
    diff_hunk: comment.hunk,
    path: comment.path,
    start_line: comment.startLine,
    start_side: comment.startLine === null ? null : 'RIGHT',
    line: comment.line,
    side: 'RIGHT',
    subject_type: 'line',
    commit_id: comment.commitSha,
    original_commit_id: comment.commitSha,
    body: comment.body,
    user: userShape(github, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: comment.author.type === 'Bot' ? 'NONE' : 'MEMBER',
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
  };
}

/** Whether GitHub knows a reaction of that name. */
export function isReaction(content: string): boolean {
  return REACTIONS.some((known) => known === content);
}

/** GitHub's pull-request-review. */
export function reviewShape(github: GitHub, review: ReviewRecord): Record<string, unknown> {
  const api = `${apiUrl(github, review.repository)}/pulls/${review.number}`;
  const html = `${pageUrl(github, review.repository)}/pull/${review.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userShape(github, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: api,
    author_association: 'MEMBER',
    _links: { html: { href: html }, pull_request: { href: api } },
    submitted_at: review.submittedAt,
    commit_id: review.commitSha,
  };
}
