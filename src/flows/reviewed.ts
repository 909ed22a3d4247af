import type { CommitStatus, Conversation } from '../ports/conversation.ts';
import type { Review } from './review.ts';

/** Context of the commit status that keeps what was reviewed, on the head commit of the pull request (DESIGN §4.3). */
const REVIEWED_CONTEXT = 'collie/reviewed';

/** What a status says of the plan that people saw. */
export interface ReviewedMark {
  readonly filesDigest: string;
  readonly types: Review['types'];
  /** Findings of severity error that were shown. */
  readonly errors: number;
}

export function errorsOf({ plan }: Pick<Review, 'plan'>): number {
  return plan.findings.filter(({ severity }) => severity === 'error').length;
}

/** The status for a review. Its description is at most 140 characters and is read back by {@link parseReviewed}. */
export function reviewedStatus(review: Review, targetUrl?: string): CommitStatus {
  const errors = errorsOf(review);
  const description = `plan ${review.filesDigest} · ${review.types} types · ${errors} ${errors === 1 ? 'error' : 'errors'} shown`;
  return {
    context: REVIEWED_CONTEXT,
    state: review.plan.applyable && errors === 0 ? 'success' : 'failure',
    description,
    ...(targetUrl === undefined ? {} : { targetUrl }),
  };
}

/** The mark in a status's description; undefined when it is none of ours. */
export function parseReviewed(description: string): ReviewedMark | undefined {
  const match = /^plan ([0-9a-f]{64}) · (server|built-in) types · (\d{1,6}) errors? shown$/.exec(description);
  const [, filesDigest, types, errors] = match ?? [];
  if (filesDigest === undefined || (types !== 'server' && types !== 'built-in')) return undefined;
  return { filesDigest, types, errors: Number(errors) };
}

/** What was reviewed on a commit; undefined when nothing was. */
export async function reviewedMark(
  conversation: Pick<Conversation, 'status'>,
  headSha: string,
): Promise<ReviewedMark | undefined> {
  const status = await conversation.status(headSha, REVIEWED_CONTEXT);
  return status === undefined ? undefined : parseReviewed(status.description);
}
