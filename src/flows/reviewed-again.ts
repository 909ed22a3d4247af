import { differs, planDifference, type PlanDifference } from '../core/plan/difference.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import type { Repository } from '../ports/repository.ts';
import { review, type Review, type ReviewInput } from './review.ts';
import type { ReviewedMark } from './reviewed.ts';

export interface StaleInput {
  /** What is reviewed now, with the types of the review that people saw. */
  readonly input: ReviewInput;
  readonly repository: Repository;
  readonly pullRequest: PullRequestReference;
  readonly mark: ReviewedMark;
  /** What the files would change now, with those types. */
  readonly now: Plan;
}

/** What became of a reviewed plan: its difference to the one of now, or why it cannot be shown; `note` is a sentence. */
export interface Stale {
  readonly difference?: PlanDifference;
  readonly note: string;
}

/**
 * Makes the plan that people saw again, from the pull request's own commits, and compares it with what would be applied now. Only a digest of
 * it was kept, so it says whether the one made again has that digest.
 */
export async function sinceReview({ input, repository, pullRequest, mark, now }: StaleInput): Promise<Stale> {
  const [head, base] = await Promise.all([
    repository.resolve(pullRequest.headSha),
    repository.mergeBase(pullRequest.headSha, input.base).catch(() => undefined),
  ]);
  if (head === undefined || base === undefined) {
    return {
      note: 'The commits that were reviewed are not in this checkout (`fetch-depth: 0` brings them for merges), so the two plans cannot be compared here.',
    };
  }
  const again = await review({ ...input, repository, base, head });
  const difference = planDifference(again.filesPlan, now);
  if (!differs(difference)) {
    return {
      note: 'The files of the pull request change the same as before; what differs is what they were planned with (resource types, or the branch they were merged into).',
    };
  }
  return {
    difference,
    note:
      again.filesDigest === mark.filesDigest
        ? 'What changed between the plan that was reviewed and the one of now:'
        : 'What changed between the pull request by itself and what would be applied now (the reviewed plan was made on another base or with other types):',
  };
}

/** The same change planned with built-in types, where that is how people saw it and it is another one with the server's; else undefined. */
export async function asBuiltIn(
  { filesDigest }: Review,
  mark: ReviewedMark | undefined,
  input: ReviewInput,
): Promise<Review | undefined> {
  if (mark === undefined || mark.types !== 'built-in' || mark.filesDigest === filesDigest) return undefined;
  const { controlPlane: _, ...withoutServer } = input;
  return review(withoutServer);
}
