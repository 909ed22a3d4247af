import { phaseSize } from '../../../src/core/rollout/waves.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import type { SimulatedAgent } from '../agents/agent.ts';
import type { Reaction } from '../agents/models.ts';
import type { RolloutRow } from '../store/database.ts';
import { changedMembers, IN_FLIGHT, type Invariant, rolloutsIn, type Scene } from './invariant.ts';

/** Reactions that nobody can take for success, whatever gets lost. */
const UNMISTAKABLE: readonly Reaction[] = ['refuses', 'keeps-file', 'hangs', 'crash-loops', 'goes-back'];

/** The most agents that a wave may take: of a stage's first one a tenth, later ones up to their share. */
function mostOf({ members, policy }: Rollout, wave: number): number {
  const stage = members.find((member) => member.wave === wave)?.stage;
  const own = members.filter((member) => member.stage === stage);
  const earlier = new Set(
    own.flatMap((member) => (member.wave !== undefined && member.wave < wave ? [member.wave] : [])),
  );
  if (earlier.size === 0) {
    const { canaryMaximum } = policy;
    return canaryMaximum === undefined
      ? policy.initial
      : Math.min(canaryMaximum, Math.max(1, Math.floor(own.length / 10)));
  }
  if (policy.shares === undefined) return phaseSize(policy, earlier.size);
  return Math.max(1, Math.ceil(own.length * (policy.shares[earlier.size - 1] ?? 1)));
}

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
      ({ agent, state, wave: own = wave }) => own < wave && IN_FLIGHT.includes(state) && !names.has(agent),
    );
    if (pending !== undefined) {
      world.violate('INV-21', `${rollout.id} offers wave ${wave} while ${pending.name} is ${pending.state}`);
    }
    const taken = rollout.members.filter((member) => member.wave === wave && member.offeredAt !== undefined);
    const size = mostOf(rollout, wave);
    if (taken.length > size) {
      world.violate(
        'INV-21',
        `wave ${wave} of ${rollout.id} has ${taken.length} agents, the policy says ${size}`,
      );
    }
    const { maxConcurrent = Infinity } = rollout.policy;
    const changing = rollout.members.filter(({ state }) => state === 'offered' || state === 'applying');
    if (changing.length > maxConcurrent) {
      world.violate(
        'INV-21',
        `${changing.length} agents of ${rollout.id} change at once, ${maxConcurrent} may`,
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
