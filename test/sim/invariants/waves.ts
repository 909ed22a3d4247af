import { sha256 } from '../../../src/core/document/digest.ts';
import { phaseSize } from '../../../src/core/rollout/waves.ts';
import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import type { SimulatedAgent } from '../agents/agent.ts';
import type { Reaction } from '../agents/models.ts';
import type { RolloutRow } from '../store/database.ts';
import { changedMembers, IN_FLIGHT, type Invariant, isAsked, rolloutsIn, type Scene } from './invariant.ts';

/** Reactions that nobody can take for success, whatever gets lost. */
const UNMISTAKABLE: readonly Reaction[] = ['refuses', 'keeps-file', 'hangs', 'crash-loops', 'goes-back'];

/** States in which a collector may be changing. */
const CHANGING: readonly Member['state'][] = ['offered', 'applying', 'restoring'];

/** How an agent fails that runs on with what it ran before, and says so or nothing. */
const RUN_ON: readonly Reaction[] = ['hangs', 'goes-back'];

const runs = (agent: SimulatedAgent, hash: string): boolean => sha256(agent.running) === hash;

const stageOf = ({ stage }: Member): number => stage ?? 0;

/**
 * - INV-01: agents that were offered a config which fails on them: at most maxErrors and the wave in which the limit was crossed.
 * - INV-21: a wave is released when all earlier ones have their verdict, and holds no more agents than the policy says; no more
 *   change at once than it says.
 * - INV-22: an agent counts as done only when it applied the config, and after the whole soak.
 * - INV-23: a stage begins when the stages before it are through, and with the approval that it needs.
 */
export function waves(scene: Scene): Invariant {
  const { world, plan } = scene;
  /** Who could not run a hash the last time that it was taken under a uid (`<uid> <hash>`). One of two twins has another uid soon. */
  const failed = new Map<string, SimulatedAgent>();
  /** Who took configs under a uid: of two, the word of one stands for what the other cannot run. */
  const takers = new Map<string, Set<SimulatedAgent>>();
  /** Agents that each wave might have when it was released (`<rollout> <wave>`): whoever is given another turn leaves its wave afterwards. */
  const sizes = new Map<string, number>();
  return {
    names: ['INV-01', 'INV-21', 'INV-22', 'INV-23'],
    committed(by, changes) {
      for (const { before, after } of rolloutsIn(changes)) {
        const { rollout } = after;
        const changed = [...changedMembers(before?.rollout, rollout)];
        const fresh = changed.flatMap(({ was, member }) =>
          member.state === 'offered' && was?.state !== 'offered' ? [member] : [],
        );
        if (fresh.length > 0) {
          budget(scene, rollout, fresh);
          release(scene, rollout, fresh, sizes);
        }
        // Some of a wave are offered it later, when others of earlier stages may have come back.
        const chosen = changed.flatMap(({ was, member }) => (isChosen(member, was) ? [member] : []));
        stage(scene, by, rollout, chosen);
        done(by, after, before?.rollout);
      }
    },
    took(agent: SimulatedAgent, hash: string, fails: boolean) {
      takers.set(agent.id, (takers.get(agent.id) ?? new Set()).add(agent));
      const key = `${agent.id} ${hash}`;
      // What its last word was that it runs it, it is taken for running until it says something else.
      const saysSo = agent.status.state === 'APPLIED' && agent.status.hash === hash;
      if (fails && UNMISTAKABLE.includes(agent.model.reaction) && !saysSo) failed.set(key, agent);
      else failed.delete(key);
    },
  };

  function done(by: string, after: RolloutRow, before: Rollout | undefined): void {
    const { rollout } = after;
    const { id, policy, targetHash, configuration } = rollout;
    for (const { was, member } of changedMembers(before, rollout)) {
      if (member.state !== 'done' || was === undefined || was.state === 'done') continue;
      // Somebody may end the watch.
      if (isAsked(scene, by, ['promote'], configuration)) continue;
      const failure = failed.get(`${member.agent} ${targetHash}`);
      // One that hangs at a config which it runs already, or goes back to that, runs it still.
      if (
        failure?.id === member.agent &&
        takers.get(member.agent)?.size === 1 &&
        !(RUN_ON.includes(failure.model.reaction) && runs(failure, targetHash))
      ) {
        world.violate('INV-01', `${member.name} cannot run ${id}, and counts as done`);
      }
      // It ran the config already, or clocks of processes that took turns are not to be compared.
      if (was.state === 'waiting' || plan.rates.clockMs > 0) continue;
      const step = after.log.findLast((event) => 'agent' in event && event.agent === member.agent);
      const soakedMs = (step?.at ?? 0) - (member.appliedAt ?? Number.POSITIVE_INFINITY);
      const soakMs = member.canary === true ? (policy.canarySoakMs ?? policy.soakMs) : policy.soakMs;
      if (soakedMs < soakMs) {
        world.violate(
          'INV-22',
          `${member.name} is done with ${id} after ${soakedMs} ms, the soak is ${soakMs} ms`,
        );
      }
    }
  }
}

/** Its turn came with this change. */
function isChosen({ state, wave }: Member, was: Member | undefined): boolean {
  return wave !== undefined && was?.wave === undefined && ['waiting', 'offered'].includes(state);
}

function budget({ world }: Scene, { id, members, policy }: Rollout, fresh: readonly Member[]): void {
  const faults = members.filter(({ fault }) => fault !== undefined);
  const canaries = faults.filter(({ canary }) => canary === true).length;
  const text = `${id} offers to ${fresh.length} agents after ${faults.length} failed, ${canaries} of them canaries`;
  if (faults.length > policy.maxErrors) {
    world.violate('INV-01', `${text}; ${policy.maxErrors} were allowed`);
  }
  if (policy.canaryErrors !== undefined && canaries > policy.canaryErrors) {
    world.violate('INV-01', `${text}; ${policy.canaryErrors} canaries were allowed`);
  }
}

function release(
  { world }: Scene,
  { id, members, policy, phase }: Rollout,
  fresh: readonly Member[],
  sizes: Map<string, number>,
): void {
  const wave = fresh[0]?.wave ?? -1;
  if (fresh.some((member) => member.wave !== wave) || wave !== phase - 1) {
    world.violate('INV-21', `${id} offers to agents of wave ${wave} in phase ${phase}`);
  }
  const pending = members.find((member) => IN_FLIGHT.includes(member.state) && member.wave !== wave);
  if (pending !== undefined) {
    world.violate('INV-21', `${id} offers wave ${wave} while ${pending.name} is ${pending.state}`);
  }
  const own = members.filter((member) => member.wave === wave && member.offeredAt !== undefined);
  const size = sizes.get(`${id} ${wave}`) ?? largest({ members, policy }, wave, fresh[0]);
  sizes.set(`${id} ${wave}`, size);
  if (own.length > size) {
    world.violate('INV-21', `wave ${wave} of ${id} has ${own.length} agents, the policy says ${size}`);
  }
  const changing = members.filter(({ state }) => CHANGING.includes(state));
  if (changing.length > (policy.maxConcurrent ?? Number.POSITIVE_INFINITY)) {
    world.violate(
      'INV-21',
      `${changing.length} agents of ${id} change at once, the policy says ${policy.maxConcurrent}`,
    );
  }
  const { domainShare } = policy;
  if (domainShare === undefined) return;
  for (const domain of new Set(fresh.flatMap(({ domain }) => domain ?? []))) {
    const all = members.filter((member) => member.domain === domain).length;
    const now = changing.filter((member) => member.domain === domain).length;
    if (now > Math.max(1, Math.floor(all * domainShare))) {
      world.violate('INV-21', `${now} of ${all} agents of ${domain} change at once in ${id}`);
    }
  }
}

/** How many agents a wave may have, by the words of the policy: a share of its stage, or a phase by its number. */
function largest(
  { members, policy }: Pick<Rollout, 'members' | 'policy'>,
  wave: number,
  one: Member | undefined,
): number {
  const own = members.filter((member) => one !== undefined && stageOf(member) === stageOf(one));
  // Who ran the config before it began is no wave: it proves nothing.
  const tried = own.filter(({ state, offeredAt }) => state !== 'done' || offeredAt !== undefined);
  const earlier = new Set(
    tried.flatMap(({ wave: other }) => (other === undefined || other >= wave ? [] : [other])),
  );
  const place = earlier.size;
  if (place === 0 && policy.canaryMaximum !== undefined) {
    return Math.max(1, Math.min(policy.canaryMaximum, Math.floor(own.length / 10)));
  }
  if (place === 0 || policy.shares === undefined) return phaseSize(policy, place);
  const before = own.filter(({ wave: other }) => other !== undefined && other < wave).length;
  return Math.max(1, Math.ceil(own.length * (policy.shares[place - 1] ?? 1)) - before);
}

function stage(
  scene: Scene,
  by: string,
  { id, members, policy, waived }: Rollout,
  chosen: readonly Member[],
): void {
  const { world, cluster } = scene;
  const first = chosen[0];
  if (first === undefined || policy.stages === undefined) return;
  const place = stageOf(first);
  const { name, approval } = policy.stages[place] ?? { name: '' };
  if (approval === true && waived?.includes(`stage:${name}`) !== true) {
    world.violate('INV-23', `${id} begins stage ${name}, which nobody approved`);
  }
  const agents = cluster().processes.find((process) => process.name === by)?.engine.agents;
  const skipped = members.find((member) => {
    const record = agents?.get(member.agent)?.record;
    const isThere = record?.connected === true && !record.awaitsFullState;
    return stageOf(member) < place && member.state === 'waiting' && member.wave === undefined && isThere;
  });
  // Whoever came back while this was decided is no reason: one that was there all the time is.
  const since =
    (skipped === undefined ? undefined : agents?.get(skipped.agent)?.record.connectedAt) ?? world.now;
  if (skipped !== undefined && world.now - since > 60_000) {
    world.violate(
      'INV-23',
      `${id} begins stage ${name} and ${skipped.name} of an earlier stage was not asked`,
    );
  }
}
