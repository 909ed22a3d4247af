import type { WebSocket } from 'ws';
import { badRequest, decodeFrame } from '../../src/core/opamp/framing.ts';
import type { AgentToServer, ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import type { Connection } from '../../src/core/opamp/session.ts';
import { plainAnswer } from '../../src/core/opamp/session.ts';
import { uidText } from '../../src/core/opamp/uid.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import type { Channel, Claim, Switchboard } from './channel.ts';
import { SocketWriter } from './socket-writer.ts';
import { TokenBucket } from './token-bucket.ts';

/** Close codes of RFC 6455 §7.4.1. */
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/**
 * One agent socket, or a gateway's with many agents behind it. Messages are taken in one after another; reading stops while one waits for its
 * turn, while too many answers are owed, and while the peer sends faster than it may (SEC-73): nothing is lost, and nobody else waits.
 */
export class AgentSocket implements Channel {
  readonly connection: Connection;
  readonly credential: string;
  readonly uids: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly #refused = new Map<string, Claim>();
  readonly #socket: WebSocket;
  readonly #limits: AppLimits;
  readonly #clock: Clock;
  readonly #writer: SocketWriter;
  readonly #meter: TokenBucket;
  readonly #inbox: Uint8Array[] = [];
  readonly #openedAt: number;
  #isWorking = false;
  #heardAt: number;
  #pingedAt: number | undefined;

  constructor(
    socket: WebSocket,
    connection: Connection,
    credential: string,
    limits: AppLimits,
    clock: Clock,
  ) {
    this.#socket = socket;
    this.connection = connection;
    this.credential = credential;
    this.#limits = limits;
    this.#clock = clock;
    this.#openedAt = clock.now();
    this.#heardAt = this.#openedAt;
    this.#meter = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, this.#openedAt);
    this.#writer = new SocketWriter(
      socket,
      limits,
      () => clock.now(),
      () => this.#resume(),
    );
    socket.on('pong', () => this.#heard());
  }

  /** Starts to read. */
  listen(switchboard: Switchboard): void {
    this.#socket.on('message', (data, isBinary) => {
      this.#heard();
      if (!isBinary) {
        this.#writer.answer(badRequest(new Uint8Array(), 'OpAMP messages are binary; this one was text'));
        return;
      }
      this.#inbox.push(bytesOf(data));
      if (!this.#isWorking) void this.#work(switchboard);
    });
  }

  send(uid: string, message: ServerToAgent): boolean {
    const spelled = this.uids.get(uid);
    return spelled !== undefined && this.#writer.offer(uid, { ...message, instanceUid: spelled });
  }

  release(uid: string): void {
    this.uids.delete(uid);
  }

  /** Asks with a ping; an answer, or a message, within `pongMs` counts. */
  async isAlive(): Promise<boolean> {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    const timer = new AbortController();
    let isAnswered = false;
    const answered = (): void => {
      isAnswered = true;
      timer.abort();
    };
    const closed = (): void => timer.abort();
    this.#socket.on('pong', answered);
    this.#socket.on('close', closed);
    this.#socket.ping();
    await this.#clock.wait(this.#limits.pongMs, timer.signal).catch(() => undefined);
    this.#socket.off('pong', answered);
    this.#socket.off('close', closed);
    return isAnswered;
  }

  /**
   * Ends the socket when no agent spoke in time, when its peer reads nothing or does not answer pings; asks for a sign of life when nothing was
   * heard for long. To be called about once a second.
   */
  tick(): void {
    const now = this.#clock.now();
    const { firstMessageMs, pingMs, pongMs, stallMs } = this.#limits;
    const stalledSince = this.#writer.stalledSince;
    const isSilent =
      this.uids.size === 0 && this.#refused.size === 0 && now - this.#openedAt > firstMessageMs;
    const isStalled = stalledSince !== undefined && now - stalledSince > stallMs;
    const isDead = this.#pingedAt !== undefined && now - this.#pingedAt > pongMs;
    if (isSilent || isStalled || isDead) {
      this.#socket.terminate();
      return;
    }
    if (this.#pingedAt === undefined && now - this.#heardAt > pingMs) {
      this.#pingedAt = now;
      this.#socket.ping();
    }
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

  #heard(): void {
    this.#heardAt = this.#clock.now();
    this.#pingedAt = undefined;
  }

  /** Takes what came in, message by message. */
  async #work(switchboard: Switchboard): Promise<void> {
    this.#isWorking = true;
    for (let bytes = this.#inbox.shift(); bytes !== undefined; bytes = this.#inbox.shift()) {
      const decoded = decodeFrame(bytes);
      if ('problem' in decoded) this.#writer.answer(badRequest(new Uint8Array(), decoded.problem));
      else {
        const answer = this.#take(decoded.message, switchboard);
        if (answer instanceof Promise) {
          this.#socket.pause();
          this.#writer.answer(await answer);
        } else this.#writer.answer(answer);
      }
      if (this.#writer.isFull) this.#socket.pause();
      while (!this.#meter.take(this.#clock.now(), this.#share)) await this.#slowDown();
    }
    this.#isWorking = false;
    this.#resume();
  }

  /** Waits until the peer may send another message; meanwhile it fills its own buffers, not ours. */
  async #slowDown(): Promise<void> {
    this.#socket.pause();
    await this.#clock.wait(Math.ceil((1000 * this.#share) / this.#limits.messagesPerSecond));
  }

  /** Of the messages that one agent may send, the part that one message of this socket costs. */
  get #share(): number {
    return 1 / Math.max(1, this.uids.size);
  }

  #resume(): void {
    if (this.#socket.isPaused && !this.#writer.isFull && !this.#isWorking) this.#socket.resume();
  }

  #take(message: AgentToServer, switchboard: Switchboard): ServerToAgent | Promise<ServerToAgent> {
    const uid = uidText(message.instanceUid);
    if (uid === undefined || this.uids.has(uid)) return this.#received(uid, message, switchboard);
    if (!this.#refused.has(uid) && this.uids.size + this.#refused.size >= this.#limits.agentsPerSocket) {
      return badRequest(
        message.instanceUid,
        `more than ${this.#limits.agentsPerSocket} agents on one socket`,
      );
    }
    const claim = switchboard.claim(uid, this);
    return claim instanceof Promise
      ? claim.then((found) => this.#claimed(uid, found, message, switchboard))
      : this.#claimed(uid, claim, message, switchboard);
  }

  /** A twin is given a uid of its own once, and heard no more under the old one while the other lives (SEC-62). */
  #claimed(uid: string, claim: Claim, message: AgentToServer, switchboard: Switchboard): ServerToAgent {
    const wasRefused = this.#refused.has(uid);
    if (claim === 'granted') {
      this.#refused.delete(uid);
      this.uids.set(uid, message.instanceUid);
      return this.#received(uid, message, switchboard);
    }
    this.#refused.set(uid, claim);
    if (claim === 'foreign') {
      return badRequest(
        message.instanceUid,
        'this credential may not speak for the agent with this instance uid',
      );
    }
    return wasRefused ? plainAnswer(message) : switchboard.rename(message);
  }

  #received(uid: string | undefined, message: AgentToServer, switchboard: Switchboard): ServerToAgent {
    const answer = switchboard.receive(message, this);
    if (uid !== undefined && message.agentDisconnect !== undefined) switchboard.left(uid, this);
    return answer;
  }
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
