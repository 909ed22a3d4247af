import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../../src/core/rollout/rollout.ts';
import type { CommandName } from '../operator.ts';
import type { RowChange } from '../store/database.ts';
import {
  agentsIn,
  changedMembers,
  type Invariant,
  isAsked,
  newestRollouts,
  rolloutsIn,
  type Scene,
} from './invariant.ts';

type State = Rollout['state'];

/**
 * Commands by which a rollout may come from one state into another; those that are not named here are the engine's own to
 * take, where `INV-01` and its like hold it. What a person did, only a person undoes.
 */
function commandsFor(
  from: State | undefined,
  { state: to, pause }: Rollout,
): readonly CommandName[] | undefined {
  if (from === to) return undefined;
  if (from === undefined || to === 'replaced') return ['start', 'retry'];
  if (to === 'aborted') return ['abort'];
  if (to === 'rolling-back' && from !== 'started' && from !== 'paused') return ['rollback'];
  if (to === 'paused') return pause?.kind === 'user' ? ['pause'] : undefined;
  if (to === 'started' && from !== 'no-agents' && from !== 'pending') return ['resume', 'start', 'promote'];
  const isOver = from === 'aborted' || from === 'replaced' || from === 'rolled-back';
  return isOver ? ['rollback', 'start', 'resume', 'retry'] : undefined;
}

/** Tables that only the process which decides may write. */
function decides(changes: readonly RowChange[]): string | undefined {
  const found = changes.find(
    ({ table }) => table === 'rollouts' || table === 'refusals' || table === 'statuses',
  );
  if (found !== undefined) return `${found.table} ${found.key}`;
  const moved = agentsIn(changes).find(
    ({ before, after }) => before !== undefined && before.target?.hash !== after.target?.hash,
  );
  return moved === undefined ? undefined : `the target of ${moved.uid}`;
}

/**
 * - INV-03: what was acknowledged (an apply, pause, abort, rollback) is stored, and nothing but another command undoes it.
 * - INV-05: no offer after a pause, a hold or an end was committed; nothing is decided by a process that does not hold the lease.
 */
export function commands(scene: Scene): Invariant {
  const { world, database } = scene;
  /** States that were committed of each rollout. */
  const states = new Map<string, Set<State>>();
  const isLeader = (by: string): boolean => {
    const holder = database.rows.leases.get('decider')?.holder;
    const process = scene.cluster().processes.find(({ name }) => name === by);
    return process?.replica === undefined || process.replica.id === holder;
  };
  const checkOffers = (changes: readonly RowChange[]): void => {
    for (const { uid, before, after } of agentsIn(changes)) {
      const { target } = after;
      if (target === undefined || before?.target?.hash !== target.hash) continue;
      if (target.offers <= before.target.offers) continue;
      const rollout = newestRollouts(scene).get(target.configuration);
      if (rollout?.targetHash !== target.hash) continue;
      const member = rollout.members.find(({ agent }) => agent === uid);
      if (member?.state !== 'offered') continue;
      if (rollout.state === 'paused' || hasEnded(rollout.state)) {
        world.violate('INV-05', `${member.name} is offered ${rollout.id}, which is ${rollout.state}`);
      }
    }
  };
  const checkHeld = (changes: readonly RowChange[]): void => {
    for (const { before, after } of rolloutsIn(changes)) {
      const { id, configuration } = after.rollout;
      const isHeld = database.rows.holds.has('') || database.rows.holds.has(configuration);
      const isGoing = after.rollout.state === 'started';
      if (!isHeld && isGoing) continue;
      for (const { was, member } of changedMembers(before?.rollout, after.rollout)) {
        if (member.state !== 'offered' || was?.state === 'offered') continue;
        const why = isHeld ? `${configuration} is held` : `it is ${after.rollout.state}`;
        world.violate('INV-05', `${id} offers to ${member.name} while ${why}`);
      }
    }
  };
  return {
    names: ['INV-03', 'INV-05'],
    committed(by, changes) {
      for (const { before, after } of rolloutsIn(changes)) {
        const { id, state, configuration } = after.rollout;
        states.set(id, (states.get(id) ?? new Set()).add(state));
        const from = before?.rollout.state;
        const needed = commandsFor(from, after.rollout);
        if (needed !== undefined && !isAsked(scene, by, needed, configuration)) {
          world.violate('INV-03', `${id} goes from ${from ?? 'nothing'} to ${state} and nobody asked for it`);
        }
      }
      checkHeld(changes);
      const decision = decides(changes);
      if (decision !== undefined && !isLeader(by)) {
        world.violate('INV-05', `${by} decides (${decision}) and does not hold the lease`);
      }
      checkOffers(changes);
    },
    answered({ name, answer, on, rollout }) {
      if (answer !== 'done' || rollout === undefined) return;
      const seen = states.get(rollout.id);
      if (seen?.has(rollout.state) !== true) {
        world.violate(
          'INV-03',
          `${name} of ${on} was acknowledged as ${rollout.state}, which was never stored`,
        );
      }
    },
  };
}
