import { OperationError } from '../../../src/ports/operation-error.ts';
import type { Beat, SharedStore, Store, StoreTables } from '../../../app/store/store.ts';
import type { Database } from './database.ts';
import { handoverTable } from './handover-table.ts';
import { identityTables } from './identity-tables.ts';
import {
  agentTable,
  configTable,
  deliveryQueue,
  holdTable,
  originTable,
  outbox,
  policyTable,
  refusalTable,
  resourceTable,
  rolloutTable,
  type Run,
} from './tables.ts';

/**
 * What goes wrong at one call. `late` leaves the effect of the call in place: the process dies after the commit and before
 * it hears of it, or the answer of a database over the network is lost.
 */
export type StoreFault =
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'error'; readonly error: Error; readonly late?: boolean }
  | { readonly kind: 'crash'; readonly late?: boolean };

export interface ConnectionOptions {
  /** Names the process; never used twice. */
  readonly name: string;
  /** Several processes use the database: leases, beats and announcements. */
  readonly shared: boolean;
  /** Asked at each call (`agents.putRecords`, `commit`) what goes wrong with it. */
  readonly fault?: (call: string) => StoreFault | undefined;
  /** The process dies at this very call: it hears of nothing any more. */
  readonly crash?: () => void;
  readonly wait?: (ms: number) => Promise<void>;
}

const LEASE = 'decider';

/** Replicas that were not heard of for this long are forgotten, as in `app/store/postgres-shared.ts`. */
const FORGOTTEN_MS = 3_600_000;

/** Hears nothing ever. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/**
 * The store as one process sees it. Calls resolve after their effect is durable; when the process is gone (`kill`) none
 * resolves any more, and what was not committed never happened: exactly what `kill -9` leaves behind.
 */
export class Connection {
  readonly name: string;
  readonly store: Store;
  readonly #database: Database;
  readonly #options: ConnectionOptions;
  readonly #listeners = new Set<(change: string) => void>();
  #isAlive = true;
  #fence: { readonly epoch: number | undefined } | undefined;

  constructor(database: Database, options: ConnectionOptions) {
    this.name = options.name;
    this.#database = database;
    this.#options = options;
    const shared = options.shared ? this.#shared() : undefined;
    this.store = {
      ...this.#tables((call, body) => this.#outside(call, body)),
      transaction: (work) => this.#transaction(work, true),
      record: (work) => this.#transaction(work, false),
      ...(shared === undefined ? {} : { shared }),
      close: async () => this.kill(),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** The process is gone. */
  kill(): void {
    this.#isAlive = false;
    this.#listeners.clear();
    this.#database.abandon(this.name);
  }

  /** Tells the process what others announced. */
  hear(change: string): void {
    for (const listener of this.#listeners) listener(change);
  }

  #tables(run: Run): StoreTables {
    const database = this.#database;
    return {
      ...identityTables(database, run),
      resources: resourceTable(database, run),
      configs: configTable(database, run),
      agents: agentTable(database, run),
      refusals: refusalTable(database, run),
      rollouts: rolloutTable(database, run),
      origins: originTable(database, run),
      holds: holdTable(database, run),
      policies: policyTable(database, run),
      handovers: handoverTable(database, run),
      deliveries: deliveryQueue(database, run),
      outbox: outbox(database, run),
    };
  }

  /** What goes wrong before the effect; gives what goes wrong after it. */
  async #before(call: string): Promise<StoreFault | undefined> {
    if (!this.#isAlive) return never();
    const fault = this.#options.fault?.(call);
    if (fault === undefined) return undefined;
    if (fault.kind === 'slow') {
      await this.#options.wait?.(fault.ms);
      return this.#isAlive ? undefined : never();
    }
    if (fault.late === true) return fault;
    return this.#fails(fault);
  }

  /** Waits for its turn; a process that went meanwhile keeps nobody from theirs. */
  async #acquire(): Promise<void> {
    if (this.#isAlive) await this.#database.acquire(this.name);
    if (this.#isAlive) return;
    this.#database.abandon(this.name);
    await never();
  }

  #fails(fault: StoreFault): Promise<never> {
    if (fault.kind === 'error') return Promise.reject(fault.error);
    this.kill();
    this.#options.crash?.();
    return never();
  }

  /** A call in no transaction is one of its own. */
  async #outside<T>(call: string, body: () => T): Promise<T> {
    const late = await this.#before(call);
    await this.#acquire();
    let result: T;
    try {
      result = body();
      this.#database.commit(this.name);
    } catch (error) {
      this.#database.rollback();
      throw error;
    } finally {
      this.#database.release();
    }
    return late === undefined ? result : this.#fails(late);
  }

  async #inside<T>(call: string, body: () => T): Promise<T> {
    // The effect of a call in a transaction is gone with it, so it does not matter when it fails.
    const late = await this.#before(call);
    return late === undefined ? body() : this.#fails(late);
  }

  async #transaction<T>(work: (tables: StoreTables) => Promise<T>, isDecision: boolean): Promise<T> {
    const begun = await this.#before('begin');
    await this.#acquire();
    let late: StoreFault | undefined;
    let result: T;
    try {
      if (begun !== undefined) await this.#fails(begun);
      if (isDecision) this.#check();
      result = await work(this.#tables((call, body) => this.#inside(call, body)));
      late = await this.#before('commit');
      this.#database.commit(this.name);
    } catch (error) {
      if (!this.#isAlive) return never();
      this.#database.rollback();
      this.#database.release();
      throw error;
    }
    this.#database.release();
    return late === undefined ? result : this.#fails(late);
  }

  /** Rejects when this process took part in leading and does not lead now (REL-21). */
  #check(): void {
    if (this.#fence === undefined) return;
    const lease = this.#database.rows.leases.get(LEASE);
    if (lease !== undefined && lease.epoch === this.#fence.epoch) return;
    throw new OperationError({
      code: 'not-leading',
      message: 'Another replica of this server decides now; nothing was changed',
      hint: 'Send the request again',
      retryable: true,
    });
  }

  #shared(): SharedStore {
    const database = this.#database;
    const { leases, replicas } = database.rows;
    const putReplica = (id: string, address: string, ttlMs: number): void => {
      const now = database.now();
      database.write('replicas', id, { address, expiresAt: now + ttlMs });
      for (const [other, { expiresAt }] of replicas) {
        if (expiresAt < now - FORGOTTEN_MS) database.write('replicas', other, undefined);
      }
    };
    const free = (id: string): void => {
      const lease = leases.get(LEASE);
      if (lease?.holder !== id || lease.expiresAt <= 0) return;
      database.write('leases', LEASE, { ...lease, expiresAt: 0 });
      database.announced(this.name, 'leases UPDATE');
    };
    return {
      beat: async ({ id, address }, ttlMs) => {
        const beat = await this.#outside('shared.beat', () => {
          putReplica(id, address, ttlMs);
          return this.#present(takeLease(database, id, ttlMs));
        });
        this.#fence = { epoch: beat.epoch };
        return beat;
      },
      resign: async ({ id, address }, ttlMs) => {
        this.#fence = { epoch: undefined };
        return this.#outside('shared.resign', () => {
          putReplica(id, address, ttlMs);
          free(id);
          return this.#present(undefined);
        });
      },
      leave: async (id) => {
        this.#fence = { epoch: undefined };
        await this.#outside('shared.leave', () => {
          database.write('replicas', id, undefined);
          free(id);
        });
      },
      orphans: () =>
        this.#outside('shared.orphans', () => {
          const isThere = (owner: string): boolean => (replicas.get(owner)?.expiresAt ?? 0) > database.now();
          return [...database.rows.agents].flatMap(([uid, { owner }]) =>
            owner === undefined || isThere(owner) ? [] : [uid],
          );
        }),
      listen: async (listener) => {
        await this.#before('shared.listen');
        this.#listeners.add(listener);
        listener('everything');
        return async () => void this.#listeners.delete(listener);
      },
    };
  }

  #present(epoch: number | undefined): Beat {
    const { rows, now } = this.#database;
    const there = [...rows.replicas].filter(([, { expiresAt }]) => expiresAt > now());
    const lease = rows.leases.get(LEASE);
    const held = lease !== undefined && lease.expiresAt > now() ? lease.holder : undefined;
    const leader = epoch === undefined ? there.find(([id]) => id === held)?.[1].address : undefined;
    return {
      ...(epoch === undefined ? {} : { epoch }),
      ...(leader === undefined ? {} : { leader }),
      addresses: new Map(there.map(([id, { address }]) => [id, address])),
    };
  }
}

/** Renews the lease, or takes it when nobody holds it any more: then the epoch is a new one. */
function takeLease(database: Database, id: string, ttlMs: number): number | undefined {
  const lease = database.rows.leases.get(LEASE);
  const now = database.now();
  if (lease !== undefined && lease.holder !== id && lease.expiresAt >= now) return undefined;
  const renewed = lease?.holder === id && lease.expiresAt > 0;
  const epoch = (lease?.epoch ?? 0) + (renewed ? 0 : 1);
  database.write('leases', LEASE, { holder: id, epoch, expiresAt: now + ttlMs });
  return epoch;
}
