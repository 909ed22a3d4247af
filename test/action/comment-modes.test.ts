import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStage, type JobStage } from './stage.ts';

/** Two runs on one pull request, over GitHub's API. */
describe('comments of earlier runs', () => {
  let stage: JobStage;
  beforeAll(async () => {
    stage = await createStage();
  });
  afterAll(() => stage.close());

  it.each([
    [1, 'hide-and-new', ['OUTDATED', undefined]],
    [2, 'delete-and-new', [undefined]],
    [3, 'update', [undefined]],
  ] as const)('on pull request %i: %s', async (act, comment, left) => {
    const proposal = await stage.propose(act);
    await stage.plan(proposal, { comment });
    await stage.plan(proposal, { comment });
    const { comments } = stage.gitHub.state;
    const own = comments.filter(({ number }) => number === proposal.number);
    expect(own.map(({ minimized }) => minimized)).toEqual(left);
  });
});
