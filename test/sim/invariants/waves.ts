import { phaseSize } from '../../../src/core/rollout/waves.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import type { SimulatedAgent } from '../agents/agent.ts';
import type { Reaction } from '../agents/models.ts';
import type { RolloutRow } from '../store/database.ts';
import { changedMembers, IN_FLIGHT, type Invariant, rolloutsIn, type Scene } from './invariant.ts';

/** Reactions that nobody can take for success, whatever gets lost. */
const UNMISTAKABLE: readonly Reaction[] = ['refuses', 'keeps-file', 'hangs', 'crash-loops', 'goes-back'];

/**
 * - INV-01: agents that were offered a config which fails on them: at most maxErrors and the wave in which the limit was crossed.
 * - INV-21: a wave is released when all earlier ones have their verdict, and holds no more agents than the policy says.
 * - INV-22: an agent counts as done only when it applied the config, and after the whole soak.
 */
export function waves(scene: Scene): Invariant {
  const { world, plan } = scene;
  /** What became of a hash the last time that an agent took it: `<uid> <hash>`. */
  const failed = new Set<string>();
  const released = (rollout: Rollout, before: Rollout | undefined): void => {
    const fresh = [...changedMembers(before, rollout)].filter(
      ({ was, member }) => member.state === 'offered' && was?.state !== 'offered',
    );
    const wave = fresh[0]?.member.wave;
    if (wave === undefined) return;
    const faults = rollout.members.filter(({ fault }) => fault !== undefined).length;
    if (faults > rollout.policy.maxErrors) {
      world.violate(
        'INV-01',
        `${rollout.id} offers wave ${wave} to ${fresh.length} agents after ${faults} failed and ${rollout.policy.maxErrors} were allowed`,
      );
    }
    const names = new Set(fresh.map(({ member }) => member.agent));
    const pending = rollout.members.find(
      ({ agent, state }) => IN_FLIGHT.includes(state) && !names.has(agent),
    );
    if (pending !== undefined) {
      world.violate('INV-21', `${rollout.id} offers wave ${wave} while ${pending.name} is ${pending.state}`);
    }
    const size = phaseSize(rollout.policy, wave);
    if (fresh.length > size) {
      world.violate(
        'INV-21',
        `wave ${wave} of ${rollout.id} has ${fresh.length} agents, the policy says ${size}`,
      );
    }
  };
  const steps = (after: RolloutRow, before: Rollout | undefined): void => {
    const { rollout } = after;
    for (const { was, member } of changedMembers(before, rollout)) {
      if (member.state !== 'done' || was === undefined || was.state === 'done') continue;
      if (failed.has(`${member.agent} ${rollout.targetHash}`)) {
        world.violate('INV-01', `${member.name} cannot run ${rollout.id}, and counts as done`);
      }
      // It ran the config already, or clocks of processes that took turns are not to be compared.
      if (was.state === 'waiting' || plan.rates.clockMs > 0) continue;
      const done = after.log.findLast((event) => 'agent' in event && event.agent === member.agent);
      const soakedMs = (done?.at ?? 0) - (member.appliedAt ?? Number.POSITIVE_INFINITY);
      if (soakedMs < rollout.policy.soakMs) {
        world.violate(
          'INV-22',
          `${member.name} is done with ${rollout.id} after ${soakedMs} ms, the soak is ${rollout.policy.soakMs} ms`,
        );
      }
    }
  };
  return {
    names: ['INV-01', 'INV-21', 'INV-22'],
    committed(_by, changes) {
      for (const { before, after } of rolloutsIn(changes)) {
        released(after.rollout, before?.rollout);
        steps(after, before?.rollout);
      }
    },
    took(agent: SimulatedAgent, hash: string, fails: boolean) {
      const key = `${agent.id} ${hash}`;
      if (fails && UNMISTAKABLE.includes(agent.model.reaction)) failed.add(key);
      else failed.delete(key);
    },
  };
}
