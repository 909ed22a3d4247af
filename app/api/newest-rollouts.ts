import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { Store } from '../store/store.ts';

interface Known {
  readonly revision: string | null;
  readonly rollout: Rollout;
}

/** What was read of each store, by the id of the rollout. */
const KNOWN = new WeakMap<Store, ReadonlyMap<string, Known>>();

/** The newest rollout of each configuration, by its name. Only those that were written since the last call are read again. */
export async function newestRollouts(store: Store): Promise<ReadonlyMap<string, Rollout>> {
  const known = KNOWN.get(store);
  const now = new Map<string, Known>();
  for (const { id, revision } of await store.rollouts.newestRevisions()) {
    const before = known?.get(id);
    if (before !== undefined && before.revision === revision) {
      now.set(id, before);
      continue;
    }
    const rollout = await store.rollouts.get(id);
    // It may have been deleted in between.
    if (rollout !== undefined) now.set(id, { revision, rollout });
  }
  KNOWN.set(store, now);
  return new Map([...now.values()].map(({ rollout }) => [rollout.configuration, rollout]));
}
