import { isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { stageOf, stagesOf } from './stages.ts';
import { textOf, type Data, type Progress, type RolloutOptions, type Store, type Stored } from './store.ts';

/** A simulated agent: what a test says about it, and what the server knows. */
export interface FleetAgent {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly platform: string;
  readonly labels: Record<string, string>;
  /** Server's status: 0 Disconnected, 1 Connected, 2 Error, 6 Configuring. */
  status: number;
  errorMessage: string;
  /** `name:version` it runs, is asked to run, will be asked to run. */
  current: string;
  pending: string;
  future: string;
  /** The config text it runs. */
  text: string;
  /** It answers nothing: a collector that hangs while it applies. */
  silent: boolean;
  /** When it went away, while its status is 0. */
  disconnectedAt: string;
}

export interface NewAgent {
  readonly name: string;
  /** `1.80.1` or `v1.80.1`. */
  readonly version: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly platform?: string;
  readonly id?: string;
}

/** Why an agent refuses a config text, in its own words; undefined: it takes it. The test decides, never the code under test. */
export type Refuses = (agent: FleetAgent, config: string) => string | undefined;

const STARTED = 1;
const PAUSED = 2;
const FAILED = 3;
const STABLE = 4;
const REPLACED = 5;

/** Agents and rollouts as BindPlane runs them (reference/bindplane.md §5); time passes only in `tick`. */
export class AgentPool {
  readonly agents: FleetAgent[] = [];
  readonly #store: Store;
  readonly #raw: (configuration: Stored) => string;
  readonly #refuses: Refuses;
  readonly #zeroIsDefault: boolean;

  constructor(
    store: Store,
    raw: (configuration: Stored) => string,
    refuses: Refuses,
    zeroIsDefault: boolean,
  ) {
    this.#store = store;
    this.#raw = raw;
    this.#refuses = refuses;
    this.#zeroIsDefault = zeroIsDefault;
  }

  add(agent: NewAgent): FleetAgent {
    const added: FleetAgent = {
      id: agent.id ?? `0001AGENT${String(this.agents.length + 1).padStart(17, '0')}`,
      name: agent.name,
      version: agent.version.startsWith('v') ? agent.version : `v${agent.version}`,
      type: agent.type ?? 'com.observiq.collector',
      platform: agent.platform ?? 'linux',
      labels: { ...agent.labels },
      status: 1,
      errorMessage: '',
      current: '',
      pending: '',
      future: '',
      text: '',
      silent: false,
      disconnectedAt: '',
    };
    this.agents.push(added);
    const assigned = this.assignedTo(added);
    const version = assigned === undefined ? 0 : this.#store.versionsOf(assigned.name).current;
    if (assigned !== undefined && version > 0) added.pending = `${assigned.name}:${version}`;
    return added;
  }

  /** The Configuration an agent gets: by fleet, else by its `configuration` label, else the first selector that matches; an empty one matches everybody. */
  assignedTo(agent: FleetAgent): Stored | undefined {
    const fleet = this.#store.list('Fleet').find((known) => agent.labels['fleet'] === known.name);
    const byFleet =
      fleet === undefined ? undefined : this.#store.get('Configuration', textOf(fleet.spec['configuration']));
    if (byFleet !== undefined) return byFleet;
    const byLabel = this.#store.get('Configuration', agent.labels['configuration'] ?? '');
    if (byLabel !== undefined && (agent.labels['configuration'] ?? '') !== '') return byLabel;
    return this.#store
      .list('Configuration')
      .find((configuration) => isSelected(configuration.spec, agent.labels));
  }

  #matching(configuration: Stored): readonly FleetAgent[] {
    return this.agents.filter(
      (agent) =>
        this.assignedTo(agent)?.name === configuration.name || isSelected(configuration.spec, agent.labels),
    );
  }

  start(configuration: Stored, options: RolloutOptions | undefined): void {
    const { rollout } = configuration;
    if (rollout.status === STARTED) return this.#continue(configuration);
    if (rollout.status === PAUSED) return this.resume(configuration);
    for (const older of this.#store.history('Configuration', configuration.name)) {
      if (older.version !== configuration.version && [STARTED, PAUSED].includes(older.rollout.status)) {
        older.rollout.status = REPLACED;
      }
    }
    const matching = this.#matching(configuration);
    const name = `${configuration.name}:${configuration.version}`;
    rollout.status = STARTED;
    rollout.phase = 0;
    const stages = stagesOf(configuration.spec);
    if (stages !== undefined) [rollout.stage, rollout.stages] = [0, stages];
    rollout.options =
      options === undefined || (this.#zeroIsDefault && isZero(options)) ? defaults(matching.length) : options;
    this.#store.versionsOf(configuration.name).pending = configuration.version;
    for (const agent of matching) {
      if (agent.current !== name && agent.pending !== name) agent.future = name;
    }
    this.update(configuration);
  }

  /** A start of what is started: the next stage of a progressive rollout, and nothing for any other. */
  #continue(configuration: Stored): void {
    const { rollout } = configuration;
    const isDone = rollout.progress.pending === 0 && rollout.progress.waiting > 0;
    if (rollout.stage === undefined || rollout.stages === undefined || !isDone) return;
    rollout.stage = Math.min(rollout.stage + 1, rollout.stages.length - 1);
    rollout.phase = 0;
    this.update(configuration);
  }

  pause(configuration: Stored): void {
    if (configuration.rollout.status === STARTED) configuration.rollout.status = PAUSED;
  }

  resume(configuration: Stored): void {
    const { rollout } = configuration;
    if (rollout.status === FAILED) rollout.options.maxErrors = rollout.progress.errors + 1;
    if (![PAUSED, FAILED].includes(rollout.status)) return;
    rollout.status = STARTED;
    this.update(configuration);
  }

  /** One step of one rollout: count, judge, release the next phase. A paused one is counted and judged, and releases nobody. */
  update(configuration: Stored): void {
    const { rollout } = configuration;
    if (![STARTED, STABLE, PAUSED].includes(rollout.status)) return;
    this.#count(configuration);
    const { progress, options } = rollout;
    if (progress.errors > options.maxErrors) rollout.status = FAILED;
    else if (rollout.status !== PAUSED && progress.waiting === 0 && progress.pending === 0) {
      this.#settle(configuration);
    }
    if (rollout.status === FAILED || rollout.status === PAUSED || progress.pending > 0) return;
    const name = `${configuration.name}:${configuration.version}`;
    const { stage, stages } = rollout;
    const next = this.agents
      .filter((agent) => agent.future === name && agent.status !== 0)
      .filter((agent) => stages === undefined || stageOf(stages, agent) === stage)
      .slice(0, phaseSize(rollout.phase, options));
    for (const agent of next) {
      agent.future = '';
      agent.pending = name;
      agent.status = 6;
    }
    if (next.length > 0) rollout.phase++;
    this.#count(configuration);
  }

  #settle(configuration: Stored): void {
    configuration.rollout.status = STABLE;
    this.#store.versionsOf(configuration.name).current = configuration.version;
  }

  #count(configuration: Stored): void {
    const name = `${configuration.name}:${configuration.version}`;
    const { rollout } = configuration;
    rollout.progress = progressOf(this.agents, name);
    for (const [index, stage] of (rollout.stages ?? []).entries()) {
      const agents = this.agents.filter((agent) => stageOf(rollout.stages ?? [], agent) === index);
      stage.progress = progressOf(agents, name);
    }
  }

  /** Time passes: agents answer what they were asked, then every rollout in flight takes a step. */
  tick(): void {
    for (const agent of this.agents) this.#answer(agent);
    for (const configuration of this.#store.list('Configuration')) {
      for (const version of this.#store.history('Configuration', configuration.name)) this.update(version);
    }
  }

  #answer(agent: FleetAgent): void {
    if (agent.pending === '' || agent.status === 0 || agent.status === 2 || agent.silent) return;
    const [name = '', version] = agent.pending.split(':');
    const configuration = this.#store.get('Configuration', name, Number(version));
    const text = configuration === undefined ? '' : this.#raw(configuration);
    const refusal = this.#refuses(agent, text);
    if (refusal !== undefined) {
      agent.status = 2;
      agent.errorMessage = refusal;
      return;
    }
    agent.status = 1;
    agent.errorMessage = '';
    agent.current = agent.pending;
    agent.pending = '';
    agent.text = text;
  }
}

/** Agents that are away count only where they completed it. */
function progressOf(agents: readonly FleetAgent[], name: string): Progress {
  const connected = agents.filter((agent) => agent.status !== 0);
  return {
    completed: agents.filter((agent) => agent.current === name).length,
    errors: connected.filter((agent) => agent.status === 2 && agent.pending === name).length,
    pending: connected.filter((agent) => agent.status !== 2 && agent.pending === name).length,
    waiting: connected.filter((agent) => agent.future === name).length,
  };
}

/** Equality of all labels; none at all matches everybody (reference/lab-bindplane.md §3). */
function isSelected(spec: JsonMap, labels: Readonly<Record<string, string>>): boolean {
  const selector = isMap(spec['selector']) ? spec['selector']['matchLabels'] : null;
  return !isMap(selector) || Object.entries(selector).every(([key, value]) => labels[key] === textOf(value));
}

function isZero({ phaseAgentCount: { initial, multiplier, maximum } }: RolloutOptions): boolean {
  return initial === 0 && multiplier === 0 && maximum === 0;
}

function defaults(agents: number): RolloutOptions {
  const [initial, multiplier, maximum] = agents <= 20 ? [1, 1, 1] : agents <= 500 ? [1, 3, 100] : [3, 5, 100];
  return {
    startAutomatically: false,
    rollbackOnFailure: true,
    phaseAgentCount: { initial, multiplier, maximum },
    maxErrors: 0,
  };
}

function phaseSize(
  phase: number,
  { phaseAgentCount: { initial, multiplier, maximum } }: RolloutOptions,
): number {
  return multiplier <= 1 ? initial : Math.min(maximum, initial * multiplier ** phase);
}

/** An agent as the API shows it (reference/bindplane.md §4.3); empty fields are left out as Go does. */
export function agentJson(agent: FleetAgent, index: number, time: string): Data {
  const { id, name, labels, version, platform } = agent;
  const configurationStatus = Object.fromEntries(
    Object.entries({ current: agent.current, pending: agent.pending, future: agent.future }).filter(
      ([, value]) => value !== '',
    ),
  );
  return {
    id,
    name,
    type: agent.type,
    arch: 'amd64',
    hostname: name,
    labels: {
      'bindplane/agent-arch': 'amd64',
      'bindplane/agent-host': name,
      'bindplane/agent-id': id,
      'bindplane/agent-name': name,
      'bindplane/agent-os': platform,
      'bindplane/agent-version': version,
      ...labels,
    },
    version,
    home: '',
    platform,
    operatingSystem: 'simulated',
    macAddress: '02:00:00:00:00:01',
    remoteAddress: `127.0.0.1:${40_000 + index}`,
    status: agent.status,
    ...(agent.errorMessage !== '' && { errorMessage: agent.errorMessage }),
    configuration: {
      Collector: agent.text,
      Logging: '',
      Manager: {
        agent_id: id,
        agent_name: '',
        endpoint: 'ws://127.0.0.1/v1/opamp',
        labels: labelsText(labels),
        secret_key: '',
        tls_config: null,
      },
    },
    connectedAt: time,
    ...(agent.status === 0 && agent.disconnectedAt !== '' && { disconnectedAt: agent.disconnectedAt }),
    reported_at: time,
    protocol: 'opamp',
    state: { sequenceNum: 2, status: '' },
    configurationStatus,
  };
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/**
 * Agents that a `selector` (`a=b,c=d`) and a `query` find. Of the query language only what Collie uses: `rollout-error:<configuration>:<version>`,
 * `configuration-pending` and `-current` in the same way, `status:error` and `status:disconnected`, and labels; a value may stand in double quotes.
 */
export function findAgents(
  agents: readonly FleetAgent[],
  selector: string,
  query: string,
): readonly FleetAgent[] {
  const wanted = selector
    .split(',')
    .filter((part) => part !== '')
    .map((part) => part.split('='));
  const selected = agents.filter((agent) => wanted.every(([key = '', value]) => agent.labels[key] === value));
  const terms = query
    .split(/\s+/)
    .filter((term) => term !== '')
    .map((term) => term.replaceAll('"', ''));
  return selected.filter((agent) => terms.every((term) => fits(agent, term)));
}

const STATUS_NAMES: Readonly<Record<number, string>> = { 0: 'disconnected', 2: 'error', 6: 'configuring' };

function fits(agent: FleetAgent, term: string): boolean {
  const [field = '', ...rest] = term.split(':');
  const value = rest.join(':');
  if (field === 'rollout-error') return agent.status === 2 && agent.pending === value && value.includes(':');
  if (field === 'configuration-pending') return agent.pending === value;
  if (field === 'configuration-current') return agent.current === value;
  if (field === 'status') return (STATUS_NAMES[agent.status] ?? 'connected') === value;
  return agent.labels[field] === value;
}

export function optionsOf(value: Json | undefined): RolloutOptions | undefined {
  if (!isMap(value)) return undefined;
  const count = isMap(value['phaseAgentCount']) ? value['phaseAgentCount'] : {};
  return {
    startAutomatically: value['startAutomatically'] === true,
    rollbackOnFailure: value['rollbackOnFailure'] === true,
    phaseAgentCount: {
      initial: Number(count['initial'] ?? 0),
      multiplier: Number(count['multiplier'] ?? 0),
      maximum: Number(count['maximum'] ?? 0),
    },
    maxErrors: Number(value['maxErrors'] ?? 0),
  };
}
