import { setImmediate as yieldToSockets } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

export interface LoopOptions {
  readonly clock: Clock;
  /** Looked at everything at least this often. */
  readonly tickMs: number;
  /** One look; gives when the next thing is due (milliseconds since the epoch), where it knows. */
  readonly round: () => Promise<number | undefined>;
  readonly failed: (error: unknown) => void;
}

/** Longest wait between two rounds while things happen: nobody notices it at the end of a rollout. */
const LONGEST_GAP_MS = 100;

/** Why a wait ends early. One value for all: an error with its stack for each message of an agent would cost more than the message. */
const WOKEN = new Error('something happened');

/** Rounds one after another: at once when something happened meanwhile, else when the next thing is due. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #stopped = new AbortController();
  #wake: (() => void) | undefined;
  #wakesAtKicks = true;
  #kicked = false;
  #running: Promise<void> | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something happened: look again soon. */
  kick(): void {
    this.#kicked = true;
    if (this.#wakesAtKicks) this.#wake?.();
  }

  /** Looks again now; resolves when a round that began after the call is over, or no round comes any more. */
  once(): Promise<void> {
    if (this.#running === undefined || this.#stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#kicked = true;
      this.#wake?.();
    });
  }

  /** Resolves after the round under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, tickMs, round, failed } = this.#options;
    while (!this.#stopped.signal.aborted) {
      // What lies in the sockets by now is one round's work; without this each message would have a round, and a write to the disk, of its own.
      await yieldToSockets();
      const startedAt = clock.now();
      this.#kicked = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      const deadline = await round().catch((error: unknown) => {
        failed(error);
        // Not again at once: the store may be away, and agents go on talking.
        this.#kicked = false;
        return undefined;
      });
      for (const resolve of waiting) resolve();
      if (this.#waiting.length > 0) continue;
      // Rounds take longer the more agents there are: as long as one took, sockets and requests have their turn.
      const tookMs = Math.min(clock.now() - startedAt, LONGEST_GAP_MS);
      if (this.#kicked && tookMs > 0) await this.#sleep(tookMs, 'asked');
      if (this.#kicked) continue;
      const tick = clock.now() + tickMs;
      await this.#sleep(Math.max(1, Math.min(deadline ?? tick, tick) - clock.now()), 'kicked');
    }
    for (const resolve of this.#waiting) resolve();
  }

  /** `until`: what ends it early, anything that happens, or only somebody who waits for a round. */
  async #sleep(durationMs: number, until: 'kicked' | 'asked'): Promise<void> {
    const timer = new AbortController();
    const stop = (): void => timer.abort(WOKEN);
    this.#wake = stop;
    this.#wakesAtKicks = until === 'kicked';
    this.#stopped.signal.addEventListener('abort', stop, { once: true });
    await this.#options.clock.wait(durationMs, timer.signal).catch(() => undefined);
    this.#stopped.signal.removeEventListener('abort', stop);
    this.#wake = undefined;
  }
}
