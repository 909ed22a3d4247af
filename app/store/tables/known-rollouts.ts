import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import type { RolloutRevision, RolloutTable } from '../store.ts';

/** Rollouts that were read before: one that nobody wrote since is the same value again, and is not read. */
export class KnownRollouts {
  #known = new Map<string, { readonly revision: string; readonly rollout: Rollout }>();

  /** The rollouts of these writings, in their order; all others are forgotten. One that was deleted meanwhile is left out. */
  async of(table: RolloutTable, revisions: readonly RolloutRevision[]): Promise<readonly Rollout[]> {
    const now = new Map<string, { readonly revision: string; readonly rollout: Rollout }>();
    for (const { id, revision } of revisions) {
      const known = this.#known.get(id);
      const rollout = known?.revision === revision ? known.rollout : await table.get(id);
      if (rollout !== undefined) now.set(id, { revision, rollout });
    }
    this.#known = now;
    return [...now.values()].map(({ rollout }) => rollout);
  }

  /** This is what the writing of that name wrote. */
  keep(revision: string, rollout: Rollout): void {
    this.#known.set(rollout.id, { revision, rollout });
  }
}
