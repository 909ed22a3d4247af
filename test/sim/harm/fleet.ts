import type { ObservedAgent } from '../../../src/core/rollout/rollout.ts';
import type { AgentSignals, ExporterFlow, SignalWindow } from '../../../src/core/rollout/signals.ts';
import { SIGNAL_WINDOW_MS } from '../../../src/core/rollout/signals.ts';
import type { Random } from '../random.ts';
import { VERSIONS, type BadConfig } from './bad-configs.ts';

/** A supervisor says APPLIED after its `config_apply_timeout`, a refusal comes at once (reference/lab-opamp.md §1.3). */
const APPLIED_AFTER_MS = 5000;
/** A supervisor starts a collector that ended after this; one that crashes lives as long as it takes to show. */
const RESTART_MS = 5000;
const PAST_WINDOWS = 60;
const ITEMS = 12_000;
const QUEUE = 1000;

/** One agent: whether the config harms it, and what it was told when. */
export interface HarmedAgent {
  readonly id: string;
  readonly version: string;
  readonly isHit: boolean;
  offeredAt: number | undefined;
  restoredAt: number | undefined;
}

/** Agents of a fleet as one bad config meets them. Simulated: what they say follows from the kind of harm alone. */
export class HarmedFleet {
  readonly agents: readonly HarmedAgent[];
  readonly #byId: ReadonlyMap<string, HarmedAgent>;
  readonly #config: BadConfig;
  readonly #windows = new Map<string, SignalWindow>();

  constructor(config: BadConfig, size: number, random: Random) {
    this.#config = config;
    this.agents = Array.from({ length: size }, (_, index) => {
      const version = VERSIONS[index % VERSIONS.length] ?? '';
      const isMeant = config.version === undefined || config.version === version;
      const isHit = isMeant && random.chance(config.share);
      return { id: `agent-${index}`, version, isHit, offeredAt: undefined, restoredAt: undefined };
    });
    this.#byId = new Map(this.agents.map((agent) => [agent.id, agent]));
  }

  offer(id: string, now: number): void {
    const agent = this.#byId.get(id);
    if (agent !== undefined) agent.offeredAt = now;
  }

  restore(id: string, now: number): void {
    const agent = this.#byId.get(id);
    if (agent !== undefined) agent.restoredAt = now;
  }

  /** Agents that ever had the config that harms them. */
  get harmed(): number {
    return this.agents.filter(({ isHit, offeredAt }) => isHit && offeredAt !== undefined).length;
  }

  observed(now: number): ReadonlyMap<string, ObservedAgent> {
    return new Map(this.agents.map((agent) => [agent.id, this.#observe(agent, now)]));
  }

  #observe({ isHit, offeredAt, restoredAt }: HarmedAgent, now: number): ObservedAgent {
    const base = { connected: true, takesConfig: true, message: '', healthy: true, healthMessage: '' };
    if (offeredAt === undefined) return { ...base, hash: 'before', config: 'applied' };
    if (restoredAt !== undefined) {
      const config = now >= restoredAt + APPLIED_AFTER_MS ? 'applied' : 'applying';
      return { ...base, hash: 'before', config, sent: 'before' };
    }
    const { harm, showsAfterMs } = this.#config;
    const since = now - offeredAt;
    if (isHit && harm === 'refused' && since >= showsAfterMs) {
      return { ...base, hash: 'target', config: 'failed', message: 'refused', sent: 'target' };
    }
    if (since < APPLIED_AFTER_MS) return { ...base, hash: 'target', config: 'applying', sent: 'target' };
    const state = { ...base, hash: 'target', config: 'applied', sent: 'target' } as const;
    const runs = since - APPLIED_AFTER_MS;
    if (!isHit) return state;
    if (harm === 'unhealthy' && runs >= showsAfterMs) {
      return { ...state, healthy: false, healthMessage: 'not ready' };
    }
    const cycle = showsAfterMs + RESTART_MS;
    const isDown = harm === 'crash-loop' && runs % cycle >= showsAfterMs;
    const words = `Agent process PID=${Math.floor(runs / cycle)} exited unexpectedly, exit code=2. Will restart in a bit...`;
    return isDown ? { ...state, healthy: false, healthMessage: words } : state;
  }

  /** What its collector measured of itself in the last windows. */
  signalsOf(id: string, now: number): AgentSignals | undefined {
    const agent = this.#byId.get(id);
    if (agent === undefined) return undefined;
    const last = Math.floor(now / SIGNAL_WINDOW_MS) - 1;
    const windows: SignalWindow[] = [];
    for (let number = Math.max(0, last - PAST_WINDOWS * 2); number <= last; number += 1) {
      windows.push(this.#known(agent, number));
    }
    return { windows };
  }

  /** Windows that are over never change. */
  #known(agent: HarmedAgent, number: number): SignalWindow {
    const key = `${agent.id} ${number}`;
    const known = this.#windows.get(key) ?? this.#window(agent, number * SIGNAL_WINDOW_MS);
    this.#windows.set(key, known);
    return known;
  }

  #window({ isHit, offeredAt, restoredAt }: HarmedAgent, at: number): SignalWindow {
    const { harm } = this.#config;
    const runs = offeredAt !== undefined && at >= offeredAt && (restoredAt === undefined || at < restoredAt);
    const suffers = runs && isHit;
    const isStopped = suffers && ['drops-all', 'backend-401', 'dead-backend'].includes(harm);
    const waited = suffers && harm === 'dead-backend' ? at - (offeredAt ?? 0) : 0;
    const exporter: ExporterFlow = {
      signal: 'traces',
      sent: isStopped ? 0 : ITEMS,
      sendFailed: suffers && harm === 'backend-401' ? ITEMS : 0,
      enqueueFailed: 0,
      queueSize: Math.min(QUEUE, Math.floor(waited / 1000) * 2),
      queueCapacity: QUEUE,
      inFlight: suffers && harm === 'dead-backend' ? 10 : 1,
    };
    return {
      at,
      incarnation: runs ? 'second' : 'first',
      receivers: new Map([['otlp', [{ signal: 'traces', accepted: ITEMS, refused: 0 }]]]),
      exporters: new Map(isStopped && harm === 'drops-all' ? [] : [['otlp', [exporter]]]),
      usage: { rssBytes: 100e6, cpuSeconds: 1 },
    };
  }
}
