import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { badRequest, decodeBody } from '../../src/core/opamp/framing.ts';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import { ServerToAgentSchema } from '../../src/core/opamp/gen/opamp_pb.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import type { Admitted, Refusal } from './admission.ts';
import type { Switchboard } from './channel.ts';
import type { Gate } from './gate.ts';
import { acceptsGzip, readBody } from './http-body.ts';
import { PollSession } from './poll-session.ts';

const MEDIA_TYPE = 'application/x-protobuf';
const deflate = promisify(gzip);

/** OpAMP over plain HTTP: one POST, one answer, one session for each agent that polls. */
export class Polls {
  readonly #gate: Gate;
  readonly #switchboard: Switchboard;
  readonly #limits: AppLimits;
  readonly #clock: Clock;
  readonly #closed: (session: PollSession) => void;
  readonly #sessions = new Map<string, PollSession>();

  /** `closed` hears of sessions that ended, for whatever reason. */
  constructor(
    gate: Gate,
    switchboard: Switchboard,
    { limits, clock }: { readonly limits: AppLimits; readonly clock: Clock },
    closed: (session: PollSession) => void,
  ) {
    this.#gate = gate;
    this.#switchboard = switchboard;
    this.#limits = limits;
    this.#clock = clock;
    this.#closed = closed;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get sessions(): Iterable<PollSession> {
    return this.#sessions.values();
  }

  /** Answers one request to the OpAMP path. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const problem = requestProblem(request);
    if (problem !== undefined) {
      refuse(request, response, problem);
      return;
    }
    const admitted = await this.#gate.check(request);
    if ('status' in admitted) {
      refuse(request, response, admitted);
      return;
    }
    const body = await readBody(request, this.#limits.agentMessageBytes);
    if (body === undefined) return;
    if ('status' in body) {
      refuse(request, response, body);
      return;
    }
    const decoded = decodeBody(body.bytes);
    if ('problem' in decoded) {
      await reply(request, response, 400, badRequest(new Uint8Array(), decoded.problem));
      return;
    }
    await this.#take(decoded.message, admitted, request, response);
  }

  /** Ends sessions whose polls stayed away. */
  tick(): void {
    for (const session of this.#sessions.values()) if (session.isGone) this.#end(session);
  }

  endAll(): void {
    for (const session of this.#sessions.values()) this.#end(session);
  }

  async #take(
    message: AgentToServer,
    admitted: Admitted,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const uid = uidText(message.instanceUid);
    if (uid === undefined) {
      const text = `instance_uid has ${message.instanceUid.length} bytes; it must be 16 bytes (or a ULID of 26 characters)`;
      await reply(request, response, 200, badRequest(message.instanceUid, text));
      return;
    }
    const session = await this.#session(uid, admitted, request);
    if ('status' in session) {
      refuse(request, response, session);
      return;
    }
    if (!session.heard()) {
      refuse(request, response, {
        status: 429,
        text: 'this agent sends more messages than it may',
        retryAfter: this.#limits.retryAfterMinSeconds,
      });
      return;
    }
    if (session.isShared(message.sequenceNum)) {
      await reply(request, response, 200, this.#switchboard.rename(message));
      return;
    }
    const { message: answer, undo } = session.filled(this.#switchboard.receive(message, session));
    response.on('close', () => {
      if (!response.writableFinished) undo();
    });
    if (message.agentDisconnect !== undefined) this.#switchboard.left(uid, session);
    await reply(request, response, 200, answer);
  }

  /** The session of an agent, a new one where it has none with this credential. */
  async #session(uid: string, admitted: Admitted, request: IncomingMessage): Promise<PollSession | Refusal> {
    const known = this.#sessions.get(uid);
    if (known?.credential === admitted.credential) return known;
    const refused = this.#gate.room(request, admitted) ?? this.#gate.enter();
    if (refused !== undefined) return refused;
    const address = request.socket.remoteAddress ?? '';
    const labels = request.headers['x-bindplane-labels'];
    const connection = {
      id: randomUUID(),
      remoteAddress: `${address}:${request.socket.remotePort ?? 0}`,
      labels: (Array.isArray(labels) ? labels[0] : labels) ?? '',
      transport: 'http' as const,
    };
    const { credential, isAgentsOwn } = admitted;
    const session: PollSession = new PollSession(
      uid,
      { connection, credential, address, isAgentsOwn: isAgentsOwn === true },
      this.#limits,
      this.#clock,
      () => this.#end(session),
    );
    const claim = await this.#switchboard.claim(uid, session);
    if (claim === 'foreign') {
      return { status: 403, text: 'this credential may not speak for the agent with this instance uid' };
    }
    if (claim === 'duplicate') {
      return {
        status: 409,
        text: 'another agent with this instance uid is connected',
        retryAfter: this.#limits.retryAfterMinSeconds,
      };
    }
    this.#sessions.set(uid, session);
    this.#gate.opened(address, isAgentsOwn === true ? credential : undefined);
    return session;
  }

  #end(session: PollSession): void {
    if (this.#sessions.get(session.uid) !== session) return;
    this.#sessions.delete(session.uid);
    this.#gate.closed(session.address, session.isAgentsOwn ? session.credential : undefined);
    this.#closed(session);
  }
}

/** 405 for what is neither an upgrade nor a POST, 415 for what is no protobuf. */
function requestProblem(request: IncomingMessage): Refusal | undefined {
  if (request.method === 'GET') {
    return {
      status: 426,
      text: 'OpAMP is spoken here over WebSocket (GET with Upgrade) and plain HTTP (POST)',
    };
  }
  if (request.method !== 'POST') return { status: 405, text: 'OpAMP is spoken here with GET and POST' };
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  return type === MEDIA_TYPE ? undefined : { status: 415, text: `the Content-Type must be ${MEDIA_TYPE}` };
}

/** An answer as JSON, as the REST API's errors are; what is left of the request is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, text, retryAfter } = refusal;
  const body = JSON.stringify({ errors: [text] });
  response.writeHead(status, STATUS_CODES[status] ?? '', {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(status === 405 ? { allow: 'GET, POST' } : {}),
    ...(status === 426 ? { upgrade: 'websocket' } : {}),
    ...(request.complete ? {} : { connection: 'close' }),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(body);
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: ServerToAgent,
): Promise<void> {
  const plain = toBinary(ServerToAgentSchema, create(ServerToAgentSchema, message));
  const isGzip = acceptsGzip(request.headers['accept-encoding']);
  const body = isGzip ? await deflate(plain) : plain;
  response.writeHead(status, {
    'content-type': MEDIA_TYPE,
    'content-length': body.length,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
}
