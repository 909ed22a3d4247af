import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { Connection } from '../../src/core/opamp/session.ts';
import { identify } from '../../src/core/opamp/session.ts';
import type { AgentLink, AgentSessions } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import type { Admitted, AgentAdmission, Refusal } from './admission.ts';
import type { Channel, Claim, Switchboard } from './channel.ts';
import { Gate } from './gate.ts';
import { Polls } from './polls.ts';
import { AgentSocket } from './socket.ts';

const OPAMP_PATH = '/v1/opamp';
/** Steps in which a drain lets go of its sockets. */
const SLICES = 20;

export interface OpampSettings {
  /** Who may speak OpAMP. Nobody without a credential (SEC-60). */
  readonly admission: AgentAdmission;
  readonly limits: AppLimits;
  readonly clock: Clock;
}

/**
 * OpAMP over WebSocket and plain HTTP. Decides who is let in (before the upgrade: 401, 403, 429 or 503), keeps one channel for each instance
 * uid, and hands messages to `sessions`. State is kept by uid, never by socket: one socket may carry many agents, and HTTP has none.
 */
export class OpampServer implements AgentLink, Switchboard {
  readonly #settings: OpampSettings;
  readonly #sessions: AgentSessions;
  readonly #sockets = new Set<AgentSocket>();
  readonly #byUid = new Map<string, Channel>();
  readonly #gate: Gate;
  readonly #polls: Polls;
  readonly #server: WebSocketServer;

  constructor(settings: OpampSettings, sessions: AgentSessions) {
    this.#settings = settings;
    this.#sessions = sessions;
    const { limits } = settings;
    this.#gate = new Gate({ ...settings, size: () => this.size });
    this.#polls = new Polls(this.#gate, this, settings, (session) => {
      this.#gone(session.connection.id, [session.uid], session);
    });
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.agentMessageBytes,
      maxFragments: limits.webSocketFragments,
      maxBufferedChunks: limits.webSocketBufferedChunks,
    });
  }

  /** Listener for an HTTP server's `upgrade` event. True when the request was for OpAMP (accepted or refused). */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (!isOpamp(request)) return false;
    socket.on('error', () => socket.destroy());
    this.#upgrade(request, socket, head).catch(() => socket.destroy());
    return true;
  }

  /** Answers an HTTP request for OpAMP; false when it is for somebody else. */
  async request(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!isOpamp(request)) return false;
    await this.#polls.answer(request, response);
    return true;
  }

  send(uid: string, message: ServerToAgent): boolean {
    return this.#byUid.get(uid)?.send(uid, message) ?? false;
  }

  disconnect(uid: string, reason: string): void {
    this.#byUid.get(uid)?.refuse(reason);
  }

  /** Ends every connection that showed a credential which is not good any more: it was looked at only when the connection began. */
  revoke(credential: string): void {
    const shown = [...this.#sockets, ...this.#polls.sessions].filter(
      (channel) => channel.credential === credential,
    );
    for (const channel of shown) channel.refuse('the credential was revoked');
  }

  /** Looks after pings, silence and polls that stay away. To be called about once a second. */
  tick(): void {
    for (const socket of this.#sockets) socket.tick();
    this.#polls.tick();
  }

  /** Number of sockets and of agents that poll. */
  get size(): number {
    return this.#sockets.size + this.#polls.size;
  }

  /** Refuses newcomers and lets go of everybody, spread over `drainMs` because clients come back at once (REL-27). */
  async drain(drainMs: number): Promise<void> {
    this.#gate.drain();
    const sockets = [...this.#sockets];
    const slices = Math.min(SLICES, sockets.length);
    for (let slice = 0; slice < slices; slice += 1) {
      for (const socket of sockets.filter((_, index) => index % slices === slice)) socket.goAway();
      if (sockets.length > SLICES) await this.#settings.clock.wait(drainMs / slices);
    }
  }

  /** Ends what is left at once. */
  terminate(): void {
    this.#gate.drain();
    for (const socket of this.#sockets) socket.terminate();
    this.#polls.endAll();
  }

  /**
   * The newest channel of a uid counts when the older one does not answer: the usual reason for a second one is a first that died unnoticed.
   * An older one that answers belongs to a twin (SEC-62).
   */
  claim(uid: string, channel: Channel): Claim | Promise<Claim> {
    if (!this.#settings.admission.speaksFor(channel.credential, uid)) return 'foreign';
    const older = this.#byUid.get(uid);
    if (older === undefined || older === channel) return this.#grant(uid, channel);
    return older.isAlive().then((isAlive) => {
      const present = this.#byUid.get(uid);
      if (isAlive && present !== undefined && present !== channel) return 'duplicate';
      return this.#grant(uid, channel);
    });
  }

  receive(message: AgentToServer, channel: Channel): ServerToAgent {
    return this.#sessions.receive(message, channel.connection);
  }

  rename(message: AgentToServer): ServerToAgent {
    return identify(message, randomBytes(16)).reply;
  }

  left(uid: string, channel: Channel): void {
    if (this.#byUid.get(uid) === channel) this.#byUid.delete(uid);
    channel.release(uid);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const admitted = await this.#gate.check(request);
    const refusal =
      'status' in admitted ? admitted : (this.#gate.room(request, admitted) ?? this.#gate.enter());
    if (socket.destroyed) return;
    if (refusal !== undefined) refuseUpgrade(socket, refusal);
    else if (!('status' in admitted)) {
      this.#server.handleUpgrade(request, socket, head, (webSocket) =>
        this.#accept(webSocket, request, admitted),
      );
    }
  }

  #accept(webSocket: WebSocket, request: IncomingMessage, { credential, isAgentsOwn }: Admitted): void {
    const { limits, clock } = this.#settings;
    const address = request.socket.remoteAddress ?? '';
    const labels = request.headers['x-bindplane-labels'];
    const connection: Connection = {
      id: randomUUID(),
      remoteAddress: `${address}:${request.socket.remotePort ?? 0}`,
      labels: (Array.isArray(labels) ? labels[0] : labels) ?? '',
      transport: 'websocket',
    };
    const socket = new AgentSocket(webSocket, connection, credential, limits, clock);
    const counted = isAgentsOwn === true ? credential : undefined;
    this.#sockets.add(socket);
    this.#gate.opened(address, counted);
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => {
      this.#sockets.delete(socket);
      this.#gate.closed(address, counted);
      this.#gone(connection.id, [...socket.uids.keys()], socket);
    });
    socket.listen(this);
  }

  #grant(uid: string, channel: Channel): Claim {
    const older = this.#byUid.get(uid);
    this.#byUid.set(uid, channel);
    if (older === undefined || older === channel) return 'granted';
    older.release(uid);
    if (older instanceof AgentSocket && older.uids.size === 0) {
      older.refuse('another connection with this instance uid took its place');
    }
    return 'granted';
  }

  #gone(connection: string, uids: readonly string[], channel: Channel): void {
    const own = uids.filter((uid) => this.#byUid.get(uid) === channel);
    for (const uid of own) this.#byUid.delete(uid);
    this.#sessions.closed(connection, own);
  }
}

function isOpamp(request: IncomingMessage): boolean {
  return (request.url ?? '/').split('?')[0] === OPAMP_PATH;
}

function refuseUpgrade(socket: Duplex, { status, text, retryAfter }: Refusal): void {
  const body = JSON.stringify({ errors: [text] });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
