import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HandoverWorker } from '../../../app/handovers/worker.ts';
import type { End } from '../../../app/handovers/carry-out.ts';
import type { Stage } from '../../../app/handovers/way.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import type { StoredHandover } from '../../../app/store/handovers.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import type { HandoverStep } from '../../../src/ports/handover.ts';
import { OperationError } from '../../../src/ports/operation-error.ts';
import { SkippingClock } from '../manual-clock.ts';
import { HandHistory } from './history.ts';

const APPLIED: End = { state: 'applied', steps: [], started: [], differences: [] };
const FAILED: End = { ...APPLIED, state: 'failed', reason: 'apply-failed', sentence: 'no room' };
const AT_A = { repository: 'acme/fleet', branch: 'main', commit: 'a', base: 'a', first: 'a' };
const AWAY = new OperationError({
  code: 'unreachable',
  message: 'GitHub is away',
  hint: '',
  retryable: true,
});

let store: Store;
let history: HandHistory;
/** Commits with their bases, as they were applied. */
let applied: string[];
let ends: Map<string, (told: (step: HandoverStep) => void) => Promise<End>>;
let leads: boolean;
let warnings: string[];

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  history = HandHistory.line('a', 'b', 'c', 'd');
  applied = [];
  ends = new Map();
  leads = true;
  warnings = [];
});

afterEach(() => store.close());

async function carryOut(
  { commit }: StoredHandover,
  { base = '-' }: Stage,
  told: (step: HandoverStep) => void,
): Promise<End> {
  applied.push(`${base}..${commit}`);
  return (await ends.get(commit)?.(told)) ?? APPLIED;
}

function worker(clock = new SkippingClock()): HandoverWorker {
  return new HandoverWorker({
    store,
    clock,
    duty: {
      get leads() {
        return leads;
      },
    },
    limits: APP_LIMITS,
    history: async (repository) => (repository === 'other/place' ? undefined : history),
    carryOut,
    warn: (message) => void warnings.push(message),
  });
}

function handover(commit: string, change: Partial<StoredHandover> = {}): StoredHandover {
  return {
    id: `id-${commit}`,
    repository: 'acme/fleet',
    branch: 'main',
    commit,
    state: 'queued',
    by: 'ana',
    scopes: ['apply'],
    at: 0,
    attempts: 0,
    steps: [],
    started: [],
    differences: [],
    ...change,
  };
}

async function hand(commit: string, change: Partial<StoredHandover> = {}): Promise<void> {
  await store.handovers.put(handover(commit, change));
}

async function workOff(): Promise<void> {
  const working = worker();
  working.wake();
  await working.idle();
}

const state = async (commit: string): Promise<string | undefined> =>
  (await store.handovers.get(`id-${commit}`))?.state;

describe('merges that were handed over', () => {
  it('are applied in the order of their branch, whatever order they came in (REL-15)', async () => {
    await store.handovers.putBranch(AT_A);
    for (const commit of ['d', 'b', 'c']) await hand(commit);
    await workOff();
    expect(applied).toEqual(['a..b', 'b..c', 'c..d']);
    expect(await Promise.all(['b', 'c', 'd'].map(state))).toEqual(['applied', 'applied', 'applied']);
  });

  it('bring those before them whose job was cancelled, which are told who asked for them', async () => {
    await store.handovers.putBranch(AT_A);
    await hand('c');
    await workOff();
    expect(applied).toEqual(['a..b', 'b..c']);
    const [newest] = await store.handovers.recent(1);
    expect(newest).toMatchObject({ commit: 'b', state: 'applied', by: 'ana, with c' });
  });

  it('are included where a later one was worked off, and end as they did with it', async () => {
    await hand('b');
    await hand('c');
    await workOff();
    await store.handovers.prune(0);
    await hand('b');
    await hand('a');
    await workOff();
    expect(await store.handovers.get('id-b')).toMatchObject({ state: 'included', includedIn: 'c' });
    expect(await store.handovers.get('id-a')).toMatchObject({ state: 'stopped', reason: 'overtaken' });
    ends.set('d', async () => ({ ...FAILED, started: ['node:2'] }));
    await hand('d');
    await workOff();
    await hand('e');
    history = HandHistory.line('a', 'b', 'c', 'd', 'e');
    await workOff();
    await hand('d', { id: 'again' });
    await workOff();
    expect(await store.handovers.get('again')).toMatchObject({
      state: 'failed',
      sentence: 'no room',
      started: ['node:2'],
    });
  });

  it('are planned with what failed before them', async () => {
    ends.set('b', async () => FAILED);
    await hand('b');
    await hand('c');
    await workOff();
    expect(applied).toEqual(['a..b', 'a..c']);
    expect(await store.handovers.branch('acme/fleet', 'main')).toMatchObject({ commit: 'c', base: 'c' });
  });

  it('are tried again while somebody is away, without holding up other repositories', async () => {
    let away = 3;
    ends.set('b', async () => {
      away -= 1;
      if (away >= 0) throw AWAY;
      return APPLIED;
    });
    await hand('b');
    await hand('c', { repository: 'acme/other' });
    await workOff();
    expect(applied).toEqual(['a..b', 'b..c', 'a..b', 'a..b', 'a..b']);
    expect(await state('b')).toBe('applied');
    expect(warnings).toHaveLength(3);
  });

  it('stay in order where a later one was begun, and nobody knows what came of it (INV-11)', async () => {
    ends.set('c', async () => {
      if (applied.length > 1) return APPLIED;
      await hand('b');
      throw AWAY;
    });
    await hand('c');
    await workOff();
    expect(applied).toEqual(['b..c', 'b..c']);
    expect(await Promise.all(['b', 'c'].map(state))).toEqual(['stopped', 'applied']);
  });

  it('come to their end before a later one is begun', async () => {
    await store.handovers.putBranch(AT_A);
    ends.set('b', async () => {
      if (applied.length > 1) return APPLIED;
      throw AWAY;
    });
    await hand('c');
    await workOff();
    expect(applied).toEqual(['a..b', 'a..b', 'b..c']);
  });

  it('go with the next one where they were begun too often', async () => {
    await store.handovers.putBranch({ ...AT_A, commit: 'b' });
    await hand('c');
    await hand('b', { state: 'applying', attempts: APP_LIMITS.handoverAttempts });
    await workOff();
    expect(applied).toEqual(['a..c']);
    expect(await Promise.all(['b', 'c'].map(state))).toEqual(['failed', 'applied']);
  });

  it('fail when nobody ever comes back, and when trying again cannot help', async () => {
    ends.set('b', async () => Promise.reject(AWAY));
    await hand('b');
    await workOff();
    expect(applied).toHaveLength(APP_LIMITS.handoverAttempts);
    expect(await store.handovers.get('id-b')).toMatchObject({ state: 'failed', sentence: 'GitHub is away' });
    const tooLarge = new OperationError({ code: 'repository-too-large', message: 'Too large', hint: '' });
    ends.set('c', async () => Promise.reject(tooLarge));
    await hand('c');
    await workOff();
    expect(await store.handovers.get('id-c')).toMatchObject({
      state: 'failed',
      sentence: 'Too large',
      attempts: 1,
    });
  });

  it.each([
    ['of a commit that the branch does not have', { commit: 'x' }, 'stopped', 'not-on-branch'],
    ['of a repository without the app', { repository: 'other/place' }, 'failed', 'not-installed'],
    ['that was begun too often', { attempts: APP_LIMITS.handoverAttempts }, 'failed', 'apply-failed'],
  ])('%s end with a sentence', async (_what, change, ended, reason) => {
    await hand('b', change);
    await workOff();
    expect(await store.handovers.get('id-b')).toMatchObject({
      state: ended,
      reason,
      sentence: expect.any(String),
    });
    expect(applied).toEqual([]);
  });

  it('tell each step while they are applied', async () => {
    const steps: HandoverStep[] = [1, 2].map((number) => ({
      text: `step ${number}`,
      state: 'done',
      said: '',
    }));
    ends.set('b', async (told) => {
      for (const step of steps) told(step);
      await expect.poll(() => store.handovers.get('id-b')).toMatchObject({ state: 'applying', steps });
      return { ...APPLIED, steps };
    });
    await hand('b');
    await workOff();
    expect(await store.handovers.get('id-b')).toMatchObject({ state: 'applied', steps });
  });

  it('stay as another process ended them while this one stood still (REL-21)', async () => {
    ends.set('b', async () => {
      if (applied.length > 1) return APPLIED;
      const other = worker();
      other.wake();
      await other.idle();
      return FAILED;
    });
    await hand('b');
    await hand('c');
    await workOff();
    expect(applied).toEqual(['a..b', 'a..b', 'b..c']);
    expect(await Promise.all(['b', 'c'].map(state))).toEqual(['applied', 'applied']);
    expect(await store.handovers.branch('acme/fleet', 'main')).toMatchObject({ commit: 'c', base: 'c' });
  });

  it('wait where another process decides, and are taken up where a crash left them', async () => {
    leads = false;
    await hand('b', { state: 'applying', attempts: 1 });
    await workOff();
    expect(applied).toEqual([]);
    leads = true;
    await workOff();
    expect([applied, await state('b')]).toEqual([['a..b'], 'applied']);
  });
});

it('a branch never goes back, and ends with its newest merge, in whatever order jobs come, come again or fail (INV-11)', async () => {
  const commits = ['b', 'c', 'd', 'e', 'f'];
  const job = fc.record({ commit: fc.constantFrom(...commits), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(job, { maxLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      async (jobs, together) => {
        await store.close();
        store = await openSqliteStore(':memory:', () => 0);
        history = HandHistory.line('a', ...commits);
        applied = [];
        const all = [...jobs, { commit: 'f', fails: false }];
        for (let from = 0; from < all.length; from += together) {
          for (const [index, { commit, fails }] of all.slice(from, from + together).entries()) {
            ends.set(commit, async () => (fails ? FAILED : APPLIED));
            await hand(commit, { id: `${from + index}` });
          }
          await workOff();
        }
        const order = applied.map((one) => one.slice(-1));
        expect(order).toEqual(order.toSorted());
        // Each begins where the one before left the server: nothing of the branch is left out.
        expect((await store.handovers.branch('acme/fleet', 'main'))?.base).toBe('f');
        expect(await store.handovers.open()).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});
