import type { ServerToAgent } from '../../src/core/opamp/gen/opamp_pb.ts';
import { pend, withPending } from '../../src/core/opamp/pending.ts';
import type { Connection } from '../../src/core/opamp/session.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import type { Channel } from './channel.ts';
import { TokenBucket } from './token-bucket.ts';

const MINUTE = 60_000;
/** Times that a sequence goes back within a minute before two agents are taken to share a uid: one restart is no twin. */
const TWIN_STEPS_BACK = 3;
/** Retries of one request that are brought what the first answer brought: a client whose number stands still would be restarted for ever. */
const RETRIES = 10;

/** Where an agent polls from, and with which credential. */
export interface Polling {
  readonly connection: Connection;
  readonly credential: string;
  readonly isAgentsOwn: boolean;
  readonly address: string;
}

/**
 * An agent that polls over plain HTTP: there is no socket, so what the server wants of it waits for its next request, the newest of each kind
 * (spec "Plain HTTP Transport"). It counts as connected until polls stay away.
 */
export class PollSession implements Channel {
  readonly connection: Connection;
  readonly credential: string;
  readonly address: string;
  readonly isAgentsOwn: boolean;
  readonly uid: string;
  readonly #limits: AppLimits;
  readonly #clock: Clock;
  readonly #meter: TokenBucket;
  readonly #ended: () => void;
  #waiting: ServerToAgent | undefined;
  #retries = 0;
  /** Puts back what the last answer brought; absent where it brought nothing. */
  #undo: (() => void) | undefined;
  #heardAt: number;
  #sequence = -1n;
  #stepsBack: number[] = [];

  /** `ended` is called when it is told to end. */
  constructor(
    uid: string,
    { connection, credential, address, isAgentsOwn }: Polling,
    limits: AppLimits,
    clock: Clock,
    ended: () => void,
  ) {
    this.uid = uid;
    this.connection = connection;
    this.credential = credential;
    this.address = address;
    this.isAgentsOwn = isAgentsOwn;
    this.#limits = limits;
    this.#clock = clock;
    this.#ended = ended;
    this.#heardAt = clock.now();
    this.#meter = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, this.#heardAt);
  }

  /** Notes a request. False when the agent asks more often than it may. */
  heard(): boolean {
    this.#heardAt = this.#clock.now();
    return this.#meter.take(this.#heardAt);
  }

  /**
   * Notes the number of a request. Whether two agents seem to take turns under this uid: their numbers go back again and again. The same number
   * once more is a request that got no answer (reference/opamp.md §1.4): what that brought is brought again.
   */
  isShared(sequence: bigint): boolean {
    const now = this.#clock.now();
    // A process that begins anew counts from 0 or 1: one that crashes again and again is alone all the same.
    const isBack = sequence < this.#sequence && sequence > 1n;
    // Clients that do not count send 0 all the time.
    this.#retries = sequence === this.#sequence && sequence > 0n ? this.#retries + 1 : 0;
    if (this.#retries > 0 && this.#retries <= RETRIES) this.#undo?.();
    this.#undo = undefined;
    this.#sequence = sequence;
    this.#stepsBack = this.#stepsBack.filter((at) => now - at < MINUTE);
    if (isBack) this.#stepsBack.push(now);
    if (this.#stepsBack.length < TWIN_STEPS_BACK) return false;
    this.#stepsBack = [];
    return true;
  }

  /** An answer with what waits for the agent; `undo` puts that back when the answer did not get out. */
  filled(answer: ServerToAgent): { readonly message: ServerToAgent; readonly undo: () => void } {
    const waiting = this.#waiting;
    if (waiting === undefined) return { message: answer, undo: () => undefined };
    const { message, left } = withPending(answer, waiting);
    this.#waiting = left;
    let isOut = true;
    const undo = (): void => {
      if (isOut) this.#waiting = this.#waiting === undefined ? waiting : pend(waiting, this.#waiting);
      isOut = false;
    };
    this.#undo = undo;
    return { message, undo };
  }

  send(_uid: string, message: ServerToAgent): boolean {
    this.#waiting = pend(this.#waiting, message);
    return true;
  }

  release(): void {
    this.#ended();
  }

  /** Polls cannot be asked for: the newest speaker is believed. */
  isAlive(): Promise<boolean> {
    return Promise.resolve(false);
  }

  refuse(): void {
    this.#ended();
  }

  /** Too many polls stayed away. */
  get isGone(): boolean {
    const { pollMs, missedPolls } = this.#limits;
    return this.#clock.now() - this.#heardAt > pollMs * missedPolls;
  }
}
