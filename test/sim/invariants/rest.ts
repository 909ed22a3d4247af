import { APP_LIMITS } from '../../../app/limits.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import type { SimulatedAgent } from '../agents/agent.ts';
import { IN_FLIGHT, type Invariant, type Scene } from './invariant.ts';

/** Bytes that may be kept of one agent (INV-19). */
const AGENT_BYTES = 16_384;

/**
 * - INV-04: at rest each agent that can be reached runs what it is to run, or is listed as one that refused it.
 * - INV-18: when nothing goes wrong any more, every rollout ends, every agent comes to rest, and newcomers are given the proven version of
 *   their configuration whether others answer or not, all of it in time.
 * - INV-28: at rest what is stored of an agent, and of what it is to run, is what the process knows that holds it.
 * - INV-19: what is kept of an agent and of a rollout is bounded.
 */
export function rest(scene: Scene): Invariant {
  const { world, database, agents, cluster } = scene;
  const { rows } = database;
  /** Agents that no server can bring to rest, because of what they are. */
  const isHopeless = ({ model }: SimulatedAgent): boolean =>
    model.isMute || model.reaction === 'lies' || model.flapsMs !== undefined;
  const isTried = (uid: string): boolean =>
    [...rows.rollouts.values()].some(
      ({ rollout, open }) =>
        open && rollout.members.some(({ agent, state }) => agent === uid && IN_FLIGHT.includes(state)),
    );
  const astray = (agent: SimulatedAgent): string | undefined => {
    if (!agent.isConnected || isHopeless(agent)) return undefined;
    const { target, sent } = rows.agents.get(agent.id) ?? {};
    if (target === undefined) return undefined;
    // It runs on without a word with what it ran before. That it never answered is shown (`silentSince`); it is told again over its next socket.
    const isSilent =
      ['goes-back', 'hangs'].includes(agent.model.reaction) &&
      sent === target.hash &&
      target.since !== undefined;
    if (isSilent && !isTried(agent.id)) return undefined;
    const text = rows.configs.get(`${target.configuration}:${target.version}`)?.text;
    if (agent.running === text) return undefined;
    if (rows.refusals.has(`${agent.id} ${target.hash}`)) return undefined;
    // Nobody waits for the answer of an agent that was given its configuration's proven version late (app/engine/steady.ts).
    const isBad =
      scene
        .operator()
        .made.get(text ?? '')
        ?.bad.has(agent.index) === true;
    if (isBad && !isTried(agent.id)) return undefined;
    const isListed = [...rows.rollouts.values()].some(({ rollout }) =>
      rollout.members.some(
        ({ agent: uid, state, previousHash }) =>
          uid === agent.id && state === 'restore-failed' && previousHash === target.hash,
      ),
    );
    if (isListed) return undefined;
    return `${agent.name} (${agent.model.reaction}) is to run ${target.configuration}:${target.version} and does not`;
  };
  /** The proven version of its configuration that an agent could have and is not to run. */
  const leftOut = (agent: SimulatedAgent): string | undefined => {
    const row = rows.agents.get(agent.id);
    if (!agent.isConnected || agent.model.flapsMs !== undefined || row === undefined) return undefined;
    const { record, labels, target } = row;
    if (!record.connected || !record.described || record.awaitsFullState) return undefined;
    const name = { ...record.labels, ...labels }['configuration'] ?? '';
    const config = rows.configs.get(`${name}:${rows.statuses.get(name)?.current ?? 0}`);
    if (config === undefined || target?.hash === config.hash) return undefined;
    if (target?.configuration === name && target.version >= config.version) return undefined;
    const refusals = [...rows.refusals.values()].filter(({ hash }) => hash === config.hash);
    const late = refusals.filter(({ rollout }) => rollout === undefined);
    if (late.length >= APP_LIMITS.lateRefusals || refusals.some(({ agent: uid }) => uid === agent.id)) {
      return undefined;
    }
    return `${agent.name} is not given ${name}:${config.version}, which is proven`;
  };
  return {
    names: ['INV-04', 'INV-18', 'INV-19', 'INV-28'],
    unrest() {
      const { processes, leader } = cluster();
      if (processes.length < scene.plan.replicas || leader === undefined) return 'nobody leads';
      for (const { rollout, open } of rows.rollouts.values()) {
        if (open && rollout.state !== 'no-agents') {
          const back = rollout.members.filter(({ state }) => state === 'restoring').length;
          return `rollout ${rollout.id} is ${rollout.state}${back > 0 ? `, ${back} agents are on their way back` : ''}`;
        }
      }
      for (const agent of agents) {
        const found = astray(agent) ?? leftOut(agent);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    atRest() {
      for (const process of cluster().processes) {
        for (const { record, target } of process.engine.agents.local()) {
          const row = rows.agents.get(record.uid);
          const stored = row?.record;
          const isSame =
            stored?.config?.hash === record.config?.hash &&
            stored?.config?.state === record.config?.state &&
            row?.target?.hash === target?.hash;
          if (isSame && stored?.connected === record.connected) continue;
          world.violate('INV-28', `${process.name} holds ${record.name}, and what is stored of it is older`);
        }
      }
      for (const agent of agents) {
        const found = astray(agent);
        if (found !== undefined) world.violate('INV-04', found);
      }
      for (const [uid, { record }] of rows.agents) {
        const bytes = JSON.stringify(record).length;
        if (bytes > AGENT_BYTES) world.violate('INV-19', `${bytes} bytes are kept of ${uid}`);
      }
      for (const { rollout } of rows.rollouts.values()) {
        const { timeline, id } = rollout;
        if (timeline.length > LIMITS.rollout.timelineEntries) {
          world.violate('INV-19', `${id} keeps ${timeline.length} entries of its story`);
        }
      }
    },
  };
}
