import type { Rollout } from '../../../src/core/rollout/rollout.ts';

/** Rollouts that are kept: those that people watch. One of 10,000 agents takes some megabytes. */
const KEPT = 8;

/**
 * Rollouts as they were read or written last, with the name of that writing, which no other writing has: whoever asks again while nothing was
 * written pays for no log. A writing that was taken back is never asked for. Those that were asked for last stay.
 */
export class ReadRollouts {
  readonly #byId = new Map<string, { readonly revision: string; readonly rollout: Rollout }>();

  get(id: string, revision: string): Rollout | undefined {
    const known = this.#byId.get(id);
    return known?.revision === revision ? known.rollout : undefined;
  }

  keep(revision: string, rollout: Rollout): void {
    this.#byId.delete(rollout.id);
    this.#byId.set(rollout.id, { revision, rollout });
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > KEPT && oldest !== undefined) this.#byId.delete(oldest);
  }
}
