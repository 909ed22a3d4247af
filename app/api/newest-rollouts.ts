import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { KnownRollouts } from '../store/tables/known-rollouts.ts';
import type { Store } from '../store/store.ts';

/** What was read of each store. */
const KNOWN = new WeakMap<Store, KnownRollouts>();

/** The newest rollout of each configuration, by its name. Only those that were written since the last call are read again. */
export async function newestRollouts(store: Store): Promise<ReadonlyMap<string, Rollout>> {
  const known = KNOWN.get(store) ?? new KnownRollouts();
  KNOWN.set(store, known);
  const newest = await known.of(store.rollouts, await store.rollouts.newestRevisions());
  return new Map(newest.map((rollout) => [rollout.configuration, rollout]));
}
