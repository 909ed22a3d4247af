import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import type { GitHubAccess } from '../../../app/webhooks/access.ts';
import { pullRequestFinder } from '../../../app/webhooks/commits.ts';
import { type Merges, mergesIn } from '../../../app/webhooks/merges.ts';
import { ManualClock } from '../manual-clock.ts';

const REPOSITORY = 'shop/collectors';
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];

let store: Store;
let clock: ManualClock;
let merges: Merges;

beforeEach(async () => {
  clock = new ManualClock();
  store = await openSqliteStore(':memory:', () => clock.now());
  merges = mergesIn(store.origins, () => clock.now());
});

afterEach(async () => {
  await store.close();
});

describe('merges', () => {
  it('are kept once a commit: the first that was told holds', async () => {
    const merge = { repository: REPOSITORY, commit: ONE, pullRequest: 41, branch: 'main' };
    expect(await merges.keep(merge)).toBe('new');
    expect(await merges.keep(merge)).toBe('known');
    expect(await merges.keep({ ...merge, pullRequest: 99 })).toBe('known');
    expect(await merges.of(REPOSITORY)).toEqual([merge]);
  });

  it('are of one repository, whatever its case, and no configuration’s origin', async () => {
    await merges.keep({ repository: REPOSITORY, commit: ONE, pullRequest: 41, branch: 'main' });
    expect(await merges.find('Shop/Collectors', ONE)).toMatchObject({ pullRequest: 41 });
    expect(await merges.find('shop/other', ONE)).toBeUndefined();
    expect(await store.origins.of(REPOSITORY)).toEqual([]);
  });
});

describe('the pull request of a commit', () => {
  it('is asked from GitHub when no webhook told it, kept, and asked again after a minute when there was none', async () => {
    const asked: string[] = [];
    let linked: readonly unknown[] = [];
    const access: Pick<GitHubAccess, 'clientOf'> = {
      clientOf: async () => ({
        request: async (_route, parameters) => {
          asked.push(String(parameters?.['commit_sha']));
          return { status: 200, data: linked };
        },
      }),
    };
    const find = pullRequestFinder({ access, merges, clock });
    expect(await find(REPOSITORY, ONE)).toBeUndefined();
    linked = [
      { number: 7, merged_at: null, base: { ref: 'main' } },
      { number: 41, merged_at: '2026-01-02T03:04:05Z', merge_commit_sha: ONE, base: { ref: 'main' } },
    ];
    expect(await find(REPOSITORY, ONE)).toBeUndefined();
    clock.advance(60_000);
    expect(await find(REPOSITORY, ONE)).toBe(41);
    expect(await find(REPOSITORY, ONE)).toBe(41);
    expect(asked).toEqual([ONE, ONE]);
    await merges.keep({ repository: REPOSITORY, commit: TWO, pullRequest: 42, branch: 'main' });
    expect(await find(REPOSITORY, TWO)).toBe(42);
    expect(asked).toEqual([ONE, ONE]);
  });

  it('is nobody’s where the app is not installed', async () => {
    const find = pullRequestFinder({ access: { clientOf: async () => undefined }, merges, clock });
    expect(await find(REPOSITORY, ONE)).toBeUndefined();
  });
});
