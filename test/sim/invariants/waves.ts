import { phaseSize } from '../../../src/core/rollout/waves.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import type { SimulatedAgent } from '../agents/agent.ts';
import type { Reaction } from '../agents/models.ts';
import { changedMembers, IN_FLIGHT, type Invariant, rolloutsIn, type Scene } from './invariant.ts';

/** Reactions that nobody can take for success, whatever gets lost. */
const UNMISTAKABLE: readonly Reaction[] = ['refuses', 'keeps-file', 'hangs', 'crash-loops', 'goes-back'];

/** Clocks of processes differ by less than this where a run has no clock faults. */
const TOLERANCE_MS = 100;

/**
 * - INV-01: agents that were offered a config which fails on them: at most maxErrors and the wave in which the limit was crossed.
 * - INV-21: a wave is released when all earlier ones have their verdict, and holds no more agents than the policy says.
 * - INV-22: an agent counts as done only when it applied the config, and after the whole soak.
 */
export function waves(scene: Scene): Invariant {
  const { world, plan } = scene;
  /** What became of a hash the last time that an agent took it: `<uid> <hash>`. */
  const failed = new Set<string>();
  const appliedAt = new Map<string, number>();
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
  const steps = (rollout: Rollout, before: Rollout | undefined): void => {
    for (const { was, member } of changedMembers(before, rollout)) {
      const key = `${rollout.id} ${member.agent}`;
      if (member.state === 'soaking' && was?.state !== 'soaking') appliedAt.set(key, world.now);
      if (member.state !== 'done' || was === undefined || was.state === 'done') continue;
      if (failed.has(`${member.agent} ${rollout.targetHash}`)) {
        world.violate('INV-01', `${member.name} cannot run ${rollout.id}, and counts as done`);
      }
      const isThereAlready = was.state === 'waiting';
      const since = appliedAt.get(key);
      const soakedMs = since === undefined ? -1 : world.now - since;
      if (isThereAlready || plan.rates.clockMs > 0) continue;
      if (soakedMs < rollout.policy.soakMs - TOLERANCE_MS) {
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
        steps(after.rollout, before?.rollout);
      }
    },
    took(agent: SimulatedAgent, hash: string, fails: boolean) {
      const key = `${agent.id} ${hash}`;
      if (fails && UNMISTAKABLE.includes(agent.model.reaction)) failed.add(key);
      else failed.delete(key);
    },
  };
}
