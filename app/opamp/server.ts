import { randomInt, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentLink, AgentSessions } from '../../src/ports/agent-link.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import { sameSecret } from '../same-secret.ts';
import { shownKey } from './shown-key.ts';
import { AgentSocket } from './socket.ts';

const OPAMP_PATH = '/v1/opamp';

export interface OpampSettings {
  /** Keys that may enrol; several while one is being rotated. Never empty (SEC-60). */
  readonly secretKeys: readonly string[];
  readonly limits: AppLimits;
  readonly clock: Clock;
}

/**
 * OpAMP over WebSocket. Decides who may upgrade (before the upgrade: 401, 403, 404, 429 or 503), keeps one socket for
 * each instance uid (a second one takes the place of the first), and hands messages to `sessions`.
 */
export class OpampServer implements AgentLink {
  readonly #settings: OpampSettings;
  readonly #sessions: AgentSessions;
  readonly #sockets = new Set<AgentSocket>();
  readonly #byUid = new Map<string, AgentSocket>();
  readonly #byAddress = new Map<string, number>();
  readonly #server: WebSocketServer;
  #draining = false;

  constructor(settings: OpampSettings, sessions: AgentSessions) {
    this.#settings = settings;
    this.#sessions = sessions;
    const { limits } = settings;
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
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== OPAMP_PATH) return false;
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      refuseUpgrade(socket, refusal);
      return true;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request));
    return true;
  }

  send(uid: string, message: ServerToAgent): boolean {
    return this.#byUid.get(uid)?.sendTo(uid, message) ?? false;
  }

  disconnect(uid: string, reason: string): void {
    this.#byUid.get(uid)?.refuse(reason);
  }

  /** Pings every socket; those that did not answer the last time end. To be called every `pingMs`. */
  probe(): void {
    for (const socket of this.#sockets) socket.probe();
  }

  /** Number of sockets. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Refuses newcomers and lets go of everybody, spread over `drainMs` because clients come back at once (REL-27). */
  async drain(drainMs: number): Promise<void> {
    this.#draining = true;
    const sockets = [...this.#sockets];
    const slices = Math.min(SLICES, sockets.length);
    for (let slice = 0; slice < slices; slice += 1) {
      for (const socket of sockets.filter((_, index) => index % slices === slice)) socket.goAway();
      if (sockets.length > SLICES) await this.#settings.clock.wait(drainMs / slices);
    }
  }

  /** Ends what is left at once. */
  terminate(): void {
    this.#draining = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  #refusal(request: IncomingMessage): Refusal | undefined {
    const { limits, secretKeys } = this.#settings;
    const key = shownKey(request.headers);
    // Every key is compared, so that the time says nothing about which one matched.
    const known = secretKeys.map((secret) => sameSecret(key ?? '', secret)).includes(true);
    if (!known) return { status: 401, text: 'unauthorized: this needs Authorization: Secret-Key <key>' };
    if (request.headers.origin !== undefined) return { status: 403, text: 'OpAMP is not for browsers' };
    const address = request.socket.remoteAddress ?? '';
    const full =
      this.#sockets.size >= limits.connections ||
      (this.#byAddress.get(address) ?? 0) >= limits.connectionsPerAddress;
    if (!this.#draining && !full) return undefined;
    const retryAfter = randomInt(limits.retryAfterMinSeconds, limits.retryAfterMaxSeconds + 1);
    return {
      status: 503,
      text: this.#draining ? 'the server is stopping' : 'too many connections',
      retryAfter,
    };
  }

  #accept(webSocket: WebSocket, request: IncomingMessage): void {
    const address = request.socket.remoteAddress ?? '';
    const labels = request.headers['x-bindplane-labels'];
    const connection = {
      id: randomUUID(),
      remoteAddress: `${address}:${request.socket.remotePort ?? 0}`,
      labels: (Array.isArray(labels) ? labels[0] : labels) ?? '',
    };
    const socket = new AgentSocket(webSocket, connection, this.#settings.limits);
    this.#sockets.add(socket);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => this.#closed(socket, address));
    socket.listen(this.#sessions, (uid) => this.#claim(uid, socket));
  }

  /** The newest socket of a uid counts: the usual reason for a second one is a first that died unnoticed. */
  #claim(uid: string, socket: AgentSocket): void {
    const older = this.#byUid.get(uid);
    this.#byUid.set(uid, socket);
    if (older === undefined || older === socket) return;
    older.uids.delete(uid);
    if (older.uids.size === 0) older.refuse('another connection with this instance uid took its place');
  }

  #closed(socket: AgentSocket, address: string): void {
    this.#sockets.delete(socket);
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
    const uids = [...socket.uids.keys()].filter((uid) => this.#byUid.get(uid) === socket);
    for (const uid of uids) this.#byUid.delete(uid);
    this.#sessions.closed(socket.connection.id, uids);
  }
}

/** Steps in which a drain lets go of its sockets. */
const SLICES = 20;

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: number;
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
