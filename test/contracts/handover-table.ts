import { describe, expect, it } from 'vitest';
import type { StoredHandover } from '../../app/store/handovers.ts';
import type { Store } from '../../app/store/store.ts';

const NOW = 1_790_000_000_000;

function handover(id: string, change: Partial<StoredHandover> = {}): StoredHandover {
  return {
    id,
    repository: 'Acme/fleet',
    branch: 'main',
    commit: id.padEnd(40, '0'),
    options: { paths: ['fleet'] },
    state: 'queued',
    by: 'ana',
    scopes: ['apply'],
    at: NOW,
    attempts: 0,
    steps: [],
    started: [],
    differences: [],
    ...change,
  };
}

/** What every store promises of merges that were handed over (`app/store/handovers.ts`). */
export function handoverContract(opened: () => Store): void {
  describe('handed-over merges', () => {
    it('keep their place in the queue until they are over', async () => {
      const { handovers } = opened();
      for (const id of ['c', 'a', 'b']) await handovers.put(handover(id));
      const done: StoredHandover = {
        ...handover('a'),
        state: 'applied',
        endedAt: NOW + 1,
        pullRequest: 7,
        steps: [{ text: 'apply Source a', state: 'done', said: 'created' }],
        started: ['node:2'],
      };
      await handovers.put(done);
      await handovers.put(handover('c', { state: 'applying', attempts: 1 }));
      expect((await handovers.open()).map(({ id }) => id)).toEqual(['c', 'b']);
      expect(await handovers.get('a')).toEqual(done);
      expect(await handovers.get('x')).toBeUndefined();
      expect((await handovers.recent(2)).map(({ id }) => id)).toEqual(['b', 'a']);
    });

    it('are forgotten when they are over, the oldest first', async () => {
      const { handovers } = opened();
      for (const id of ['a', 'b', 'c', 'd']) await handovers.put(handover(id, { state: 'applied' }));
      await handovers.put(handover('b'));
      await handovers.prune(1);
      expect((await handovers.recent(9)).map(({ id }) => id)).toEqual(['d', 'b']);
      await handovers.prune(1);
      expect(await handovers.recent(9)).toHaveLength(2);
    });

    it('leave each branch where it was worked off to, whatever the case of its repository', async () => {
      const { handovers } = opened();
      const state = { repository: 'acme/fleet', branch: 'main', commit: 'two', base: 'one', first: 'zero' };
      expect(await handovers.branch('acme/fleet', 'main')).toBeUndefined();
      await handovers.putBranch({ ...state, commit: 'one' });
      await handovers.putBranch({ ...state, repository: 'Acme/Fleet' });
      expect(await handovers.branch('acme/FLEET', 'main')).toEqual(state);
      expect(await handovers.branch('acme/fleet', 'Main')).toBeUndefined();
    });
  });
}
