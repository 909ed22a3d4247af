import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../../src/core/rollout/rollout.ts';
import { totalsOf } from '../../../src/core/rollout/view-of.ts';
import { changedMembers, IN_FLIGHT, type Invariant, rolloutsIn, type Scene } from './invariant.ts';

/**
 * - INV-07: one rollout of a configuration decides at any time, and one configuration is tried on an agent at any time.
 * - INV-08: every member stays a member, stands once, and is counted.
 * - INV-25: a rollback takes back everybody who was touched.
 * - INV-27: of what has ended only the way back goes on.
 * - INV-20: the log of a rollout tells what the rollout is (looked at by the store itself, at each writing).
 */
export function rollouts(scene: Scene): Invariant {
  const { world, database } = scene;
  const checkMembers = (rollout: Rollout, before: Rollout | undefined): void => {
    const { id, members } = rollout;
    const isNew = before === undefined || before.state === 'no-agents';
    if (!isNew && before.members.length !== members.length) {
      world.violate('INV-08', `${id} had ${before.members.length} members and has ${members.length}`);
    }
    if (new Set(members.map(({ agent }) => agent)).size !== members.length) {
      world.violate('INV-08', `${id} holds an agent twice`);
    }
    const { agents, offered, neverSaw } = totalsOf(members);
    const taken = members.filter(
      ({ offeredAt, wave }) => offeredAt === undefined && wave !== undefined,
    ).length;
    if (agents !== members.length || offered + neverSaw + taken !== members.length) {
      world.violate(
        'INV-08',
        `${id} counts ${offered} + ${neverSaw} + ${taken} of ${members.length} members`,
      );
    }
  };
  const checkBack = ({ id, state, members }: Rollout): void => {
    if (state !== 'rolling-back' && state !== 'rolled-back') return;
    const left = members.find(
      (member) =>
        IN_FLIGHT.includes(member.state) || (member.state === 'done' && member.offeredAt !== undefined),
    );
    if (left === undefined) return;
    world.violate('INV-25', `${left.name} is ${left.state} in ${id}, which is ${state}`);
  };
  const checkEnded = (rollout: Rollout, before: Rollout | undefined): void => {
    if (before === undefined || !hasEnded(before.state) || !hasEnded(rollout.state)) return;
    for (const { was, member } of changedMembers(before, rollout)) {
      if (was === undefined || was.state === 'restoring' || was.state === member.state) continue;
      world.violate(
        'INV-27',
        `${member.name} is ${member.state} now in ${rollout.id}, which is ${rollout.state}`,
      );
    }
  };
  const checkAlone = (): void => {
    const trying = new Map<string, string>();
    const active = new Set<string>();
    for (const row of database.rows.rollouts.values()) {
      if (!row.active) continue;
      const { id, configuration, members } = row.rollout;
      if (active.has(configuration)) world.violate('INV-07', `two rollouts of ${configuration} decide`);
      active.add(configuration);
      for (const { agent, name, state } of members) {
        if (!IN_FLIGHT.includes(state)) continue;
        const other = trying.get(agent);
        if (other !== undefined) world.violate('INV-07', `${id} and ${other} are tried on ${name} at once`);
        trying.set(agent, id);
      }
    }
  };
  return {
    names: ['INV-07', 'INV-08', 'INV-20', 'INV-25', 'INV-27'],
    committed(_by, changes) {
      const written = rolloutsIn(changes);
      for (const { before, after } of written) {
        checkMembers(after.rollout, before?.rollout);
        checkBack(after.rollout);
        checkEnded(after.rollout, before?.rollout);
      }
      if (written.length > 0) checkAlone();
    },
  };
}
