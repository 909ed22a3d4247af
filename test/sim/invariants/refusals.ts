import { APP_LIMITS } from '../../../app/limits.ts';
import { hasEnded } from '../../../src/core/rollout/rollout.ts';
import {
  agentsIn,
  changedMembers,
  IN_FLIGHT,
  type Invariant,
  newestRollouts,
  rolloutsIn,
  type Scene,
} from './invariant.ts';

/**
 * INV-02: a hash is never offered again to an agent that refused it, without a new decision; and while a rollout tries a
 * config on an agent that never confirms it, at most `offersPerConfig` times.
 */
export function refusals(scene: Scene): Invariant {
  const { world, database } = scene;
  const { rows } = database;
  /** Offers of a target that its agent has not confirmed since: `<uid> <hash>`. */
  const unconfirmed = new Map<string, number>();
  /** Of two with one uid the word of one confirms what the other cannot run, until they are told apart. */
  const isTwin = (uid: string): boolean => scene.agents.filter(({ id }) => id === uid).length > 1;
  const isTried = (uid: string, hash: string): boolean =>
    [...newestRollouts(scene).values()].some(
      ({ state, targetHash, members }) =>
        targetHash === hash &&
        !hasEnded(state) &&
        members.some((member) => member.agent === uid && IN_FLIGHT.includes(member.state)),
    );
  return {
    names: ['INV-02'],
    committed(_by, changes) {
      for (const { table, key, after } of changes) {
        // A new start of the hash is a new decision, and so is a rollout that goes on after it had failed.
        if (table === 'refusals' && after === undefined) unconfirmed.delete(key);
      }
      // What it was sent outside a rollout, at each of its sockets, does not count in one.
      for (const { before, after } of rolloutsIn(changes)) {
        for (const { was, member } of changedMembers(before?.rollout, after.rollout)) {
          const isNew = member.state === 'offered' && was?.state !== 'offered';
          if (isNew) unconfirmed.delete(`${member.agent} ${after.rollout.targetHash}`);
        }
      }
      for (const { uid, before, after } of agentsIn(changes)) {
        const [was, is] = [before?.target, after.target];
        if (is === undefined || is.offers <= (was?.hash === is.hash ? was.offers : 0)) {
          if (is !== undefined && was?.hash !== is.hash) unconfirmed.delete(`${uid} ${is.hash}`);
          continue;
        }
        const key = `${uid} ${is.hash}`;
        if (rows.refusals.has(key)) {
          world.violate('INV-02', `${uid} is offered ${is.hash.slice(0, 8)}, which it refused`);
        }
        const times = (unconfirmed.get(key) ?? 0) + 1;
        unconfirmed.set(key, times);
        if (times > APP_LIMITS.offersPerConfig && isTried(uid, is.hash) && !isTwin(uid)) {
          world.violate(
            'INV-02',
            `${uid} is offered ${is.hash.slice(0, 8)} ${times} times without an answer`,
          );
        }
      }
    },
    told(agent, { state, hash }) {
      if (state === 'APPLIED') unconfirmed.delete(`${agent.id} ${hash}`);
    },
  };
}
