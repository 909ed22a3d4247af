import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { RolloutControl } from '../../app/engine/control.ts';
import { Engine } from '../../app/engine/engine.ts';
import { APP_LIMITS } from '../../app/limits.ts';
import { openSqliteStore } from '../../app/store/sqlite.ts';
import type { Store } from '../../app/store/store.ts';
import { sha256 } from '../../src/core/document/digest.ts';
import type { ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import {
  AgentCapabilities,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerToAgentFlags,
} from '../../src/core/opamp/gen/opamp_pb.ts';
import { hexText, uidText } from '../../src/core/opamp/uid.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Small, fast and the same everywhere (mulberry32): a run is told again by its seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * How an agent takes a config that it cannot run: says so, falls silent, loses its connection again and again without a
 * word, or (a supervisor with rollback of its own) says APPLYING and then APPLIED for what it ran before.
 */
export type Temper = 'refuses' | 'hangs' | 'crashes' | 'goes-back';

const TEMPERS: readonly Temper[] = ['refuses', 'hangs', 'crashes', 'goes-back'];

type Message = MessageInitShape<typeof AgentToServerSchema>;
type Status = NonNullable<Message['remoteConfigStatus']>;

const CAPABILITIES = BigInt(
  AgentCapabilities.REPORTS_STATUS |
    AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
    AgentCapabilities.REPORTS_REMOTE_CONFIG,
);

const text = (key: string, value: string) => ({
  key,
  value: { value: { case: 'stringValue' as const, value } },
});

/** One simulated agent: what it remembers, and what it does with what it is sent. */
class SimulatedAgent {
  readonly uid: Uint8Array;
  readonly id: string;
  readonly temper: Temper;
  readonly forgetful: boolean;
  running = '';
  status: Status = {};
  sequence = 0;
  socket = 0;
  connected = false;

  constructor(index: number, temper: Temper, forgetful: boolean) {
    this.uid = new Uint8Array(16);
    this.uid[15] = index;
    this.uid[14] = 1;
    this.id = uidText(this.uid) ?? '';
    this.temper = temper;
    this.forgetful = forgetful;
  }
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/** Everything that was sent, for the invariants. */
export interface Sending {
  readonly at: number;
  readonly agent: string;
  readonly hash: string;
  readonly text: string;
  /** Number of the newest start of a rollout then: a new start is a new decision. */
  readonly decision: number;
  readonly paused: boolean;
}

const HEARTBEAT_MS = 30_000;

/**
 * The real engine, store and OpAMP fold on virtual time, with agents and faults out of one seed. One thread, one list of
 * events; after every event the engine has its round and `check` is called.
 */
export class Simulation implements AgentLink {
  now = 1_000_000;
  readonly random: () => number;
  readonly agents: SimulatedAgent[] = [];
  readonly sendings: Sending[] = [];
  readonly refusals: { readonly agent: string; readonly hash: string; readonly decision: number }[] = [];
  store!: Store;
  engine!: Engine;
  control!: RolloutControl;
  decision = 0;
  paused = false;
  faults = true;
  #events: Event[] = [];
  #order = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  readonly #clock: Clock = { now: () => this.now, wait: () => new Promise(() => undefined) };
  readonly warnings: string[] = [];

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  static async create(seed: number, agents: number): Promise<Simulation> {
    const simulation = new Simulation(seed);
    simulation.store = await openSqliteStore(':memory:', () => simulation.now);
    await simulation.boot();
    for (let index = 0; index < agents; index += 1) {
      const temper = TEMPERS[simulation.below(TEMPERS.length)] ?? 'refuses';
      const agent = new SimulatedAgent(index, temper, simulation.chance(0.3));
      simulation.agents.push(agent);
      simulation.after(simulation.below(500), () => simulation.connect(agent));
    }
    return simulation;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  after(delayMs: number, run: Event['run']): void {
    this.#order += 1;
    this.#events.push({ at: this.now + delayMs, order: this.#order, run });
  }

  /** The server process: a new engine over the store that is left. Sockets of the old one are gone. */
  async boot(): Promise<void> {
    const timings = { deadlineMs: 20_000, soakMs: 3000, unhealthyMs: 5000, absenceMs: 15_000, tickMs: 1000 };
    const warn = (message: string, error: unknown): void => {
      if (error === undefined) return;
      this.warnings.push(`${message}: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
    };
    this.engine = new Engine({ store: this.store, clock: this.#clock, limits: APP_LIMITS, timings, warn });
    this.control = new RolloutControl(this.engine, this.store, this.#clock);
    await this.engine.recover(this);
  }

  async crash(): Promise<void> {
    await this.boot();
    for (const agent of this.agents.filter(({ connected }) => connected)) {
      agent.connected = false;
      this.after(this.below(3000), () => this.connect(agent));
    }
  }

  /** A new version of the one configuration; `bad` agents cannot run it. */
  async apply(version: number, bad: ReadonlySet<string>): Promise<void> {
    const spec = { selector: { matchLabels: { configuration: 'node' } } };
    const document = {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: 'node' },
      spec,
    };
    const body = `version: ${version}\nbad: [${[...bad].join(', ')}]\n`;
    await this.engine.exclusively(async () => {
      await this.store.resources.put({
        kind: 'Configuration',
        name: 'node',
        version,
        id: 'x',
        document,
        modifiedAt: this.now,
      });
      await this.store.configs.put({
        hash: sha256(body),
        text: body,
        raw: body,
        configuration: 'node',
        version,
      });
    });
  }

  async start(maxErrors: number): Promise<void> {
    this.decision += 1;
    this.paused = false;
    await this.control.start('node', {
      maxErrors,
      phaseAgentCount: { initial: 1, multiplier: 2, maximum: 4 },
    });
  }

  send(uid: string, message: ServerToAgent): boolean {
    const agent = this.agents.find(({ id }) => id === uid);
    const remote = message.remoteConfig;
    if (agent?.connected !== true || remote === undefined) return false;
    const body = new TextDecoder().decode(remote.config?.configMap['collector.yaml']?.body);
    const hash = hexText(remote.configHash);
    this.sendings.push({
      at: this.now,
      agent: uid,
      hash,
      text: body,
      decision: this.decision,
      paused: this.paused,
    });
    // The network may lose it together with the connection.
    if (this.faults && this.chance(0.05)) this.drop(agent);
    else this.#later(agent, 1 + this.below(200), () => this.take(agent, body, remote.configHash));
    return true;
  }

  disconnect(): void {
    // No scenario of the engine ends sockets by itself.
  }

  connect(agent: SimulatedAgent): void {
    if (agent.connected) return;
    agent.connected = true;
    agent.socket += 1;
    if (agent.forgetful) agent.status = {};
    // A new process tells everything; the same one only counts on (spec v0.16).
    if (agent.sequence === 0 || agent.forgetful || this.chance(0.3)) this.full(agent);
    else this.tell(agent, {});
    this.#later(agent, HEARTBEAT_MS, () => this.#beat(agent));
  }

  drop(agent: SimulatedAgent): void {
    if (!agent.connected) return;
    agent.connected = false;
    this.engine.agents.closed(this.#socketName(agent), [agent.id]);
    this.after(100 + this.below(this.chance(0.1) ? 60_000 : 3000), () => this.connect(agent));
  }

  full(agent: SimulatedAgent): void {
    const identifyingAttributes = [
      text('service.name', 'com.observiq.collector'),
      text('service.instance.name', agent.id),
    ];
    const nonIdentifyingAttributes = [text('service.labels', 'configuration=node')];
    this.tell(agent, {
      agentDescription: { identifyingAttributes, nonIdentifyingAttributes },
      remoteConfigStatus: agent.status,
    });
  }

  tell(agent: SimulatedAgent, message: Message): void {
    agent.sequence += 1;
    const full = create(AgentToServerSchema, {
      instanceUid: agent.uid,
      capabilities: CAPABILITIES,
      sequenceNum: BigInt(agent.sequence),
      ...message,
    });
    const connection = { id: this.#socketName(agent), remoteAddress: '', labels: '' };
    const reply = this.engine.agents.receive(full, connection);
    if ((reply.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n) {
      this.#later(agent, 5, () => this.full(agent));
    }
  }

  take(agent: SimulatedAgent, body: string, hash: Uint8Array): void {
    if (!body.includes(agent.id)) {
      if (agent.running === body && !agent.forgetful && this.chance(0.5)) {
        return this.#report(agent, hash, 'APPLIED');
      }
      if (this.chance(0.5)) this.#report(agent, hash, 'APPLYING');
      this.#later(agent, 1 + this.below(6000), () => {
        agent.running = body;
        this.#report(agent, hash, 'APPLIED');
      });
      return;
    }
    if (agent.temper === 'refuses') this.#report(agent, hash, 'FAILED');
    if (agent.temper === 'crashes') this.drop(agent);
    if (agent.temper === 'goes-back') {
      const before = agent.status;
      this.#report(agent, hash, 'APPLYING');
      this.#later(agent, 100, () => {
        agent.status = before;
        this.tell(agent, { remoteConfigStatus: before });
      });
    }
  }

  #report(agent: SimulatedAgent, hash: Uint8Array, state: 'APPLIED' | 'APPLYING' | 'FAILED'): void {
    agent.status = {
      lastRemoteConfigHash: hash,
      status: RemoteConfigStatuses[state],
      errorMessage: state === 'FAILED' ? 'cannot run this' : '',
    };
    if (state === 'FAILED') {
      this.refusals.push({ agent: agent.id, hash: hexText(hash), decision: this.decision });
    }
    this.tell(agent, { remoteConfigStatus: agent.status });
  }

  #beat(agent: SimulatedAgent): void {
    this.tell(agent, {});
    this.#later(agent, HEARTBEAT_MS, () => this.#beat(agent));
  }

  /** Runs only if the agent is still on the same socket then. */
  #later(agent: SimulatedAgent, delayMs: number, run: () => void): void {
    const { socket } = agent;
    this.after(delayMs, () => {
      if (agent.connected && agent.socket === socket) run();
    });
  }

  #socketName(agent: SimulatedAgent): string {
    return `${agent.id}-${agent.socket}`;
  }

  /** Runs events and rounds until `until`, calling `check` after each. */
  async run(until: number, check: () => Promise<void>): Promise<void> {
    while (this.now < until) {
      const next = this.#events.reduce<Event | undefined>(
        (first, event) =>
          first === undefined || event.at < first.at || (event.at === first.at && event.order < first.order)
            ? event
            : first,
        undefined,
      );
      this.now = Math.max(this.now, Math.min(next?.at ?? until, this.#wakeAt, until));
      if (next !== undefined && next.at <= this.now) {
        this.#events = this.#events.filter((event) => event !== next);
        await next.run();
      }
      const deadline = await this.engine.round();
      this.#wakeAt = Math.min(deadline ?? Number.POSITIVE_INFINITY, this.now + 1000);
      await check();
    }
  }
}
