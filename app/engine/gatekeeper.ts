import type { Surroundings } from '../../src/core/rollout/decide.ts';
import type { Drift } from '../../src/core/collector/drift/drift.ts';
import { judgePhase } from '../../src/core/rollout/judge-phase.ts';
import type { ObservedAgent, Rollout } from '../../src/core/rollout/rollout.ts';
import { LIMITS } from '../../src/core/document/limits.ts';
import type { AgentSignals } from '../../src/core/rollout/signals.ts';
import { closedWindow } from '../../src/core/rollout/windows.ts';
import type { Hold, StoredConfig, StoreTables } from '../store/store.ts';
import type { Agents } from './agents.ts';
import { lackedComponents, type KnownConfigFacts } from './config-facts.ts';
import type { KnownDrifts } from './known-drifts.ts';
import type { Assigned } from './remembered.ts';

/** Where gates get what they know besides the agents' own words on OpAMP. */
export interface GateSources {
  /** An agent's own metrics, where it sends them to this server. */
  readonly signalsOf: (agent: string) => AgentSignals | undefined;
  /** Length of the windows of its metrics, milliseconds. */
  readonly windowMs?: number;
}

export interface GatekeeperParts {
  readonly agents: Agents;
  readonly config: (tables: StoreTables, hash: string) => Promise<StoredConfig | undefined>;
  readonly sources: GateSources;
  readonly assigned: (tables: StoreTables) => Promise<Assigned>;
  readonly drifts: KnownDrifts;
  readonly facts: KnownConfigFacts;
}

/** Gates look again after this: their windows are longer. */
const JUDGED_EACH_MS = 1000;

/** What agents had sent when a phase began: those of the phase, and those that they are compared with. */
interface Baselines {
  readonly phase: number;
  readonly signals: Map<string, AgentSignals | undefined>;
}

interface Judged {
  readonly at: number;
  readonly phase: number;
  readonly gates: NonNullable<Surroundings['gates']>;
}

/** Gathers what a decision about a rollout has to know besides its agents: what gates say, and what holds it. */
export class Gatekeeper {
  readonly #parts: GatekeeperParts;
  readonly #facts: KnownConfigFacts;
  readonly #judged = new Map<string, Judged>();
  readonly #baselines = new Map<string, Baselines>();
  #holds: readonly Hold[] | undefined;

  constructor(parts: GatekeeperParts) {
    this.#parts = parts;
    this.#facts = parts.facts;
  }

  /** Lets go of what was kept of rollouts that are decided no more. */
  keepOnly(open: readonly Rollout[]): void {
    const ids = new Set(open.map(({ id }) => id));
    for (const kept of [this.#judged, this.#baselines]) {
      for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
    }
  }

  /** What holds there are. */
  async holds(tables: StoreTables): Promise<readonly Hold[]> {
    return (this.#holds ??= await tables.holds.all());
  }

  /** Holds may have been put or lifted. */
  forget(): void {
    this.#holds = undefined;
  }

  async surroundings(
    tables: StoreTables,
    rollout: Rollout,
    seen: ReadonlyMap<string, ObservedAgent>,
    now: number,
  ): Promise<Surroundings> {
    const held = await this.#held(tables, rollout, now);
    const gates = await this.#gates(tables, rollout, seen, now);
    return { gates, ...(held === undefined ? {} : { held }) };
  }

  /** The agents of a rollout as the decision sees them, each with what its collector lacks for the target, and whether it moved. */
  async seen(
    tables: StoreTables,
    rollout: Rollout,
    agents: ReadonlyMap<string, ObservedAgent>,
  ): Promise<ReadonlyMap<string, ObservedAgent>> {
    const config = await this.#parts.config(tables, rollout.targetHash);
    const waiting = rollout.members.filter(({ state }) => state === 'waiting');
    if (config === undefined || waiting.length === 0) return agents;
    const facts = this.#facts.read(config.hash, config.text);
    const lacking = new Map<string, ObservedAgent>();
    const known = new Map<object, readonly string[]>();
    const { nameFor } = await this.#parts.assigned(tables);
    for (const { agent: uid } of waiting) {
      const [agent, live] = [agents.get(uid), this.#parts.agents.get(uid)];
      if (agent === undefined || live === undefined) continue;
      if (live.record.described && nameFor(live) !== rollout.configuration) {
        lacking.set(uid, { ...agent, moved: true });
        continue;
      }
      const { components } = live.record;
      if (components === undefined) continue;
      const lacks = known.get(components) ?? lackedComponents(facts, components);
      known.set(components, lacks);
      if (lacks.length > 0) lacking.set(uid, { ...agent, lacks });
    }
    return lacking.size === 0 ? agents : new Map([...agents, ...lacking]);
  }

  /** Why nothing new is to be offered of a configuration; undefined where nothing holds it. */
  async #held(
    tables: StoreTables,
    { configuration, policy }: Rollout,
    now: number,
  ): Promise<string | undefined> {
    const holds = await this.holds(tables);
    const hold = holds.find((one) => isHeld([one], configuration));
    if (hold === undefined) return closedWindow(policy.windows, now);
    const what = hold.configuration === '' ? 'everything is stopped' : `${configuration} is locked`;
    return `${what}: ${hold.reason} (${hold.by})`;
  }

  async #gates(
    tables: StoreTables,
    rollout: Rollout,
    agents: ReadonlyMap<string, ObservedAgent>,
    now: number,
  ): Promise<NonNullable<Surroundings['gates']>> {
    const before = this.#judged.get(rollout.id);
    const isFresh = before?.phase === rollout.phase && now - before.at < JUDGED_EACH_MS && now >= before.at;
    if (isFresh && isQuiet(rollout, agents)) return before.gates;
    if (rollout.phase === 0) return [];
    await this.#readConfigs(tables, rollout);
    const drifts = await this.#driftsOf(tables, rollout);
    const { signalsOf, windowMs } = this.#parts.sources;
    const baselines = this.#baselinesOf(rollout);
    const view = {
      agents,
      signalsOf,
      baselineOf: (uid: string) => {
        if (!baselines.has(uid)) baselines.set(uid, signalsOf(uid));
        return baselines.get(uid);
      },
      topologyOf: (hash: string) => this.#facts.get(hash)?.topology,
      driftOf: (uid: string) => drifts.get(uid),
      ...(windowMs === undefined ? {} : { windowMs }),
    };
    const gates = judgePhase(rollout, view, now);
    this.#judged.set(rollout.id, { at: now, phase: rollout.phase, gates });
    return gates;
  }

  /** Kept from the first time that gates look at a phase, which is when it was offered; of earlier phases for the watch at the end. */
  #baselinesOf({ id, phase, members }: Rollout): Map<string, AgentSignals | undefined> {
    const known = this.#baselines.get(id);
    if (known?.phase === phase) return known.signals;
    const earlier = members.filter(({ wave }) => wave !== undefined && wave < phase - 1);
    const kept = earlier.slice(0, LIMITS.rollout.judgedAgents).flatMap(({ agent }) => {
      const before = known?.signals.get(agent);
      return before === undefined ? [] : ([[agent, before]] as const);
    });
    const signals = new Map<string, AgentSignals | undefined>(kept);
    this.#baselines.set(id, { phase, signals });
    return signals;
  }

  /** How what the agents of the phase report to run differs from the target, where they say that they applied it. */
  async #driftsOf(tables: StoreTables, rollout: Rollout): Promise<ReadonlyMap<string, readonly Drift[]>> {
    const found = new Map<string, readonly Drift[]>();
    for (const { agent: uid, wave, appliedAt } of rollout.members) {
      const record =
        wave === rollout.phase - 1 && appliedAt !== undefined && this.#parts.agents.get(uid)?.record;
      if (record === false || record === undefined || record.config?.hash !== rollout.targetHash) continue;
      const { drift } = await this.#parts.drifts.of(tables, record);
      if (drift !== undefined) found.set(uid, drift);
    }
    return found;
  }

  /** The target and what touched members ran before, read so that gates find them. */
  async #readConfigs(tables: StoreTables, { targetHash, members, phase }: Rollout): Promise<void> {
    const before = members.flatMap(({ wave, previousHash }) => (wave === phase - 1 ? [previousHash] : []));
    for (const hash of new Set([targetHash, ...before])) {
      if (hash === undefined || this.#facts.get(hash) !== undefined) continue;
      const config = await this.#parts.config(tables, hash);
      if (config !== undefined) this.#facts.read(hash, config.text);
    }
  }
}

/** Whether one of the holds is on a configuration, or on everything; of an empty name, whether everything is stopped. */
export function isHeld(holds: readonly Hold[], configuration: string): boolean {
  return holds.some((hold) => hold.configuration === '' || hold.configuration === configuration);
}

/** Some agents of the phase soak, and none has anything to tell. */
function isQuiet({ members, phase }: Rollout, agents: ReadonlyMap<string, ObservedAgent>): boolean {
  const wave = members.filter((member) => member.wave === phase - 1);
  return (
    wave.some(({ state }) => state === 'soaking') &&
    wave.every(({ agent: uid }) => {
      const agent = agents.get(uid);
      return agent?.connected === true && agent.config !== 'failed' && agent.healthy !== false;
    })
  );
}
