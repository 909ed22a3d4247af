import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import type { AgentRow } from '../store/database.ts';
import { agentsIn, type Invariant, type Scene } from './invariant.ts';

const TAKES_TARGET: readonly Member['state'][] = ['offered', 'applying', 'soaking', 'done'];

/**
 * INV-06: what an agent is to run changes only by a wave that was released, by a rollback to its own previous config, by
 * getting its configuration's proven version late, or by going back to what it ran when it refused that.
 */
export function targets(scene: Scene): Invariant {
  const { world, database } = scene;
  const { rows } = database;
  const byRollout = (uid: string, hash: string): boolean =>
    [...rows.rollouts.values()].some(({ rollout }) => {
      const member = rollout.members.find(({ agent }) => agent === uid);
      return member !== undefined && allows(rollout, member, hash);
    });
  const isProven = (hash: string): boolean =>
    [...rows.statuses.values()].some(
      ({ name, current }) => rows.configs.get(`${name}:${current ?? 0}`)?.hash === hash,
    );
  const wentBack = (uid: string, before: AgentRow, hash: string): boolean =>
    before.target?.previous?.hash === hash && rows.refusals.has(`${uid} ${before.target.hash}`);
  return {
    names: ['INV-06'],
    committed(_by, changes) {
      for (const { uid, before, after } of agentsIn(changes)) {
        const hash = after.target?.hash;
        if (hash === undefined || before === undefined || before.target?.hash === hash) continue;
        if (byRollout(uid, hash) || isProven(hash) || wentBack(uid, before, hash)) continue;
        world.violate('INV-06', `${uid} is to run ${hash.slice(0, 8)} now, and nothing says why`);
      }
    },
  };
}

function allows({ targetHash }: Rollout, member: Member, hash: string): boolean {
  if (hash === targetHash) return TAKES_TARGET.includes(member.state);
  const wasTouched = member.offeredAt !== undefined || member.carried === true;
  return hash === member.previousHash && wasTouched;
}
