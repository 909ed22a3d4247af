import type { Rollout } from '../../../src/core/rollout/rollout.ts';

/** Rollouts that are kept: those that people watch. One of 10,000 agents takes some megabytes. */
const KEPT = 8;

/**
 * Rollouts as they were read last, by the name of their last writing, which no other writing has: whoever asks again while nothing was
 * written pays for no log. The ones that were asked for last stay.
 */
export class ReadRollouts {
  readonly #byRevision = new Map<string, Rollout>();

  get(revision: string): Rollout | undefined {
    return this.#byRevision.get(revision);
  }

  keep(revision: string, rollout: Rollout): void {
    this.#byRevision.delete(revision);
    this.#byRevision.set(revision, rollout);
    const [oldest] = this.#byRevision.keys();
    if (this.#byRevision.size > KEPT && oldest !== undefined) this.#byRevision.delete(oldest);
  }
}
