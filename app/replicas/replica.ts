import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/ports/clock.ts';
import { errorText } from '../../src/ports/operation-error.ts';
import type { SharedStore } from '../store/store.ts';

export interface ReplicaOptions {
  readonly shared: SharedStore;
  readonly clock: Clock;
  /** How long this process counts as there, and the lease as its own, after its last sign of life. */
  readonly leaseMs: number;
  /** Agents whose process is gone; called while this process leads. */
  readonly giveUp: (uids: readonly string[]) => Promise<void>;
  readonly warn: (message: string, error: unknown) => void;
}

/** Signs of life in the time that one of them is good for: two may get lost. */
const BEATS = 3;

/**
 * This process among those that share the store: says that it is there, takes the lease when nobody holds it, and hears
 * what others write. Whoever holds the lease decides; that a process only thinks it does is harmless, because the store
 * refuses its decisions (REL-21).
 */
export class Replica {
  readonly id: string = randomUUID();
  readonly #options: ReplicaOptions;
  readonly #listeners = new Set<(change: string) => void>();
  readonly #stopping = new AbortController();
  #address = '';
  #epoch: number | undefined;
  #leader: string | undefined;
  #addresses: ReadonlyMap<string, string> = new Map();
  #validUntil = Number.NEGATIVE_INFINITY;
  #again = new AbortController();
  #running: Promise<void> | undefined;
  #unlisten: (() => Promise<void>) | undefined;
  #away = false;
  #resigned = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** Whether this process decides, as far as it knows. */
  get leads(): boolean {
    return this.#epoch !== undefined && this.#options.clock.now() < this.#validUntil;
  }

  /** The epoch of the lease; undefined while others hold it. */
  get term(): number | undefined {
    return this.#epoch;
  }

  /** Where the process that decides answers requests; undefined while nobody knows, and here where it is this one. */
  get leader(): string | undefined {
    return this.leads ? this.#address : this.#leader;
  }

  /** Where the process with this id answers requests; undefined when it is not there. */
  addressOf(id: string): string | undefined {
    return this.#addresses.get(id) || undefined;
  }

  /** Calls `listener` with what other processes write (`<table> <operation>`), and with `duty` when this one's changed. */
  onHeard(listener: (change: string) => void): void {
    this.#listeners.add(listener);
  }

  /** From now on nothing is decided here without the lease. Rejects when the store does not answer. */
  async join(): Promise<void> {
    await this.#beat();
    this.#unlisten = await this.#options.shared.listen((change) => {
      if (change.startsWith('leases')) this.#again.abort();
      this.#tell(change);
    });
    this.#running = this.#run();
  }

  /** Tells the others where this process answers requests. */
  async answersAt(address: string): Promise<void> {
    this.#address = address;
    await this.#beat();
  }

  /** Frees the lease at once: from now on another one decides, while this one still holds its agents. */
  async resign(): Promise<void> {
    this.#resigned = true;
    await this.#beat().catch((error: unknown) => {
      this.#options.warn('the lease could not be freed; it ends by itself', error);
    });
  }

  /** Is heard of no more; its agents are free for whom they come to. */
  async leave(): Promise<void> {
    this.#stopping.abort();
    this.#again.abort();
    await this.#running;
    await this.#unlisten?.();
    this.#epoch = undefined;
    await this.#options.shared.leave(this.id).catch((error: unknown) => {
      this.#options.warn('this process could not sign off; it is thought gone by itself', error);
    });
  }

  async #run(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#again = new AbortController();
      await clock.wait(leaseMs / BEATS, this.#again.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#beat();
        this.#away = false;
      } catch (error) {
        if (!this.#away) this.#options.warn(`no sign of life could be stored: ${errorText(error)}`, error);
        this.#away = true;
      }
    }
  }

  async #beat(): Promise<void> {
    const { shared, clock, leaseMs, giveUp } = this.#options;
    const led = this.leads;
    const asked = clock.now();
    const self = { id: this.id, address: this.#address };
    const beat = this.#resigned ? shared.resign(self, leaseMs) : shared.beat(self, leaseMs);
    const { epoch, leader, addresses } = await beat;
    this.#addresses = addresses;
    this.#epoch = epoch;
    this.#leader = leader === '' ? undefined : leader;
    this.#validUntil = asked + leaseMs;
    if (this.leads !== led) this.#tell('duty');
    const orphans = epoch === undefined ? [] : await shared.orphans();
    if (orphans.length > 0) await giveUp(orphans);
  }

  #tell(change: string): void {
    for (const listener of this.#listeners) listener(change);
  }
}
