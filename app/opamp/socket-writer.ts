import type { WebSocket } from 'ws';
import { encodeFrame } from '../../src/core/opamp/framing.ts';
import type { ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import { pend, withPending } from '../../src/core/opamp/pending.ts';
import type { AppLimits } from '../limits.ts';

/** Bytes that may wait in the socket itself before the queue holds back; two configs of the usual size. */
const HIGH_WATER = 65_536;

/**
 * The one writer of a socket. Answers go out in order; of what the server wants of an agent the newest of each kind waits. While the peer does
 * not read, nothing more is handed to the socket, so what it costs is bounded by the answers it is owed (the reader stops at `agentQueue` of
 * them) and one message for each agent (SEC-74).
 */
export class SocketWriter {
  readonly #socket: WebSocket;
  readonly #limits: AppLimits;
  readonly #answers: ServerToAgent[] = [];
  readonly #waiting = new Map<string, ServerToAgent>();
  readonly #drained: () => void;
  #stalledSince: number | undefined;
  #now: () => number;

  /** `drained` is called when the queue is empty again after it was full. */
  constructor(socket: WebSocket, limits: AppLimits, now: () => number, drained: () => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#now = now;
    this.#drained = drained;
  }

  /** An answer that is owed. */
  answer(message: ServerToAgent): void {
    this.#answers.push(message);
    this.#flush();
  }

  /** Something for one agent; takes the place of what still waits for it. False when the socket is closing. */
  offer(uid: string, message: ServerToAgent): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    this.#waiting.set(uid, pend(this.#waiting.get(uid), message));
    this.#flush();
    return true;
  }

  /** The reader should wait. */
  get isFull(): boolean {
    return this.#answers.length >= this.#limits.agentQueue;
  }

  /** Since when the peer has taken nothing although something waits; undefined while it reads. */
  get stalledSince(): number | undefined {
    return this.#stalledSince;
  }

  #flush(): void {
    const wasFull = this.isFull;
    while (this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < HIGH_WATER) {
      const next = this.#answers.shift() ?? this.#nextOffer();
      if (next === undefined) break;
      this.#write(next);
    }
    if (this.#socket.bufferedAmount < HIGH_WATER) this.#stalledSince = undefined;
    else this.#stalledSince ??= this.#now();
    if (wasFull && !this.isFull) this.#drained();
  }

  #write(message: ServerToAgent): void {
    const frame = encodeFrame(message);
    this.#socket.send(frame, (error) => {
      if (error === undefined || error === null) {
        this.#stalledSince = undefined;
        this.#flush();
      }
    });
  }

  #nextOffer(): ServerToAgent | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [uid, waiting] = first;
    this.#waiting.delete(uid);
    if (waiting.command === undefined && waiting.errorResponse === undefined) return waiting;
    const bare: ServerToAgent = {
      $typeName: waiting.$typeName,
      instanceUid: waiting.instanceUid,
      capabilities: waiting.capabilities,
      flags: 0n,
    };
    const { message, left } = withPending(bare, waiting);
    if (left !== undefined) this.#waiting.set(uid, left);
    return message;
  }
}
