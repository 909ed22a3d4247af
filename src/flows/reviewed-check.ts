import type { PullRequestReference } from '../ports/conversation.ts';
import { errorsOf, type ReviewedMark } from './reviewed.ts';
import type { Review } from './review.ts';

/** Why nothing is applied: a word that does not change, and a sentence for people. */
export interface Stop {
  readonly reason: 'not-reviewed' | 'plan-differs' | 'new-errors' | 'not-applyable';
  readonly sentence: string;
}

export interface CheckInput {
  /** What would be applied now. */
  readonly review: Review;
  /** The same change planned with built-in types, where that is how it was reviewed. */
  readonly builtIn?: Review;
  readonly pullRequest?: PullRequestReference;
  readonly mark?: ReviewedMark;
  readonly requireReviewed: boolean;
  /** Whether errors stop what nobody reviewed. */
  readonly stopOnErrors: boolean;
}

/** The review whose files and types are those that people saw; undefined when none is. */
export function reviewedAs({ review, builtIn, mark }: CheckInput): Review | undefined {
  if (mark === undefined) return undefined;
  return [review, builtIn].find((candidate) => candidate?.filesDigest === mark.filesDigest);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/**
 * Whether this may be applied: what is applied must be what was reviewed (DESIGN §4.3), and must not fail in more ways than people saw
 * when they merged. Undefined means go on. Pure.
 */
export function stopBefore(input: CheckInput): Stop | undefined {
  const { review, mark, pullRequest } = input;
  const errors = errorsOf(review);
  if (mark === undefined) {
    if (input.requireReviewed) {
      const sentence =
        pullRequest === undefined
          ? 'No pull request brought this commit, and `require-reviewed` is set.'
          : `Pull request #${pullRequest.number} has no reviewed plan on its last commit, and \`require-reviewed\` is set.`;
      return { reason: 'not-reviewed', sentence };
    }
    return errors > 0 && input.stopOnErrors
      ? {
          reason: 'not-applyable',
          sentence: `Nobody reviewed this, and the plan has ${count(errors, 'error')}.`,
        }
      : undefined;
  }
  if (reviewedAs(input) === undefined) {
    return {
      reason: 'plan-differs',
      sentence:
        'What would be applied is not what was reviewed: something that touches the same resources was merged in between, or the types changed. Open a pull request with the state you want, or run its plan again.',
    };
  }
  return errors > mark.errors
    ? {
        reason: 'new-errors',
        sentence: `The plan now has ${count(errors, 'error')}; ${count(mark.errors, 'error')} ${mark.errors === 1 ? 'was' : 'were'} shown when it was reviewed.`,
      }
    : undefined;
}
