import { describe, expect, it } from 'vitest';
import { planComment } from '../../src/core/report/plan-comment.ts';
import { planJobSummary } from '../../src/core/report/summary.ts';
import { publishReview } from '../../src/flows/publish.ts';
import type { Review } from '../../src/flows/review.ts';
import { parseReviewed, reviewedStatus } from '../../src/flows/reviewed.ts';
import { conversation, reviewOfFiles } from './support.ts';

const context = {
  repositoryUrl: 'https://github.com/o/r',
  repository: 'o/r',
  pullRequest: 5,
  headSha: 'a'.repeat(40),
};
const options = { pullRequest: 5, headSha: context.headSha, comment: 'update' } as const;
const SOURCE =
  'apiVersion: bindplane.observiq.com/v1\nkind: Source\nmetadata: {name: a}\nspec: {type: otlp}\n';

describe('a review on its pull request', () => {
  it('is one comment, the same whether drawn before or now', async () => {
    const review = await reviewOfFiles({}, { 'a.yaml': SOURCE });
    const told = conversation();
    await publishReview(told, review, context, { ...options, drawn: planJobSummary(review.plan, context) });
    expect(told.comments[0]).toBe(planComment(review.plan, context).body);
    expect(told.statuses).toMatchObject([{ context: 'collie/reviewed', state: 'success' }]);
  });

  it('is drawn smaller when GitHub finds it too large', async () => {
    const review = await reviewOfFiles({}, { 'a.yaml': SOURCE });
    const told = conversation({ maxBytes: 600 });
    const published = await publishReview(told, review, context, options);
    // Three drawings of the comment, none small enough; the status is kept all the same.
    expect(told.attempts).toBe(4);
    expect(published.failures).toEqual(['The comment could not be written: 422']);
    expect(published.notes).toEqual([]);
    expect(told.statuses).toHaveLength(1);
  });

  it('of a read-only token says what could not be told', async () => {
    const review = await reviewOfFiles({}, { 'a.yaml': SOURCE });
    const { notes, failures, commentUrl } = await publishReview(
      conversation({ readOnly: true }),
      review,
      context,
      options,
    );
    expect(commentUrl).toBeUndefined();
    expect(notes).toHaveLength(2);
    expect(failures).toEqual([]);
  });
});

describe('earlier comments', () => {
  const changed = (): Promise<Review> => reviewOfFiles({}, { 'a.yaml': SOURCE });
  const unchanged = (): Promise<Review> => reviewOfFiles({ 'a.yaml': SOURCE }, { 'a.yaml': SOURCE });

  it.each([
    ['update', 1],
    ['new', 2],
    ['hide-and-new', 2],
    ['delete-and-new', 1],
    ['on-change', 1],
    ['off', 0],
  ] as const)('with %s two runs leave %i', async (comment, left) => {
    const told = conversation();
    for (const review of [await changed(), await changed()]) {
      await publishReview(told, review, context, { ...options, comment });
    }
    expect(told.comments).toHaveLength(left);
    expect(told.statuses).toHaveLength(2);
  });

  it('on-change says nothing about nothing, unless it has to take something back', async () => {
    const told = conversation();
    const on = { ...options, comment: 'on-change' } as const;
    await publishReview(told, await unchanged(), context, on);
    expect(told.comments).toEqual([]);
    await publishReview(told, await changed(), context, on);
    await publishReview(told, await unchanged(), context, on);
    expect(told.comments).toHaveLength(1);
    expect(told.comments[0]).toContain('No changes');
  });
});

describe('what was reviewed', () => {
  it('is kept in a status that fits, and read back', async () => {
    const review = await reviewOfFiles({}, { 'a.yaml': SOURCE });
    const { description } = reviewedStatus(review);
    expect(description.length).toBeLessThanOrEqual(140);
    expect(parseReviewed(description)).toEqual({
      filesDigest: review.filesDigest,
      types: 'built-in',
      errors: 0,
    });
  });

  it.each([
    '',
    'plan abc',
    `plan ${'0'.repeat(64)} · server types · many errors shown`,
    `x plan ${'0'.repeat(64)} · server types · 0 errors shown`,
  ])('is not read from %j', (description) => {
    expect(parseReviewed(description)).toBeUndefined();
  });
});
