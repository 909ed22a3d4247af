import { isOver, type BranchState } from '../../../app/store/handovers.ts';
import type { StoredOrigin } from '../../../app/store/store.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { APPLIED, placeOf } from '../handovers.ts';
import type { Invariant, Scene } from './invariant.ts';

/**
 * - INV-11: the applied commit of a branch never goes back, whatever order jobs hand merges over in.
 * - INV-29: a merge whose handing over was acknowledged is worked off (or its job is told that GitHub stays away), and every merge before it that the server knows of with it.
 */
export function handedOver(scene: Scene): Invariant {
  const { world, database, github } = scene;
  const { rows } = database;
  let newest = -1;
  const applied = new Set<number>();
  const place = (commit: string): number => placeOf(github?.commits() ?? [], commit);
  return {
    names: ['INV-11', 'INV-29'],
    committed(_by, changes) {
      for (const { table, before, after } of changes) {
        if (table === 'branches' && after !== undefined) {
          const was = before as BranchState | undefined;
          const is = after as BranchState;
          const back = was !== undefined && place(is.commit) < place(was.commit);
          if (back) world.violate('INV-11', `the branch goes back to ${is.commit}`);
        }
        if (table !== 'origins' || after === undefined) continue;
        const origin = after as StoredOrigin;
        if (origin.configuration !== APPLIED) continue;
        const at = place(origin.commit);
        if (at < newest) world.violate('INV-11', `${origin.commit} is applied after a later one`);
        newest = Math.max(newest, at);
        applied.add(at);
      }
    },
    unrest() {
      const open = [...rows.handovers.values()].find((handover) => !isOver(handover));
      return open === undefined ? undefined : `merge ${open.commit} is not worked off`;
    },
    atRest() {
      const [branch] = rows.branches.values();
      if (github === undefined || branch === undefined) return;
      // Whose job was told that GitHub stayed away is not worked off; it comes with the next one.
      const givenUp = new Set(
        [...rows.handovers.values()].flatMap(({ state, attempts, commit }) =>
          state === 'failed' && attempts >= APP_LIMITS.handoverAttempts ? [commit] : [],
        ),
      );
      const taken = [...github.jobs.accepted].filter((commit) => !givenUp.has(commit));
      const last = Math.max(-1, ...taken.map(place));
      if (place(branch.commit) < last) {
        world.violate('INV-29', `the branch stands at ${branch.commit}, and a later merge was handed over`);
      }
      const passed = new Set([...givenUp].map(place));
      for (let at = place(branch.first); at <= place(branch.commit); at += 1) {
        if (!applied.has(at) && !passed.has(at)) world.violate('INV-29', `merge ${at + 1} was never applied`);
      }
    },
  };
}
