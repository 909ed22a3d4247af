import type { Resource } from '../../src/core/bindplane/resource.ts';
import type { ComponentCatalogue } from '../../src/core/collector/catalogue.ts';
import { isStampedFrom, READERS_SINCE, withMetricsReader } from '../../src/core/collector/metrics-reader.ts';
import { isAtLeast } from '../../src/core/collector/version.ts';
import { CONFIGURATION_LABEL } from '../../src/core/fleet/assignment.ts';
import { matches, selectorOf } from '../../src/core/fleet/selector.ts';
import { loadCatalogue } from '../../src/io/files.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OfferedText } from '../api/dependencies.ts';
import type { Address, AppConfig } from '../config.ts';
import { effectiveLabels } from '../engine/agents.ts';
import type { LiveAgent } from '../engine/agents.ts';
import type { Engine } from '../engine/engine.ts';
import type { SignalsOf } from '../engine/signals.ts';
import type { RequestHandler } from '../http.ts';
import { MetricsIntake } from '../signals/intake.ts';
import type { MetricsAdmission } from '../signals/intake.ts';
import { Signals } from '../signals/signals.ts';
import type { Store } from '../store/store.ts';
import type { Replicas } from './replicas.ts';

/** Between two looks for agents that are gone. */
const SWEEP_MS = 60_000;
/** How long what was found of agents holds: an apply of a thousand configurations asks a thousand times. */
const LOOK_MS = 1000;

/** Collectors' own metrics: how they get here, and what is known by them. */
export interface OwnMetrics {
  readonly signalsOf: SignalsOf;
  /** Answers `POST /v1/metrics`; in a process that does not decide, the one that does answers. */
  readonly handler: RequestHandler;
  /** The config that agents are offered for a render: the render with a reader where the settings ask for it. */
  readonly offered: OfferedText;
  /** Agents connect at this address of this machine, unless another way to it was set. */
  listensAt(opamp: Address): void;
  tick(): void;
}

export interface OwnMetricsSurroundings {
  readonly config: AppConfig;
  readonly store: Store;
  readonly clock: Clock;
}

export interface OwnMetricsParts {
  readonly engine: Engine;
  readonly admission: MetricsAdmission;
  readonly shared: Pick<Replicas, 'handlers'>;
}

/** Joins intake, windows and reader. */
export async function ownMetrics(
  { config, store, clock }: OwnMetricsSurroundings,
  { engine, admission, shared }: OwnMetricsParts,
): Promise<OwnMetrics> {
  const { metrics, limits } = config;
  const signals = new Signals({
    knows: (uid) => engine.agents.get(uid) !== undefined,
    hashOf: async ({ configuration, version, hash }) => {
      const stored = await store.configs.byVersion(configuration, version);
      return stored !== undefined && isStampedFrom(stored.text, hash) ? stored.hash : undefined;
    },
    windowMs: metrics.windowMs,
  });
  const intake = new MetricsIntake({ admission, signals, limits, clock });
  const unfit = new Unfit(engine.agents, await loadCatalogue());
  let listening = config.opamp;
  let sweptAt = clock.now();
  return {
    signalsOf: (uid) => signals.of(uid),
    handler: async (request, response) => {
      if (!MetricsIntake.takes(request)) return false;
      for (const handler of shared.handlers) if (await handler(request, response)) return true;
      return intake.request(request, response);
    },
    offered: (configuration, version, text) => {
      if (!metrics.reader) return { text };
      const { name } = configuration;
      const withheld = unfit.because(configuration, clock.now());
      if (withheld !== undefined) return { text, withheld };
      const endpoint = metrics.endpoint ?? endpointOf(config, listening);
      const made = withMetricsReader(text, { ...metrics, endpoint }, { configuration: name, version });
      return 'text' in made ? made : { text, ...made };
    },
    listensAt: (opamp) => {
      listening = opamp;
    },
    tick: () => {
      const now = clock.now();
      if (now - sweptAt < SWEEP_MS) return;
      sweptAt = now;
      signals.sweep(now);
      intake.sweep();
    },
  };
}

/** Beside the OpAMP endpoint, as agents reach it. */
function endpointOf({ identity }: AppConfig, { host, port }: Address): string {
  if (identity.agentUrl !== '') {
    return new URL('/v1/metrics', identity.agentUrl.replace(/^ws/, 'http')).href;
  }
  const written = host.includes(':') ? `[${host}]` : host;
  return `${identity.tls === undefined ? 'http' : 'https'}://${written}:${port}/v1/metrics`;
}

/** Agents for whose sake a reader is left out, looked for once for all configurations of an apply. */
class Unfit {
  readonly #agents: Pick<Engine['agents'], 'all'>;
  readonly #catalogue: ComponentCatalogue;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #old: readonly { readonly agent: LiveAgent; readonly version: string }[] = [];
  #onlyBindplane = false;

  constructor(agents: Pick<Engine['agents'], 'all'>, catalogue: ComponentCatalogue) {
    this.#agents = agents;
    this.#catalogue = catalogue;
  }

  /** Why agents that a configuration goes to, by what is known now, are better off without a reader: all of them get the same config. */
  because({ name, spec }: Resource, now: number): string | undefined {
    if (now - this.#lookedAt >= LOOK_MS) this.#look(now);
    if (this.#onlyBindplane) {
      return 'there are BindPlane agents alone, whose metrics do not say which agent they are from';
    }
    const selector = selectorOf(spec);
    const found = this.#old.find(({ agent }) => {
      const labels = effectiveLabels(agent);
      return (
        agent.target?.configuration === name ||
        labels[CONFIGURATION_LABEL] === name ||
        matches(selector, labels)
      );
    });
    return (
      found &&
      `${found.agent.record.name} runs collector ${found.version}, and readers came with ${READERS_SINCE}`
    );
  }

  #look(now: number): void {
    this.#lookedAt = now;
    const agents = [...this.#agents.all()];
    const isOld = new Map<string, boolean>();
    this.#old = agents.flatMap((agent) => {
      const { distribution, version: text } = agent.record;
      const key = `${distribution} ${text}`;
      const version =
        isOld.get(key) === false ? undefined : this.#catalogue.collectorVersion(distribution, text);
      const old = version !== undefined && !isAtLeast(version, READERS_SINCE);
      isOld.set(key, old);
      return old ? [{ agent, version }] : [];
    });
    this.#onlyBindplane =
      agents.length > 0 && agents.every(({ record }) => record.client === 'bindplane-agent');
  }
}
