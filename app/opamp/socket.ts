import type { WebSocket } from 'ws';
import { badRequest, decodeFrame, encodeFrame } from '../../src/core/opamp/framing.ts';
import type { ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { Connection } from '../../src/core/opamp/session.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { AgentSessions } from '../../src/ports/agent-link.ts';
import type { AppLimits } from '../limits.ts';

/** Close codes of RFC 6455 §7.4.1. */
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/**
 * One agent socket (or a gateway's, with many agents behind it). All writes go through `send`, one at a time; what the
 * peer does not read is bounded by `sendBufferBytes`, then the socket ends (SEC-74).
 */
export class AgentSocket {
  readonly connection: Connection;
  readonly uids: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly #socket: WebSocket;
  readonly #limits: AppLimits;
  #heard = true;
  #probed = false;

  constructor(socket: WebSocket, connection: Connection, limits: AppLimits) {
    this.#socket = socket;
    this.connection = connection;
    this.#limits = limits;
    socket.on('pong', () => {
      this.#heard = true;
    });
  }

  /** Starts to read. `claimed` is called for each uid when it is first heard on this socket. */
  listen(sessions: AgentSessions, claimed: (uid: string) => void): void {
    this.#socket.on('message', (data, isBinary) => {
      this.#heard = true;
      const bytes = bytesOf(data);
      const decoded = isBinary
        ? decodeFrame(bytes)
        : { problem: 'OpAMP messages are binary; this one was text' };
      if ('problem' in decoded) {
        this.send(badRequest(new Uint8Array(), decoded.problem));
        return;
      }
      const uid = uidText(decoded.message.instanceUid);
      if (uid !== undefined && !this.uids.has(uid)) {
        this.uids.set(uid, decoded.message.instanceUid);
        claimed(uid);
      }
      this.send(sessions.receive(decoded.message, this.connection));
    });
  }

  /** False when the socket is closing or its peer has stopped reading. */
  send(message: ServerToAgent): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#socket.bufferedAmount > this.#limits.sendBufferBytes) {
      this.#socket.terminate();
      return false;
    }
    this.#socket.send(encodeFrame(message));
    return true;
  }

  /** Sends to one of the agents behind this socket, under the uid as that agent spells it. */
  sendTo(uid: string, message: ServerToAgent): boolean {
    const spelled = this.uids.get(uid);
    return spelled !== undefined && this.send({ ...message, instanceUid: spelled });
  }

  /** Asks for a sign of life; ends the socket when the last question was not answered, or no agent ever spoke on it. */
  probe(): void {
    if (!this.#heard || (this.#probed && this.uids.size === 0)) {
      this.#socket.terminate();
      return;
    }
    this.#heard = false;
    this.#probed = true;
    this.#socket.ping();
  }

  refuse(reason: string): void {
    this.#socket.close(POLICY_VIOLATION, reason.slice(0, 120));
  }

  goAway(): void {
    this.#socket.close(GOING_AWAY, 'the server is stopping');
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
