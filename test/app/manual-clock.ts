import type { Clock } from '../../src/ports/clock.ts';

interface Waiter {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  #waiters: Waiter[] = [];
  /** Every wait that was asked for, in milliseconds. */
  readonly waits: number[] = [];

  constructor(now: number = Date.parse('2026-01-02T03:04:05Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wait(durationMs: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(durationMs);
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const waiter = { at: this.#now + durationMs, wake: resolve };
      this.#waiters.push(waiter);
      signal?.addEventListener('abort', () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      });
    });
  }

  /** Moves on and wakes whoever waited for a time up to then. */
  advance(durationMs: number): void {
    this.#now += durationMs;
    const due = this.#waiters.filter((waiter) => waiter.at <= this.#now);
    this.#waiters = this.#waiters.filter((waiter) => waiter.at > this.#now);
    for (const waiter of due) waiter.wake();
  }
}

/** A clock on which every wait is over at once and counts as time that passed, but for the waits of `held` length. */
export class SkippingClock extends ManualClock {
  readonly #held: readonly number[];

  constructor(held: readonly number[] = []) {
    super();
    this.#held = held;
  }

  override wait(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#held.includes(durationMs)) return super.wait(durationMs, signal);
    this.waits.push(durationMs);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    this.advance(durationMs);
    return Promise.resolve();
  }
}
