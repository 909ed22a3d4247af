import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions as TlsOptions } from 'node:https';
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { APP_LIMITS } from '../../app/limits.ts';
import type { AppLimits } from '../../app/limits.ts';
import { sharedKeys } from '../../app/opamp/admission.ts';
import type { AgentAdmission } from '../../app/opamp/admission.ts';
import { OpampServer } from '../../app/opamp/server.ts';
import type { KeyValueSchema } from '../../src/core/opamp/gen/anyvalue_pb.ts';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import { AgentToServerSchema, ServerToAgentSchema } from '../../src/core/opamp/gen/opamp_pb.ts';
import { PLAIN_POLICY } from '../../src/core/opamp/policy.ts';
import type { ServerPolicy } from '../../src/core/opamp/policy.ts';
import type { AgentFact, AgentRecord } from '../../src/core/opamp/record.ts';
import { disconnected, foldMessage } from '../../src/core/opamp/session.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { AgentSessions } from '../../src/ports/agent-link.ts';
import { systemClock } from '../../src/io/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { until } from './until.ts';

export type Message = Exclude<MessageInitShape<typeof AgentToServerSchema>, AgentToServer>;

const WIRE_KEY = 'enrolment-key-of-the-tests';
export const WIRE_HEADERS: { readonly authorization: string } = { authorization: `Secret-Key ${WIRE_KEY}` };

export interface WireOptions {
  readonly limits?: Partial<AppLimits>;
  readonly clock?: Clock;
  readonly admission?: AgentAdmission;
  readonly policy?: ServerPolicy;
  readonly tls?: TlsOptions;
}

/** The OpAMP server with the agents it knows on a free port, without store, engine and API. */
export class WireServer {
  readonly opamp: OpampServer;
  readonly records: Map<string, AgentRecord>;
  readonly facts: AgentFact[];
  /** Every message that reached the agents' records. */
  readonly heard: AgentToServer[];
  readonly #listener: Server;

  private constructor(known: Pick<WireServer, 'opamp' | 'records' | 'facts' | 'heard'>, listener: Server) {
    this.opamp = known.opamp;
    this.records = known.records;
    this.facts = known.facts;
    this.heard = known.heard;
    this.#listener = listener;
  }

  static async start(options: WireOptions = {}): Promise<WireServer> {
    const { clock = systemClock, admission = sharedKeys([WIRE_KEY]), policy = PLAIN_POLICY } = options;
    const known = {
      records: new Map<string, AgentRecord>(),
      facts: [] as AgentFact[],
      heard: [] as AgentToServer[],
    };
    const limits = { ...APP_LIMITS, ...options.limits };
    const opamp = new OpampServer({ admission, limits, clock }, sessionsOf(known, clock, policy));
    const answer: RequestListener = (request, response) => void respond(opamp, request, response);
    const listener = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
    listener.on('upgrade', (request, socket, head) => {
      if (!opamp.upgrade(request, socket, head)) socket.destroy();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new WireServer({ ...known, opamp }, listener);
  }

  /** Kinds of facts so far, in order. */
  get told(): readonly AgentFact['kind'][] {
    return this.facts.map(({ kind }) => kind);
  }

  get port(): number {
    const address = this.#listener.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Resolves when `test` holds, looked at between events. */
  async until(test: () => boolean): Promise<void> {
    await until(() => (test() ? true : undefined));
  }

  async close(): Promise<void> {
    this.opamp.terminate();
    this.#listener.close();
    this.#listener.closeAllConnections();
    await once(this.#listener, 'close');
  }
}

async function respond(
  opamp: OpampServer,
  ...[request, response]: Parameters<RequestListener>
): Promise<void> {
  if (!(await opamp.request(request, response))) response.writeHead(404).end();
}

/** What a server must do with messages, in memory. */
function sessionsOf(
  { records, facts, heard }: Pick<WireServer, 'records' | 'facts' | 'heard'>,
  clock: Clock,
  policy: ServerPolicy,
): AgentSessions {
  return {
    receive: (message, connection) => {
      heard.push(message);
      const before = records.get(uidText(message.instanceUid) ?? '');
      const folded = foldMessage(before, message, connection, clock.now(), uidOf(99), policy);
      facts.push(...folded.facts);
      if (folded.record !== undefined) records.set(folded.record.uid, folded.record);
      return folded.reply;
    },
    closed: (connection, uids) => {
      for (const uid of uids) {
        const record = records.get(uid);
        if (record?.connection === connection) records.set(uid, disconnected(record, clock.now()));
      }
    },
  };
}

/** A uid whose bytes are all the same. */
export function uidOf(byte: number): Uint8Array {
  return new Uint8Array(16).fill(byte);
}

/** An attribute with a text. */
export function attribute(key: string, value: string): MessageInitShape<typeof KeyValueSchema> {
  return { key, value: { value: { case: 'stringValue' as const, value: value } } };
}

export function bytesOf(message: Message): Uint8Array {
  return toBinary(AgentToServerSchema, create(AgentToServerSchema, message));
}

/** A bare WebSocket client: it says what a test tells it to say, and nothing by itself. */
export class WireAgent {
  readonly socket: WebSocket;
  readonly #inbox: ServerToAgent[] = [];
  readonly #frames: Buffer[] = [];
  readonly #waiting: ((message: ServerToAgent) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      this.#frames.push(data);
      const message = fromBinary(ServerToAgentSchema, Uint8Array.from(data.subarray(1)));
      const next = this.#waiting.shift();
      if (next === undefined) this.#inbox.push(message);
      else next(message);
    });
  }

  /** Connects; rejects with the status of the refusal. */
  static async connect(
    server: { readonly port: number },
    options: ClientOptions & { readonly path?: string; readonly scheme?: string } = {},
  ): Promise<WireAgent> {
    const { scheme = 'ws', path = '/v1/opamp', ...rest } = options;
    const url = `${scheme}://127.0.0.1:${server.port}${path}`;
    const socket = new WebSocket(url, { headers: WIRE_HEADERS, ...rest });
    const agent = new WireAgent(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, response) => {
        reject(Object.assign(new Error(`status ${response.statusCode}`), { response }));
      });
      socket.once('close', () => reject(new Error('closed')));
    });
    return agent;
  }

  /** The frames as they came, header byte included. */
  get frames(): readonly Buffer[] {
    return this.#frames;
  }

  /** Messages that came and that nobody asked for yet. */
  get unread(): number {
    return this.#inbox.length;
  }

  frame(bytes: Uint8Array, options: { readonly binary?: boolean } = {}): void {
    this.socket.send(bytes, { binary: true, ...options });
  }

  /** Sends a message and resolves with the next one that comes. */
  say(message: Message): Promise<ServerToAgent> {
    const next = this.next();
    this.frame(Buffer.concat([Buffer.from([0]), bytesOf(message)]));
    return next;
  }

  next(): Promise<ServerToAgent> {
    const [first] = this.#inbox.splice(0, 1);
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves with the code when the socket ends. */
  async closed(): Promise<number> {
    const [code] = await once(this.socket, 'close');
    return Number(code);
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.terminate();
    await once(this.socket, 'close');
  }
}

export interface Posted {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as a ServerToAgent, where it is one. */
  readonly message: ServerToAgent;
}

/** One request over plain HTTP, byte for byte as given. */
export async function post(
  server: { readonly port: number },
  body: Uint8Array,
  headers: Readonly<Record<string, string | string[]>> = {},
  { method = 'POST', path = '/v1/opamp' }: { readonly method?: string; readonly path?: string } = {},
): Promise<Posted> {
  const all: Record<string, string | string[]> = {
    ...WIRE_HEADERS,
    'content-type': 'application/x-protobuf',
    ...headers,
  };
  const request = httpRequest({
    host: '127.0.0.1',
    port: server.port,
    method,
    path,
    headers: { ...all, 'content-length': body.length },
  });
  request.on('error', () => undefined);
  request.end(body);
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const plain = response.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  const isProtobuf = response.headers['content-type'] === 'application/x-protobuf';
  return {
    status: response.statusCode,
    headers: response.headers,
    body: raw,
    message: isProtobuf
      ? fromBinary(ServerToAgentSchema, Uint8Array.from(plain))
      : create(ServerToAgentSchema, {}),
  };
}
