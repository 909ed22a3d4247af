import type { AgentFact, AgentRecord } from '../../src/core/opamp/record.ts';
import { hexText } from '../../src/core/opamp/uid.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/store.ts';
import type { TelemetrySettings } from '../telemetry-settings.ts';
import type { Activity, Levels, Telemetry } from '../telemetry/telemetry.ts';
import { NO_TELEMETRY } from '../telemetry/telemetry.ts';

/** Spans of rounds that took at least this long: most look at everything and find nothing to do. */
const SHOWN_ROUND_MS = 5;

/** Traces and metrics where the settings name a place for them; what sends them is loaded only then. */
export async function telemetryFor(
  settings: TelemetrySettings | undefined,
  version: string,
): Promise<Telemetry> {
  if (settings === undefined) return NO_TELEMETRY;
  const { otlpTelemetry } = await import('../telemetry/otlp.ts');
  return otlpTelemetry({ ...settings, serviceVersion: version });
}

/** Runs rounds of the engine and tells how long they took. */
export function observedRounds(telemetry: Telemetry): <T>(round: () => Promise<T>) => Promise<T> {
  if (telemetry === NO_TELEMETRY) return (round) => round();
  return async (round) => {
    const begun = performance.now();
    const activity = telemetry.begin('engine.round');
    let error: string | undefined;
    try {
      return await round();
    } catch (cause) {
      error = 'failed';
      throw cause;
    } finally {
      const tookMs = performance.now() - begun;
      telemetry.took('collie.round.duration', tookMs / 1000);
      if (tookMs >= SHOWN_ROUND_MS || error !== undefined) activity.end({}, error);
    }
  };
}

/** What there is in the app, for gauges. */
export function levelsOf(engine: Engine, store: Store): () => Promise<Levels> {
  return async () => {
    const all = [...engine.agents.all()];
    const connected = all.filter(({ record }) => record.connected).length;
    const rollouts: Record<string, number> = {};
    for (const { state } of await store.rollouts.open()) rollouts[state] = (rollouts[state] ?? 0) + 1;
    return {
      agents: { connected, disconnected: all.length - connected },
      rollouts,
      queues: { outbox: (await store.outbox.pending()).length },
    };
  };
}

/** Offers of configs, from when they leave until the agent says what became of them. */
export class ObservedOffers {
  readonly #telemetry: Telemetry;
  readonly #open = new Map<string, { readonly hash: string; readonly activity: Activity }>();

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  /** The link as it was; offers that it takes are followed. */
  over(link: AgentLink): AgentLink {
    if (this.#telemetry === NO_TELEMETRY) return link;
    return {
      send: (uid, message) => {
        const sent = link.send(uid, message);
        const hash = message.remoteConfig?.configHash;
        if (sent && hash !== undefined) this.#offered(uid, hexText(hash));
        return sent;
      },
      disconnect: (uid, reason) => link.disconnect(uid, reason),
    };
  }

  /** To be called with everything that agents say. */
  heard({ uid, config }: AgentRecord, { kind }: AgentFact): void {
    const offer = this.#open.get(uid);
    if (offer === undefined) return;
    const isAnswer = kind === 'config-status' && config?.hash === offer.hash;
    const isOver = isAnswer && (config.state === 'applied' || config.state === 'failed');
    if (!isOver && kind !== 'disconnected') return;
    this.#open.delete(uid);
    const outcome = isOver ? config.state : 'lost';
    offer.activity.end({ outcome }, outcome === 'failed' ? 'refused' : undefined);
    if (outcome === 'failed') this.#telemetry.count('collie.refusals');
  }

  #offered(uid: string, hash: string): void {
    this.#open.get(uid)?.activity.end({ outcome: 'replaced' });
    const activity = this.#telemetry.begin('agent.offer', { 'config.hash': hash.slice(0, 12) });
    this.#open.set(uid, { hash, activity });
    this.#telemetry.count('collie.offers');
  }
}
