import type { CommentContext } from '../core/report/comment-context.ts';
import { marker, markerPrefix } from '../core/report/marker.ts';
import { hasChanges } from '../core/plan/changes.ts';
import { planComment, planSubject } from '../core/report/plan-comment.ts';
import {
  rolloutComment,
  rolloutSubject,
  type RolloutCommentContext,
} from '../core/report/rollout-comment.ts';
import { byteLength } from '../core/report/untrusted.ts';
import { LIMITS } from '../core/document/limits.ts';
import type { Fitted } from '../core/report/fit.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import type { Conversation } from '../ports/conversation.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import type { CommentMode } from './comment-mode.ts';
import { reviewedStatus } from './reviewed.ts';
import type { Review } from './review.ts';

/** Budgets tried when GitHub refuses a comment as too large: GHES limits are not known (reference/pr-automation.md §4a). */
const SMALLER_BUDGETS: readonly (number | undefined)[] = [undefined, 30_000, 8000];

export interface Published {
  readonly commentUrl?: string;
  /** What the comment had to leave out. */
  readonly cuts: readonly string[];
  /** Sentences about what was not told there because the token may not, or is not as it should be but harmless. */
  readonly notes: readonly string[];
  /** Sentences about what GitHub did not take although the token may: an earlier comment may now say something else. */
  readonly failures: readonly string[];
}

/** Refusals that a read-only token earns; the job goes on with its summary. */
export function isReadOnly(error: unknown): error is OperationError {
  return error instanceof OperationError && ['forbidden', 'not-found', 'unauthorized'].includes(error.code);
}

async function upsertFitting<Url>(
  upsert: (body: string) => Promise<Url>,
  draw: (budgetBytes: number | undefined) => Fitted,
): Promise<{ url: Url; cuts: readonly string[] }> {
  for (const [index, budget] of SMALLER_BUDGETS.entries()) {
    const { body, cuts } = draw(budget);
    try {
      return { url: await upsert(body), cuts };
    } catch (error) {
      const tooLarge = error instanceof OperationError && error.code === 'too-large';
      if (!tooLarge || index === SMALLER_BUDGETS.length - 1) throw error;
    }
  }
  throw new OperationError({ code: 'too-large', message: 'The comment does not fit', hint: '' });
}

function withBudget<T extends CommentContext>(context: T, budgetBytes: number | undefined): T {
  return budgetBytes === undefined ? context : { ...context, budgetBytes };
}

const EARLIER: Readonly<Partial<Record<CommentMode, 'keep' | 'hide' | 'delete'>>> = {
  new: 'keep',
  'hide-and-new': 'hide',
  'delete-and-new': 'delete',
};

export interface PublishOptions {
  readonly pullRequest: number;
  readonly headSha: string;
  readonly comment: CommentMode;
  /** The plan drawn in full for the same context: drawing it again takes longer than telling it. */
  readonly drawn?: string;
}

/** The comment: what is drawn already where that fits, else drawn to the budget. */
function commentOf(
  review: Review,
  context: CommentContext,
  drawn: string | undefined,
  budgetBytes: number | undefined,
): Fitted {
  if (drawn !== undefined && budgetBytes === undefined) {
    const body = `${marker(planSubject(context), context.sign)}\n${drawn}`;
    if (byteLength(body) <= (context.budgetBytes ?? LIMITS.report.commentBytes)) return { body, cuts: [] };
  }
  return planComment(review.plan, withBudget(context, budgetBytes));
}

/** With `on-change`: nothing changes, nobody is warned, and no earlier comment says otherwise. */
async function isSilent(
  conversation: Conversation,
  { plan }: Review,
  mode: CommentMode,
  pullRequest: number,
  prefix: string,
): Promise<boolean> {
  if (mode !== 'on-change') return false;
  const speaks = hasChanges(plan) || plan.findings.some(({ severity }) => severity !== 'notice');
  return !speaks && !(await conversation.hasComment(pullRequest, prefix));
}

/** Writes the comment as its mode asks for; undefined where it stays silent. */
async function writeComment(
  conversation: Conversation,
  review: Review,
  context: CommentContext,
  { comment: mode, pullRequest, drawn }: PublishOptions,
): Promise<
  { readonly url: string; readonly leftover?: string; readonly cuts: readonly string[] } | undefined
> {
  const prefix = markerPrefix(planSubject(context));
  if (mode === 'off' || (await isSilent(conversation, review, mode, pullRequest, prefix))) return undefined;
  const earlier = EARLIER[mode];
  const { url: posted, cuts } = await upsertFitting(
    async (body) =>
      earlier === undefined
        ? { url: await conversation.upsertComment(pullRequest, prefix, body) }
        : conversation.replaceComments(pullRequest, prefix, body, earlier),
    (budget) => commentOf(review, context, drawn, budget),
  );
  return { ...posted, cuts };
}

/**
 * Tells a review on its pull request: the one comment, and the status that keeps what was reviewed. Never rejects for what GitHub answers:
 * with a read-only token (a fork, Dependabot) it tells nothing there and says so in `notes`; whatever else does not work is in `failures`.
 */
export async function publishReview(
  conversation: Conversation,
  review: Review,
  context: CommentContext,
  options: PublishOptions,
): Promise<Published> {
  const notes: string[] = [];
  const failures: string[] = [];
  const attempt = async <T>(
    what: string,
    consequence: string,
    tell: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await tell();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      if (isReadOnly(error)) notes.push(`${what}${consequence}. ${error.hint}.`);
      else failures.push(`${what}: ${errorText(error)}`);
      return undefined;
    }
  };
  const comment = await attempt(
    'The comment could not be written',
    ', so the plan is in the job summary',
    () => writeComment(conversation, review, context, options),
  );
  if (comment?.leftover !== undefined) {
    notes.push(`An earlier comment could not be put away: ${comment.leftover}`);
  }
  await attempt('What was reviewed could not be kept on the commit', ': apply will not know it', () =>
    conversation.setStatus(options.headSha, reviewedStatus(review, context.fullPlanUrl)),
  );
  return {
    ...(comment === undefined ? {} : { commentUrl: comment.url }),
    cuts: comment?.cuts ?? [],
    notes,
    failures,
  };
}

/**
 * Creates or edits the comment of one configuration's rollout; returns its address. With `sole`, and where another bot keeps such a
 * comment already, there is none of ours.
 */
export async function publishRollout(
  conversation: Conversation,
  pullRequest: number,
  view: RolloutView,
  context: RolloutCommentContext,
  { sole = false }: { readonly sole?: boolean } = {},
): Promise<string | undefined> {
  const prefix = markerPrefix(rolloutSubject(view, context));
  const { url } = await upsertFitting(
    (body): Promise<string | undefined> =>
      sole
        ? conversation.upsertSoleComment(pullRequest, prefix, body)
        : conversation.upsertComment(pullRequest, prefix, body),
    (budget) => rolloutComment(view, withBudget(context, budget)),
  );
  return url;
}
