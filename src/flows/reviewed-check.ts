import { hasFindingsAtLeast, placeText, type Finding, type Severity } from '../core/document/finding.ts';
import type { PullRequestReference } from '../ports/conversation.ts';
import { errorsOf, type ReviewedMark } from './reviewed.ts';
import type { Review } from './review.ts';

/** Why nothing is applied: a word that does not change, and a sentence for people. */
export interface Stop {
  readonly reason: 'not-reviewed' | 'plan-differs' | 'new-errors' | 'not-applyable' | 'findings';
  readonly sentence: string;
  /** What stands against it one by one, with places, where the sentence does not name it. */
  readonly causes: readonly string[];
}

/** A stop as lines of text: the sentence, then each cause. */
export function stopText({ sentence, causes }: Stop): string {
  return [sentence, ...causes.map((cause) => `  ${cause}`)].join('\n');
}

/** Findings that stop an apply, as `fail-on` names them. */
export type FailOn = Severity | 'never';

export interface CheckInput {
  /** What would be applied now. */
  readonly review: Review;
  /** The same change planned with built-in types, where that is how it was reviewed. */
  readonly builtIn?: Review;
  readonly pullRequest?: PullRequestReference;
  readonly mark?: ReviewedMark;
  readonly requireReviewed: boolean;
  /**
   * Findings that stop it. Where nobody said: none that people saw when they merged, and errors where nobody reviewed. What cannot be
   * applied as it is written stops it whatever this says.
   */
  readonly failOn?: FailOn;
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
 * Whether a plan can be applied at all, and whether findings about agents speak against it. `setting` is how the person at hand says
 * `fail-on: never`. Undefined means go on. Pure.
 */
export function stopForFindings({ plan }: Review, failOn: FailOn, setting: string): Stop | undefined {
  if (!plan.applyable) {
    const causes = plan.notApplyableReasons ?? [];
    return {
      reason: 'not-applyable',
      sentence:
        'The files cannot be applied as they are written: the server would refuse them, or they would do harm that no rollout notices.',
      causes: causes.slice(0, SHOWN_CAUSES),
    };
  }
  if (failOn === 'never' || !hasFindingsAtLeast(plan.findings, failOn)) return undefined;
  const found = plan.findings.filter((finding) => hasFindingsAtLeast([finding], failOn));
  const rules = [...new Set(found.map(({ rule }) => rule))].join(', ');
  return {
    reason: 'findings',
    sentence: `The plan has ${count(found.length, 'finding')} at or above \`${failOn}\` (${rules}). Mend what they name, or apply all the same with ${setting}.`,
    causes: found.slice(0, SHOWN_CAUSES).map(causeText),
  };
}

function causeText({ rule, message, at }: Finding): string {
  return `${at === undefined ? '' : `${placeText(at)}: `}${rule}: ${message}`;
}

/** Causes told with a stop; the plan beside it has all. */
const SHOWN_CAUSES = 10;

/**
 * Whether this may be applied: what is applied must be what was reviewed (DESIGN §4.3), and must not fail in more ways than people saw
 * when they merged. Errors about agents that they saw stop nothing unless `failOn` says so. Undefined means go on. Pure.
 */
export function stopBefore(input: CheckInput): Stop | undefined {
  const { review, mark, pullRequest, failOn } = input;
  const setting = '`fail-on: never`';
  const broken = stopForFindings(review, 'never', setting);
  if (broken !== undefined) return broken;
  if (mark === undefined) {
    if (input.requireReviewed) {
      const sentence =
        pullRequest === undefined
          ? 'No pull request brought this commit, and `require-reviewed` is set.'
          : `Pull request #${pullRequest.number} has no reviewed plan on its last commit, and \`require-reviewed\` is set.`;
      return { reason: 'not-reviewed', sentence, causes: [] };
    }
    const stop = stopForFindings(review, failOn ?? 'error', setting);
    return stop === undefined ? undefined : { ...stop, sentence: `Nobody reviewed this. ${stop.sentence}` };
  }
  if (reviewedAs(input) === undefined) {
    return {
      reason: 'plan-differs',
      sentence:
        'What would be applied is not what was reviewed: something that touches the same resources was merged in between, or the types changed. Open a pull request with the state you want, or run its plan again.',
      causes: [],
    };
  }
  return newErrors(input, mark) ?? stopForFindings(review, failOn ?? 'never', setting);
}

function newErrors({ review, failOn }: CheckInput, mark: ReviewedMark): Stop | undefined {
  const errors = errorsOf(review);
  if (failOn === 'never' || errors <= mark.errors) return undefined;
  return {
    reason: 'new-errors',
    sentence: `The plan now has ${count(errors, 'error')}; ${count(mark.errors, 'error')} ${mark.errors === 1 ? 'was' : 'were'} shown when it was reviewed. Open a pull request that mends them, or apply all the same with \`fail-on: never\`.`,
    causes: [],
  };
}
