import { once } from 'node:events';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { WebSocket } from 'ws';
import type { AgentRemoteConfig, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import {
  AgentCapabilities,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from '../../src/core/opamp/gen/opamp_pb.ts';

type Message = MessageInitShape<typeof AgentToServerSchema>;

export interface TestAgentOptions {
  readonly url: string;
  readonly secretKey: string;
  readonly name: string;
  readonly version?: string;
  /** `bindplane-agent` sends `service.labels` and takes `collector.yaml`; `supervisor` sends attributes and takes `""`. */
  readonly kind?: 'bindplane-agent' | 'supervisor';
  readonly labels?: Readonly<Record<string, string>>;
  readonly uid?: Uint8Array;
  /** The error text for a config it refuses; undefined when it takes it. Not called: `silent`. */
  readonly judge?: (config: string) => string | undefined;
  /** Never answers an offer. */
  readonly silent?: boolean;
}

const CAPABILITIES =
  AgentCapabilities.REPORTS_STATUS |
  AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
  AgentCapabilities.REPORTS_REMOTE_CONFIG |
  AgentCapabilities.REPORTS_EFFECTIVE_CONFIG;

/** An agent for tests: speaks OpAMP over a real socket, applies what it is offered, restores by itself what it refuses. */
export class TestAgent {
  readonly offers: string[] = [];
  /** What it runs now; empty before the first config. */
  running = '';
  readonly #options: TestAgentOptions;
  readonly #uid: Uint8Array;
  #socket: WebSocket | undefined;
  #sequence = 0;
  #status: NonNullable<Message['remoteConfigStatus']> = {};
  #waiting: { readonly test: () => boolean; readonly resolve: () => void }[] = [];

  constructor(options: TestAgentOptions) {
    this.#options = options;
    this.#uid = options.uid ?? crypto.getRandomValues(new Uint8Array(16));
  }

  static async connect(options: TestAgentOptions): Promise<TestAgent> {
    const agent = new TestAgent(options);
    await agent.connect();
    return agent;
  }

  /** Opens a socket to its server, or to another one, and says everything about itself. */
  async connect(url: string = this.#options.url): Promise<void> {
    const headers = { authorization: `Secret-Key ${this.#options.secretKey}` };
    const socket = new WebSocket(url, { headers });
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(fromBinary(ServerToAgentSchema, data.subarray(1))));
    socket.on('error', () => undefined);
    await Promise.race([
      once(socket, 'open'),
      once(socket, 'close').then(() => Promise.reject(new Error('refused'))),
    ]);
    this.#sendFull();
  }

  /** Resolves when `test` holds, looked at after every message. */
  until(test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ test, resolve }));
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    socket.terminate();
    await once(socket, 'close');
  }

  /** Resolves with the code when the server ends the socket. */
  async ended(): Promise<number> {
    const [code] = await once(this.#socket ?? new WebSocket(null), 'close');
    return Number(code);
  }

  send(message: Message): void {
    this.#sequence += 1;
    const full = {
      capabilities: BigInt(CAPABILITIES),
      ...message,
      instanceUid: this.#uid,
      sequenceNum: BigInt(this.#sequence),
    };
    const body = toBinary(AgentToServerSchema, create(AgentToServerSchema, full));
    this.#socket?.send(Buffer.concat([Buffer.from([0]), body]));
  }

  #sendFull(): void {
    const { name, version = '1.80.1', kind = 'bindplane-agent', labels = {} } = this.#options;
    const text = (key: string, value: string) => ({
      key,
      value: { value: { case: 'stringValue' as const, value } },
    });
    const pairs = Object.entries(labels);
    const own =
      kind === 'supervisor'
        ? pairs.map(([key, value]) => text(key, value))
        : [text('service.labels', pairs.map((pair) => pair.join('=')).join(','))];
    this.send({
      agentDescription: {
        identifyingAttributes: [
          text('service.name', kind === 'supervisor' ? 'otelcol' : 'com.observiq.collector'),
          text('service.instance.name', name),
          text('service.version', version),
        ],
        nonIdentifyingAttributes: [text('host.name', name), text('os.type', 'linux'), ...own],
      },
      remoteConfigStatus: this.#status,
    });
  }

  #take(message: ServerToAgent): void {
    if ((message.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n) this.#sendFull();
    if (message.remoteConfig !== undefined) this.#apply(message.remoteConfig);
    this.#waiting = this.#waiting.filter(({ test, resolve }) => {
      if (!test()) return true;
      resolve();
      return false;
    });
  }

  #apply(remote: AgentRemoteConfig): void {
    const { judge, silent, kind } = this.#options;
    const object = remote.config?.configMap[kind === 'supervisor' ? '' : 'collector.yaml'];
    const config = new TextDecoder().decode(object?.body);
    this.offers.push(config);
    if (silent === true) return;
    const error = judge?.(config);
    if (error === undefined) this.running = config;
    this.#status = {
      lastRemoteConfigHash: remote.configHash,
      status: error === undefined ? RemoteConfigStatuses.APPLIED : RemoteConfigStatuses.FAILED,
      errorMessage: error ?? '',
    };
    this.send({ remoteConfigStatus: this.#status });
  }
}
