import type { Refusal } from '../store/store.ts';

/** Refused hashes in memory: who must not be offered what (REL-04). */
export class Ledger {
  readonly #refusals = new Map<string, Map<string, Refusal>>();

  load(refusals: readonly Refusal[]): void {
    this.#refusals.clear();
    for (const refusal of refusals) this.add(refusal);
  }

  /** Keeps the first refusal of a hash by an agent. */
  add(refusal: Refusal): void {
    const ofHash = this.#refusals.get(refusal.hash) ?? new Map<string, Refusal>();
    if (!ofHash.has(refusal.agent)) ofHash.set(refusal.agent, refusal);
    this.#refusals.set(refusal.hash, ofHash);
  }

  /** A new decision: the hash may be offered again, to this agent or to everybody. */
  clear(hash: string, agent?: string): void {
    if (agent === undefined) this.#refusals.delete(hash);
    else this.#refusals.get(hash)?.delete(agent);
  }

  refused(agent: string, hash: string): boolean {
    return this.#refusals.get(hash)?.has(agent) ?? false;
  }

  refusal(agent: string, hash: string): Refusal | undefined {
    return this.#refusals.get(hash)?.get(agent);
  }

  /** How many agents refused a hash outside rollouts. */
  outsideRollouts(hash: string): number {
    return [...(this.#refusals.get(hash)?.values() ?? [])].filter(({ rollout }) => rollout === undefined)
      .length;
  }
}
