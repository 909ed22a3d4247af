import type { AppLimits } from '../limits.ts';

export type ReportLimits = Pick<
  AppLimits,
  'reportIntervalMs' | 'reportRetryMs' | 'reportsPerMinute' | 'urgentReportsPerMinute'
>;

/** What decides when a report goes out. */
export interface Schedulable {
  readonly key: string;
  readonly thread: string;
  readonly urgency: string;
}

const MINUTE_MS = 60_000;

/**
 * When reports go out: at once what is new or needs somebody to act, counts at most once an interval and thread, failed ones after
 * a growing wait, and all together below GitHub's limit of content writes. Kept in memory: after a restart the first report of
 * each key counts as new.
 */
export class Schedule {
  readonly #limits: ReportLimits;
  readonly #sentUrgency = new Map<string, string>();
  readonly #threadSentAt = new Map<string, number>();
  readonly #retryAt = new Map<string, number>();
  #writes: number[] = [];

  constructor(limits: ReportLimits) {
    this.#limits = limits;
  }

  /** When this report may go out, in milliseconds since the epoch; not after `now` means at once. */
  dueAt({ key, thread, urgency }: Schedulable, now: number): number {
    const retryAt = this.#retryAt.get(key) ?? Number.NEGATIVE_INFINITY;
    const urgent = this.#sentUrgency.get(key) !== urgency;
    const quietUntil = urgent
      ? Number.NEGATIVE_INFINITY
      : (this.#threadSentAt.get(thread) ?? Number.NEGATIVE_INFINITY) + this.#limits.reportIntervalMs;
    return Math.max(retryAt, quietUntil, this.#roomAt(urgent, now));
  }

  /** Whether a report whose turn it is still fits below the limit of writes. */
  hasRoom({ key, urgency }: Schedulable, now: number): boolean {
    return this.#roomAt(this.#sentUrgency.get(key) !== urgency, now) <= now;
  }

  /** Counts an attempt, whether it will work or not: GitHub counts it too. */
  attempted(now: number): void {
    this.#writes.push(now);
  }

  sent({ key, thread, urgency }: Schedulable, now: number): void {
    this.#retryAt.delete(key);
    this.#sentUrgency.set(key, urgency);
    this.#threadSentAt.set(thread, now);
  }

  /** `attempts` counts this failure as well. */
  failed(key: string, attempts: number, now: number): void {
    const waitMs = Math.min(1000 * 2 ** Math.min(attempts - 1, 20), this.#limits.reportRetryMs);
    this.#retryAt.set(key, now + waitMs);
  }

  /** When the next write fits below the limit of writes in a minute. */
  #roomAt(urgent: boolean, now: number): number {
    this.#writes = this.#writes.filter((at) => at > now - MINUTE_MS);
    const room = urgent ? this.#limits.urgentReportsPerMinute : this.#limits.reportsPerMinute;
    const oldest = this.#writes.at(-room);
    return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + MINUTE_MS;
  }
}
