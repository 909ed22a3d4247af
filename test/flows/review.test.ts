import { describe, expect, it } from 'vitest';
import { review } from '../../src/flows/review.ts';
import { loadCatalogue } from '../../src/io/files.ts';
import type { Repository, RepositoryFile } from '../../src/ports/repository.ts';
import { builtInTypes } from '../support/repository.ts';

/** A repository whose base is empty and whose head has these files. */
function repositoryOf(head: readonly RepositoryFile[]): Repository {
  return {
    resolve: async (revision) => revision,
    mergeBase: async (revision) => revision,
    files: async (revision) => (revision === 'head' ? head : []),
  };
}

describe('a review', () => {
  it('tells of files that were listed and not read', async () => {
    const { plan } = await review({
      repository: repositoryOf([
        { path: 'link.yaml', size: 3, problem: 'symlink' },
        { path: 'lib.yaml', size: 0, problem: 'submodule' },
        { path: 'huge.yaml', size: 40 * 1_048_576, problem: 'too-large' },
        { path: 'bytes.yaml', size: 2, bytes: Buffer.from([0x61, 0xff]) },
      ]),
      base: 'base',
      head: 'head',
      paths: [],
      types: builtInTypes(),
      catalogue: await loadCatalogue(),
    });
    expect(plan.findings.map(({ severity, at }) => [severity, at?.file])).toEqual([
      ['error', 'bytes.yaml'],
      ['error', 'huge.yaml'],
      ['warning', 'lib.yaml'],
      ['warning', 'link.yaml'],
    ]);
    // What could not be read may hold anything: nothing is applied around it.
    expect(plan.applyable).toBe(false);
    expect(plan.complete).toBe(false);
  });
});
