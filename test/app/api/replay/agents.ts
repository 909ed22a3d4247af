import { once } from 'node:events';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { WebSocket } from 'ws';
import {
  AgentCapabilities,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerToAgentSchema,
} from '../../../../src/core/opamp/gen/opamp_pb.ts';

type Message = MessageInitShape<typeof AgentToServerSchema>;

/** What an agent answers to a config: it takes it, it refuses it in these words, or it says nothing until told to. */
export type Answer = 'take' | 'hold' | { readonly refuse: string };

/**
 * An agent as the recordings' load client plays it: the BindPlane agent v1.30.0 of a machine `lab-host-…`, with a ULID as
 * id, as text. Times do not matter: it answers when the test says so.
 */
export class ReplayAgent {
  answer: Answer = 'take';
  readonly #ulid: string;
  readonly #name: string;
  #socket: WebSocket | undefined;
  #sequence = 0;
  #held: { readonly hash: Uint8Array; readonly text: string } | undefined;
  #status: NonNullable<Message['remoteConfigStatus']> = {};

  constructor(ulid: string, name: string) {
    this.#ulid = ulid;
    this.#name = name;
  }

  async connect(url: string, secretKey: string, labels: string): Promise<void> {
    const headers = { authorization: `Secret-Key ${secretKey}`, 'agent-id': this.#ulid };
    const socket = new WebSocket(url, { headers });
    this.#socket = socket;
    this.#sequence = 0;
    socket.on('message', (data: Buffer) => this.#take(data));
    await once(socket, 'open');
    this.#send({ agentDescription: this.#description(labels), remoteConfigStatus: this.#status });
  }

  async disconnect(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    socket.terminate();
    await once(socket, 'close');
  }

  /** Whether it was sent a config with this in its text and has not answered. */
  isHolding(text: string): boolean {
    return this.#held?.text.includes(text) === true;
  }

  /** Answers the config that was held, and later ones, like this. */
  release(answer: Answer = 'take'): void {
    this.answer = answer;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#answer(held.hash);
  }

  #description(labels: string): Message['agentDescription'] {
    const text = (key: string, value: string) => ({
      key,
      value: { value: { case: 'stringValue' as const, value } },
    });
    return {
      identifyingAttributes: [
        text('service.instance.id', this.#ulid),
        text('service.instance.name', this.#name),
        text('service.name', 'com.observiq.collector'),
        text('service.version', 'v1.30.0'),
      ],
      nonIdentifyingAttributes: [
        text('os.arch', 'amd64'),
        text('os.details', 'load client'),
        text('os.family', 'linux'),
        text('host.name', this.#name),
        text('host.mac_address', '02:00:00:00:00:01'),
        text('service.labels', labels),
      ],
    };
  }

  #send(message: Message): void {
    this.#sequence += 1;
    const capabilities =
      AgentCapabilities.REPORTS_STATUS |
      AgentCapabilities.ACCEPTS_REMOTE_CONFIG |
      AgentCapabilities.REPORTS_REMOTE_CONFIG |
      AgentCapabilities.REPORTS_EFFECTIVE_CONFIG;
    const full = {
      capabilities: BigInt(capabilities),
      ...message,
      instanceUid: new TextEncoder().encode(this.#ulid),
      sequenceNum: BigInt(this.#sequence),
    };
    const body = toBinary(AgentToServerSchema, create(AgentToServerSchema, full));
    this.#socket?.send(Buffer.concat([Buffer.from([0]), body]));
  }

  #take(data: Buffer): void {
    const { remoteConfig } = fromBinary(ServerToAgentSchema, data.subarray(1));
    if (remoteConfig === undefined) return;
    const { configHash: hash, config } = remoteConfig;
    const text = new TextDecoder().decode(config?.configMap['collector.yaml']?.body);
    if (this.answer === 'hold') this.#held = { hash, text };
    else this.#answer(hash);
  }

  #answer(hash: Uint8Array): void {
    const refused = typeof this.answer === 'object' ? this.answer.refuse : undefined;
    this.#status = {
      lastRemoteConfigHash: hash,
      status: refused === undefined ? RemoteConfigStatuses.APPLIED : RemoteConfigStatuses.FAILED,
      errorMessage: refused ?? '',
    };
    this.#send({ remoteConfigStatus: this.#status });
  }
}
