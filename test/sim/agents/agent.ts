import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AgentCapabilities,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerToAgentFlags,
  type ServerToAgent,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { hexBytes, hexText, uidText } from '../../../src/core/opamp/uid.ts';
import type { Line, Peer } from '../channels.ts';
import type { Random } from '../random.ts';
import { secretIn } from '../secrets.ts';
import type { World } from '../world.ts';
import type { Model } from './models.ts';

type Message = MessageInitShape<typeof AgentToServerSchema>;

export type StatusName = 'UNSET' | 'APPLIED' | 'APPLYING' | 'FAILED';

/** The RemoteConfigStatus that an agent would tell now. */
export interface AgentStatus {
  readonly hash: string;
  readonly state: StatusName;
  readonly message: string;
}

/** What agents know of the world: the way to a server, and which texts they cannot run. */
export interface Surroundings {
  readonly world: World;
  /** A new way to some server; undefined when none can be reached now. */
  connect(agent: SimulatedAgent): Line | undefined;
  /** Whether this agent can run this text. */
  canRun(agent: SimulatedAgent, text: string): boolean;
  /** Told of everything that matters to invariants. */
  readonly observer: AgentObserver;
}

export interface AgentObserver {
  /** An agent took a text in; `fails` where it cannot run it. */
  took(agent: SimulatedAgent, hash: string, fails: boolean): void;
  told(agent: SimulatedAgent, status: AgentStatus): void;
}

const BASE =
  AgentCapabilities.REPORTS_STATUS |
  AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
  AgentCapabilities.REPORTS_REMOTE_CONFIG;

const HEARTBEAT_MS = 30_000;
const UNSET: AgentStatus = { hash: '', state: 'UNSET', message: '' };

const text = (key: string, value: string) => ({
  key,
  value: { value: { case: 'stringValue' as const, value } },
});

/** One simulated agent: what it is, what it remembers, and what it does with what it is sent. */
export class SimulatedAgent implements Peer {
  readonly index: number;
  readonly name: string;
  readonly model: Model;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  uid: Uint8Array;
  id: string;
  /** The text that its collector runs. */
  running = '';
  /** Text of the file that it starts with. */
  file = '';
  status: AgentStatus = UNSET;
  line: Line | undefined;
  /** It is switched on. */
  isOn = false;
  readonly #world: World;
  readonly #surroundings: Surroundings;
  readonly #random: Random;
  #sequence = 0;
  #backoffMs = 500;
  /** Rises with all that makes work begun before void: another offer, a restart. */
  #work = 0;
  #socket = 0;
  #quoted = '';
  #isHealthy = true;
  /** Something happened that it had no connection to tell of. */
  #isUntold = false;

  constructor(
    index: number,
    identity: {
      readonly uid: Uint8Array;
      readonly model: Model;
      readonly version: string;
      readonly labels: Readonly<Record<string, string>>;
    },
    surroundings: Surroundings,
  ) {
    this.index = index;
    this.name = `agent-${String(index).padStart(3, '0')}`;
    this.model = identity.model;
    this.version = identity.version;
    this.labels = identity.labels;
    this.uid = identity.uid;
    this.id = uidText(identity.uid) ?? '';
    this.#surroundings = surroundings;
    this.#world = surroundings.world;
    this.#random = surroundings.world.random.fork();
  }

  /** It is in touch with the server, and the server listens to it. */
  get isConnected(): boolean {
    return this.line?.isOpen === true && this.line.isServed;
  }

  /** Whether it says of itself that it is well. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  switchOn(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.#world.tell(this.name, 'is switched on');
    this.#startAnew();
    this.#connectSoon(this.#random.below(1000));
  }

  switchOff(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.#world.tell(this.name, 'is switched off');
    this.#work += 1;
    this.#hangUp();
  }

  /** Its process starts anew, with the file that it has. */
  restart(): void {
    if (!this.isOn) return;
    this.#work += 1;
    this.#hangUp();
    this.#world.tell(this.name, 'starts anew');
    this.#startAnew();
    this.#connectSoon(200 + this.#random.below(2000));
  }

  /** What it was doing is forgotten, and what it was told stands in its file or nowhere. */
  #startAnew(): void {
    this.#isHealthy = true;
    this.#sequence = 0;
    if (this.model.isForgetful) this.status = UNSET;
    this.running = this.file;
    if (this.file !== '' && !this.#surroundings.canRun(this, this.file)) this.#startsBadFile();
  }

  #hangUp(): void {
    this.#socket += 1;
    this.line?.close();
    this.line = undefined;
  }

  ended(): void {
    this.#socket += 1;
    this.line = undefined;
    if (this.isOn) this.#connectSoon(100 + this.#random.below(this.#world.faults ? 3000 : 500));
  }

  #connectSoon(ms: number): void {
    const socket = this.#socket;
    this.#world.after(ms, () => {
      if (this.#socket !== socket || !this.isOn || this.line !== undefined) return;
      this.#connect();
    });
  }

  #connect(): void {
    this.#socket += 1;
    this.line = this.#surroundings.connect(this);
    if (this.line === undefined) {
      this.#backoffMs = Math.min(30_000, this.#backoffMs * 2);
      this.#connectSoon(this.#random.below(this.#backoffMs));
      return;
    }
    this.#backoffMs = 500;
    // A new process tells everything; the same one only counts on (spec v0.16), unless it begins anew by itself.
    if (this.#sequence === 0 || this.#isUntold || this.#random.chance(0.3)) this.#tellAll();
    else this.#tell({});
    this.#onThisSocket(HEARTBEAT_MS, () => this.#beat());
    const { flapsMs } = this.model;
    if (flapsMs !== undefined) {
      this.#onThisSocket(1000 + this.#random.below(flapsMs), () => {
        this.#hangUp();
        this.#connectSoon(100 + this.#random.below(2000));
      });
    }
  }

  #beat(): void {
    if (this.line?.isOpen !== true) {
      // Polls notice only now that their server is gone.
      this.line = undefined;
      this.#connectSoon(this.#random.below(1000));
      return;
    }
    this.#tell({});
    this.#onThisSocket(HEARTBEAT_MS, () => this.#beat());
  }

  #onThisSocket(ms: number, run: () => void): void {
    const socket = this.#socket;
    this.#world.after(ms, () => {
      if (this.#socket === socket && this.line !== undefined) run();
    });
  }

  /** Runs only if nothing came between. */
  #inThisWork(ms: number, run: () => void): void {
    const work = this.#work;
    this.#world.after(ms, () => {
      if (this.#work === work && this.isOn) run();
    });
  }

  receive(message: ServerToAgent): void {
    if (!this.isOn || this.line === undefined) return;
    const renamed = message.agentIdentification?.newInstanceUid;
    if (renamed !== undefined) {
      this.uid = renamed;
      this.id = uidText(renamed) ?? '';
      this.#world.tell(this.name, 'is given the uid', this.id);
      this.#tellAll();
      return;
    }
    if ((message.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n) {
      this.#onThisSocket(1 + this.#random.below(5), () => this.#tellAll());
    }
    const body = Object.values(message.remoteConfig?.config?.configMap ?? {})[0]?.body;
    if (message.remoteConfig === undefined || body === undefined) return;
    this.#take(new TextDecoder().decode(body), hexText(message.remoteConfig.configHash));
  }

  #take(config: string, hash: string): void {
    this.#work += 1;
    const fails =
      !this.#surroundings.canRun(this, config) ||
      (this.#world.faults && this.#random.chance(this.model.failsAtRandom));
    this.#world.tell(this.name, fails ? 'cannot run' : 'takes', hash.slice(0, 8));
    this.#surroundings.observer.took(this, hash, fails);
    if (fails) this.#fail(config, hash);
    else this.#apply(config, hash);
  }

  #apply(config: string, hash: string): void {
    const { applyMs, saysApplying, isMute } = this.model;
    // The same again: most say so at once.
    if (this.running === config && this.#isHealthy && this.#random.chance(0.7)) {
      if (!isMute) this.#report(hash, 'APPLIED');
      return;
    }
    if (saysApplying && !isMute) this.#report(hash, 'APPLYING');
    this.#inThisWork(1 + this.#random.below(applyMs), () => {
      this.running = config;
      this.file = config;
      this.#isHealthy = true;
      if (!isMute) this.#report(hash, 'APPLIED');
    });
  }

  #fail(config: string, hash: string): void {
    this.#quoted = secretIn(config);
    const before = this.status;
    const soon = 1 + this.#random.below(5000);
    switch (this.model.reaction) {
      case 'refuses':
        this.#inThisWork(soon, () => this.#report(hash, 'FAILED'));
        return;
      case 'keeps-file':
        this.#putFile(config, hash);
        this.#inThisWork(soon, () => {
          this.#isHealthy = false;
          this.#report(hash, 'FAILED');
        });
        return;
      case 'goes-back':
        this.#report(hash, 'APPLYING');
        this.#inThisWork(soon, () => {
          if (this.#random.chance(0.5)) this.#report(hash, 'FAILED');
          this.status = before;
          this.#tell({ remoteConfigStatus: this.#statusMessage() });
          this.#told();
        });
        return;
      case 'crash-loops':
        this.#putFile(config, hash);
        if (this.#random.chance(0.5)) this.#report(hash, 'APPLYING');
        this.#inThisWork(500 + this.#random.below(3000), () => this.restart());
        return;
      case 'turns-unhealthy':
        this.#putFile(config, hash);
        this.#report(hash, 'APPLIED');
        this.#inThisWork(this.#random.below(8000), () => this.#turnUnhealthy());
        return;
      case 'lies':
        this.#inThisWork(soon, () => this.#report(hash, 'APPLIED'));
        return;
      case 'hangs':
      default:
    }
  }

  /** The file is the bad one from now on, and what it remembers of itself goes with the file, whether it can still say so or not. */
  #putFile(config: string, hash: string): void {
    this.file = config;
    this.running = config;
    this.status = { hash, state: 'APPLYING', message: '' };
    this.#isUntold = true;
  }

  /** What it does with a bad file that it finds when it starts. */
  #startsBadFile(): void {
    const { reaction } = this.model;
    if (reaction === 'crash-loops') this.#inThisWork(2000 + this.#random.below(4000), () => this.restart());
    if (reaction === 'keeps-file' || reaction === 'turns-unhealthy') this.#isHealthy = false;
  }

  #turnUnhealthy(): void {
    this.#isHealthy = false;
    this.#world.tell(this.name, 'turns unhealthy');
    this.#tell({ health: this.#healthMessage() });
  }

  /** Collectors quote what they cannot use. */
  #said(words: string): string {
    return this.#quoted === '' ? words : `${words}: ${this.#quoted}`;
  }

  #report(hash: string, state: StatusName): void {
    this.status = { hash, state, message: state === 'FAILED' ? this.#said('cannot run this') : '' };
    this.#tell({ remoteConfigStatus: this.#statusMessage(), ...this.#health() });
    this.#told();
  }

  #told(): void {
    this.#world.tell(this.name, 'says', this.status.state, this.status.hash.slice(0, 8));
    this.#surroundings.observer.told(this, this.status);
  }

  #statusMessage(): Message['remoteConfigStatus'] {
    const { hash, state, message } = this.status;
    if (state === 'UNSET') return {};
    return {
      lastRemoteConfigHash: hexBytes(hash) ?? new Uint8Array(),
      status: RemoteConfigStatuses[state],
      errorMessage: message,
    };
  }

  #healthMessage(): NonNullable<Message['health']> {
    return { healthy: this.#isHealthy, lastError: this.#isHealthy ? '' : this.#said('the pipeline stopped') };
  }

  #health(): Pick<Message, 'health'> {
    return this.model.client === 'supervisor' ? { health: this.#healthMessage() } : {};
  }

  #tellAll(): void {
    this.#isUntold = false;
    const isSupervisor = this.model.client === 'supervisor';
    const labels = Object.entries(this.labels).map(([key, value]) => `${key}=${value}`);
    this.#tell({
      agentDescription: {
        identifyingAttributes: [
          text('service.name', isSupervisor ? 'otelcol-contrib' : 'com.observiq.collector'),
          text('service.instance.name', this.name),
          text('service.version', this.version),
        ],
        nonIdentifyingAttributes: [text('service.labels', labels.join(',')), text('os.type', 'linux')],
      },
      remoteConfigStatus: this.#statusMessage(),
      ...this.#health(),
    });
  }

  #tell(message: Message): void {
    if (this.line === undefined) {
      this.#isUntold = true;
      return;
    }
    this.#sequence += 1;
    const health = this.model.client === 'supervisor' ? AgentCapabilities.REPORTS_HEALTH : 0;
    this.line.tell(
      create(AgentToServerSchema, {
        instanceUid: this.uid,
        capabilities: BigInt(BASE | health),
        sequenceNum: BigInt(this.#sequence),
        ...message,
      }),
    );
  }
}
