import type { Finding } from '../../src/core/document/finding.ts';
import type { Agent } from '../../src/core/fleet/agent.ts';
import type {
  AgentRollout,
  AgentState,
  AssignedTo,
  RefusedVersion,
} from '../../src/core/fleet/agent-state.ts';
import type { Assignment } from '../../src/core/fleet/assignment.ts';
import { desiredConfiguration } from '../../src/core/fleet/assignment.ts';
import { selectorOf, selectorText } from '../../src/core/fleet/selector.ts';
import { acceptsConfig, isManaged, takesConfig } from '../../src/core/opamp/capabilities.ts';
import { isMap, plain } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { stampsIn } from '../../src/core/collector/metrics-reader.ts';
import type { AgentRecord } from '../../src/core/opamp/record.ts';
import { topologyOf } from '../../src/core/rollout/flows/topology.ts';
import { throughputOf } from '../../src/core/rollout/own-metrics/throughput.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { AgentTarget, Store, StoredConfig } from '../store/store.ts';
import { effectiveLabels } from './agents.ts';
import { assignedName } from './assigned.ts';
import { isOverdue, isUnanswered } from './assignments.ts';
import type { LiveAgent } from './agents.ts';
import type { Engine } from './engine.ts';
import type { SignalsOf } from './signals.ts';
import type { ExplainText } from './feed.ts';
import type { KnownDrifts } from './known-drifts.ts';
import { originOf } from './feed.ts';

const UNHEARD =
  'its config asks for its own metrics, and none of them arrived here lately (the log of its collector says why)';

/** Comparisons made for one list of agents; the others follow with the next list. */
const COMPARED_AT_ONCE = 100;

type Refused = RefusedVersion & { readonly config: StoredConfig | undefined };

const WITHHELD =
  'the configuration holds secrets, and only labels that the agent gave itself select it; set them here (PATCH labels), or let its enrolment key bring them';

/** What there is to say about each agent: gathered from records, targets, rollouts and refusals when somebody asks. */
export class AgentStates {
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #explain: ExplainText;
  readonly #signalsOf: SignalsOf;
  readonly #guards: ((config: StoredConfig) => boolean) | undefined;
  readonly #drifts: KnownDrifts;

  /** `guards`: as in `EngineDependencies`. */
  constructor(
    engine: Engine,
    store: Store,
    explain: ExplainText,
    signalsOf: SignalsOf = () => undefined,
    guards?: (config: StoredConfig) => boolean,
  ) {
    this.#signalsOf = signalsOf;
    this.#guards = guards;
    this.#engine = engine;
    this.#drifts = engine.drifts;
    this.#store = store;
    this.#explain = explain;
  }

  /** The agent with this uid, or with this name where only one has it; undefined when there is none. */
  async of(id: string): Promise<AgentState | undefined> {
    const agent = this.#engine.agents.get(id) ?? this.#named(id);
    if (agent === undefined) return undefined;
    const { record, target } = agent;
    const rollout = await this.#rollout(record.uid);
    const assignment = desiredConfiguration(effectiveLabels(agent), await this.#engine.assigned());
    const running = record.config === undefined ? undefined : await this.#running(record.config);
    const refusals = await this.#refusals(record.uid);
    const error = await this.#lastError(record, refusals);
    return {
      ...shown(agent),
      ...(assignment === undefined
        ? {}
        : {
            assigned: {
              ...assignedTo(assignment, effectiveLabels(agent)),
              ...(await this.#withheld(agent, assignment.configuration.name)),
            },
          }),
      ...(target === undefined ? {} : { target: this.#target(agent, target) }),
      ...(running === undefined ? {} : { running }),
      ...(rollout === undefined ? {} : { rollout }),
      refused: refusals.map(({ config: _config, ...refused }) => refused),
      ...(error === undefined ? {} : { lastError: error.text, ...aboutText(error.config) }),
      findings: error === undefined ? [] : await this.#findings(error.text, error.config),
      ...(await this.#throughput(record)),
      ...(await this.#drifts.of(this.#store, record)),
    };
  }

  #target(agent: LiveAgent, target: AgentTarget): NonNullable<AgentState['target']> {
    const { configuration, version, offers, since } = target;
    const { agents, timings } = this.#engine;
    const isSilent =
      since !== undefined &&
      agent.record.connected &&
      isUnanswered(agent) &&
      isOverdue(target, agents.now, timings.deadlineMs);
    const silent = isSilent ? { silentSince: new Date(since).toISOString() } : {};
    return { configuration, version, offers, ...silent };
  }

  /** What goes through the config that it says it runs. */
  async #throughput({
    uid,
    config,
  }: AgentRecord): Promise<Pick<AgentState, 'throughput' | 'throughputUnknown'>> {
    if (config === undefined || config.hash === '') return {};
    const stored = await this.#engine.config(config.hash);
    if (stored === undefined) return {};
    const { windows: heard = [], ...length } = this.#signalsOf(uid) ?? {};
    // While it changes, what the process before it handled says nothing of this config.
    const windows = heard.filter(({ stamp = stored.hash }) => stamp === stored.hash);
    const tree = plain(parseYaml('config.yaml', stored.text).documents[0]?.root);
    const recent =
      windows.length > 0 && isMap(tree) ? throughputOf({ ...length, windows }, topologyOf(tree)) : undefined;
    if (recent === undefined) return stampsIn(stored.text).length > 0 ? { throughputUnknown: UNHEARD } : {};
    const [from, until] = [new Date(recent.from).toISOString(), new Date(recent.until).toISOString()];
    return { throughput: { ...recent, from, until } };
  }

  /** How many differences each agent's effective config has; agents of which nothing can be said, or not yet, are left out. */
  async drifts(): Promise<Readonly<Record<string, number>>> {
    const counts: [string, number][] = [];
    let compared = 0;
    for (const { record } of this.#engine.agents.all()) {
      const isKnown = this.#drifts.knows(record);
      if (isKnown === undefined) continue;
      if (!isKnown) {
        if (compared >= COMPARED_AT_ONCE) continue;
        compared += 1;
      }
      const { drift } = await this.#drifts.of(this.#store, record);
      if (drift !== undefined) counts.push([record.uid, drift.length]);
    }
    return Object.fromEntries(counts);
  }

  #named(name: string): LiveAgent | undefined {
    const found = [...this.#engine.agents.all()].filter(({ record }) => record.name === name);
    return found.length === 1 ? found[0] : undefined;
  }

  async #running({ hash, state }: NonNullable<AgentRecord['config']>): Promise<AgentState['running']> {
    const config = hash === '' ? undefined : await this.#engine.config(hash);
    const name = config === undefined ? {} : { configuration: config.configuration, version: config.version };
    return { hash, state, ...name };
  }

  /** Whether the agent is selected by its own words alone, and that does not count for this configuration (SEC-64). */
  async #withheld(agent: LiveAgent, name: string): Promise<{ readonly withheld?: string }> {
    const newest = this.#guards && (await this.#store.resources.get('Configuration', name));
    const config = newest && (await this.#store.configs.byVersion(name, newest.version));
    if (config === undefined || this.#guards?.(config) !== true) return {};
    const given = assignedName(agent, { ...(await this.#engine.assigned()), guarded: new Set([name]) });
    return given === name ? {} : { withheld: WITHHELD };
  }

  async #rollout(uid: string): Promise<AgentRollout | undefined> {
    const { configurations } = await this.#engine.assigned();
    let newest: Rollout | undefined;
    for (const { name } of configurations) {
      const latest = await this.#store.rollouts.latest(name);
      const isPart = latest?.members.some(({ agent }) => agent === uid) === true;
      if (isPart && latest.startedAt >= (newest?.startedAt ?? 0)) newest = latest;
    }
    const member = newest?.members.find(({ agent }) => agent === uid);
    if (newest === undefined || member === undefined) return undefined;
    return {
      configuration: newest.configuration,
      version: newest.version,
      state: newest.state,
      member: member.state,
      ...(member.fault === undefined ? {} : { fault: member.fault.message }),
      ...(newest.reason === undefined ? {} : { reason: newest.reason }),
    };
  }

  /** What the agent refused, newest first, each with the config it was. */
  async #refusals(uid: string): Promise<readonly Refused[]> {
    const refused: Refused[] = [];
    for (const { agent, hash, message, at } of await this.#store.refusals.all()) {
      if (agent !== uid) continue;
      const config = await this.#engine.config(hash);
      refused.push({
        configuration: config?.configuration ?? '',
        version: config?.version ?? 0,
        message,
        at: new Date(at).toISOString(),
        config,
      });
    }
    return refused.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  }

  /** What it said last that went wrong: about a config first, then about its health, then what it refused before it went back. */
  async #lastError(
    { config, health }: AgentRecord,
    [refused]: readonly Refused[],
  ): Promise<{ readonly text: string; readonly config: StoredConfig | undefined } | undefined> {
    if (config?.state === 'failed' && config.message !== '') {
      return { text: config.message, config: await this.#engine.config(config.hash) };
    }
    if (health?.healthy === false && health.lastError !== '') {
      const running = config === undefined ? undefined : await this.#engine.config(config.hash);
      return { text: health.lastError, config: running };
    }
    return refused === undefined || refused.message === ''
      ? undefined
      : { text: refused.message, config: refused.config };
  }

  /** Places in the repository, where the plan of the config that it speaks of said where its lines come from. */
  async #findings(text: string, config: StoredConfig | undefined): Promise<readonly Finding[]> {
    if (config === undefined) return this.#explain(text, '', []);
    const origins = await this.#store.origins.of(config.configuration);
    const origin = originOf(origins, config, Number.MAX_SAFE_INTEGER);
    return this.#explain(text, config.configuration, origin === undefined ? [] : [origin.sourceMap]);
  }
}

function shown(
  agent: LiveAgent,
): Pick<
  AgentState,
  | 'agent'
  | 'client'
  | 'transport'
  | 'connectedAt'
  | 'lastSeenAt'
  | 'unmanaged'
  | 'healthy'
  | 'pools'
  | 'packages'
> {
  const { record } = agent;
  const identity: Agent = {
    id: record.uid,
    name: record.name,
    version: record.version,
    distribution: record.distribution,
    platform: record.platform,
    labels: effectiveLabels(agent),
    connected: record.connected,
  };
  const unmanaged = unmanagedBecause(record);
  const { transport, health, packages } = record;
  return {
    agent: identity,
    client: record.client,
    ...(transport === undefined ? {} : { transport }),
    connectedAt: new Date(record.connectedAt).toISOString(),
    lastSeenAt: new Date(record.lastSeenAt).toISOString(),
    ...(unmanaged === undefined ? {} : { unmanaged }),
    ...(health === undefined ? {} : { healthy: health.healthy }),
    ...(health?.pools === undefined ? {} : { pools: health.pools }),
    ...(packages === undefined || packages.length === 0 ? {} : { packages }),
  };
}

function unmanagedBecause(record: AgentRecord): string | undefined {
  if (isManaged(record)) return undefined;
  if (!acceptsConfig(record.capabilities)) {
    return record.client === 'extension'
      ? 'a collector with the opamp extension alone only reports; a supervisor takes configs'
      : 'it does not accept remote config';
  }
  if (!takesConfig(record.capabilities)) {
    return 'it accepts remote config and does not say what becomes of it (reports_remote_config)';
  }
  return 'it has not shown itself to be a collector';
}

function aboutText(config: StoredConfig | undefined): Pick<AgentState, 'lastErrorAbout'> {
  if (config === undefined) return {};
  return { lastErrorAbout: { configuration: config.configuration, version: config.version } };
}

function assignedTo(
  { configuration, by, fleet, others }: Assignment,
  labels: Readonly<Record<string, string>>,
): AssignedTo {
  const match = {
    fleet: fleet?.name ?? '',
    label: `configuration=${labels['configuration'] ?? ''}`,
    selector: selectorText(selectorOf(configuration.spec)),
  }[by];
  return { configuration: configuration.name, by, match, others: others.map(({ name }) => name) };
}
