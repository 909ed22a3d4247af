import type { Invariant, Scene } from './invariant.ts';

/**
 * - INV-12: each webhook that was acknowledged had its effect, once: its merge is known.
 * - INV-13: the last check of a merge commit is the truth: success exactly where the rollout of its render was stable.
 */
export function told(scene: Scene): Invariant {
  const { world, database, github } = scene;
  const { rows } = database;
  return {
    names: ['INV-12', 'INV-13'],
    unrest() {
      if (github === undefined) return undefined;
      const waiting = [...rows.deliveries.values()].find(({ state }) => state === 'pending');
      if (waiting !== undefined) return `webhook ${waiting.id} is not worked off`;
      // The reporter's own note of open checks is sent to nobody; one that a crash left open changes nothing.
      const untold = [...rows.outbox.values()].find(
        ({ state, key }) => state === 'pending' && key !== 'open-checks',
      );
      return untold === undefined ? undefined : `${untold.key} is not told`;
    },
    atRest() {
      if (github === undefined) return;
      for (const { number, commit, configuration, renderHash } of github.merges) {
        const known = [...rows.origins.values()].filter(
          (origin) => origin.configuration.startsWith('merges:') && origin.commit === commit,
        );
        const isAccepted = github.accepted.has(`delivery-${number}`);
        if (isAccepted && known.length !== 1) {
          world.violate('INV-12', `the merge of pull request ${number} is known ${known.length} times`);
        }
        const rollouts = [...rows.rollouts.values()]
          .filter(
            ({ rollout }) => rollout.configuration === configuration && rollout.targetHash === renderHash,
          )
          .sort((a, b) => a.seq - b.seq);
        const last = rollouts.at(-1)?.rollout;
        const isStored = [...rows.origins.values()].some((origin) => origin.renderHash === renderHash);
        if (last === undefined || !isStored || last.state === 'no-agents') continue;
        const check = github.checks.get(`${commit} rollout:${configuration}`);
        const isGreen = check?.status === 'completed' && check.conclusion === 'success';
        if (check === undefined || isGreen !== (last.state === 'stable')) {
          const says = check === undefined ? 'is missing' : `says ${check.status} ${check.conclusion ?? ''}`;
          world.violate('INV-13', `${last.id} is ${last.state}, and its check ${says}`);
        }
        if (github.comments.get(number) === undefined) {
          world.violate('INV-13', `${last.id} is ${last.state}, and pull request ${number} was told nothing`);
        }
      }
    },
  };
}
