import { describe, expect, it } from 'vitest';
import { sinceReview, type Stale } from '../../src/flows/reviewed-again.ts';
import { review, type ReviewInput } from '../../src/flows/review.ts';
import type { ReviewedMark } from '../../src/flows/reviewed.ts';
import { loadCatalogue } from '../../src/io/files.ts';
import { builtInTypes } from '../support/repository.ts';
import { repositoryOf } from './support.ts';

const source = (port: number): string => `apiVersion: bindplane.observiq.com/v1
kind: Source
metadata: { name: in }
spec: { type: otlp, parameters: [{ name: grpc_port, value: ${port} }] }
`;

/** A pull request from `base` to `head`, reviewed; it was merged as from `before` to `merged`. */
async function stale(
  ports: Readonly<Record<'base' | 'head' | 'before' | 'merged', number>>,
  mark: Partial<ReviewedMark> = {},
  missing: readonly string[] = [],
): Promise<Stale> {
  const revisions = Object.fromEntries(
    Object.entries(ports)
      .filter(([name]) => !missing.includes(name))
      .map(([name, port]) => [name, { 'in.yaml': source(port) }]),
  );
  const repository = { ...repositoryOf(revisions), mergeBase: async () => 'base' };
  const common = { repository, paths: [], types: builtInTypes(), catalogue: await loadCatalogue() };
  const input: ReviewInput = { ...common, base: 'before', head: 'merged' };
  const [{ filesPlan }, reviewed] = await Promise.all([
    review(input),
    review({ ...common, base: 'base', head: 'head' }),
  ]);
  const seen = { filesDigest: reviewed.filesDigest, types: 'built-in' as const, errors: 0, ...mark };
  const pullRequest = { number: 7, headSha: 'head', baseRef: 'main', merged: true, title: '', url: '' };
  return sinceReview({ input, repository, pullRequest, mark: seen, now: filesPlan });
}

describe('a plan that went stale', () => {
  it('is made again from the commits of the pull request, and compared', async () => {
    const { difference, note } = await stale({ base: 1, head: 2, before: 1, merged: 3 });
    expect(note).toBe('What changed between the plan that was reviewed and the one of now:');
    expect(difference?.changes).toEqual([{ key: 'Source/in', reviewed: 'update', now: 'update' }]);
  });

  it('says where the plan made again is not the one that people saw', async () => {
    const { difference, note } = await stale(
      { base: 1, head: 2, before: 1, merged: 3 },
      { filesDigest: '0'.repeat(64) },
    );
    expect(note).toContain('the reviewed plan was made on another base or with other types');
    expect(difference?.changes).toHaveLength(1);
  });

  it('says that only what it was planned with differs', async () => {
    const { difference, note } = await stale({ base: 1, head: 2, before: 1, merged: 2 });
    expect(difference).toBeUndefined();
    expect(note).toContain('change the same as before');
  });

  it('says that it cannot be compared without its commits', async () => {
    const { difference, note } = await stale({ base: 1, head: 2, before: 1, merged: 3 }, {}, ['head']);
    expect(difference).toBeUndefined();
    expect(note).toContain('`fetch-depth: 0`');
  });
});
