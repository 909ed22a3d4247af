import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { OperationError } from '../../src/ports/operation-error.ts';
import { session } from './postgres-dialect.ts';
import { CHANNEL } from './postgres-triggers.ts';
import type { Schema } from './schema-types.ts';
import type { Beat, SharedStore } from './store.ts';

/** What the store adds to `SharedStore` for itself. */
export interface PostgresShared extends SharedStore {
  /** Rejects when this process took part in leading and does not lead now. */
  check(transaction: Kysely<Schema>): Promise<void>;
  close(): Promise<void>;
}

/** The one lease there is: who decides about rollouts, works off webhooks and reports. */
const LEASE = 'decider';

/** Wait before a broken LISTEN is tried again. */
const LISTEN_AGAIN_MS = 500;

/** Leases, replicas and announcements over PostgreSQL; `own` are the sessions of this process. Times are the database's, so that clocks of processes do not matter. */
export function sharedStore(db: Kysely<Schema>, own: ReadonlySet<number>, url: string): PostgresShared {
  let fence: { epoch: number | undefined } | undefined;
  const listening = new Set<() => Promise<void>>();
  return {
    async beat(replica, ttlMs) {
      const beat = await db.transaction().execute(async (transaction): Promise<Beat> => {
        await putReplica(transaction, replica, ttlMs);
        const epoch = await takeLease(transaction, replica.id, ttlMs);
        return { ...(epoch === undefined ? {} : { epoch }), ...(await present(transaction, epoch)) };
      });
      fence = { epoch: beat.epoch };
      return beat;
    },
    async resign(replica, ttlMs) {
      fence = { epoch: undefined };
      return db.transaction().execute(async (transaction) => {
        await putReplica(transaction, replica, ttlMs);
        await freeLease(transaction, replica.id);
        return present(transaction, undefined);
      });
    },
    async leave(id) {
      fence = { epoch: undefined };
      await sql`delete from replicas where id = ${id}`.execute(db);
      await freeLease(db, id);
    },
    async orphans() {
      const { rows } = await sql<{ uid: string }>`
        select uid from agents where owner is not null
        and owner not in (select id from replicas where expires_at > ${NOW})`.execute(db);
      return rows.map(({ uid }) => uid);
    },
    async check(transaction) {
      if (fence === undefined) return;
      const { epoch } = fence;
      // Held until the decision is committed: nobody takes the lease over in the middle of it.
      const found = await sql`
        select 1 from leases where name = ${LEASE} and epoch = ${epoch ?? -1} for share`.execute(transaction);
      if (found.rows.length === 0) throw notLeading();
    },
    async listen(listener) {
      const stop = new AbortController();
      let ready: () => void = () => undefined;
      const first = new Promise<void>((resolve) => (ready = resolve));
      const running = listenOn(url, own, listener, stop.signal, ready);
      const end = async (): Promise<void> => {
        listening.delete(end);
        stop.abort();
        await running;
      };
      listening.add(end);
      await first;
      return end;
    },
    async close() {
      for (const end of listening) await end();
    },
  };
}

const NOW = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

async function putReplica(
  db: Kysely<Schema>,
  { id, address }: { readonly id: string; readonly address: string },
  ttlMs: number,
): Promise<void> {
  await sql`
    insert into replicas (id, address, expires_at) values (${id}, ${address}, ${NOW} + ${ttlMs}::bigint)
    on conflict (id) do update set address = excluded.address, expires_at = excluded.expires_at`.execute(db);
  await sql`delete from replicas where expires_at < ${NOW} - ${FORGOTTEN_MS}::bigint`.execute(db);
}

/** Replicas that were not heard of for this long are history; their agents were given up long before. */
const FORGOTTEN_MS = 3_600_000;

/** Renews the lease, or takes it when nobody holds it any more: then the epoch is a new one. */
async function takeLease(db: Kysely<Schema>, id: string, ttlMs: number): Promise<number | undefined> {
  const { rows } = await sql<{ epoch: number }>`
    insert into leases as lease (name, holder, epoch, expires_at)
    values (${LEASE}, ${id}, 1, ${NOW} + ${ttlMs}::bigint)
    on conflict (name) do update set
      epoch = lease.epoch + (case when lease.holder = ${id} and lease.expires_at > 0 then 0 else 1 end),
      holder = excluded.holder,
      expires_at = excluded.expires_at
    where lease.holder = ${id} or lease.expires_at < ${NOW}
    returning epoch`.execute(db);
  return rows[0]?.epoch;
}

/** Frees the lease where this process holds it, and says so to the others. */
async function freeLease(db: Kysely<Schema>, id: string): Promise<void> {
  const freed = await sql`
    update leases set expires_at = 0 where name = ${LEASE} and holder = ${id} and expires_at > 0`.execute(db);
  if ((freed.numAffectedRows ?? 0n) > 0n) {
    await sql`select pg_notify(${CHANNEL}, 'leases UPDATE')`.execute(db);
  }
}

/** Who is there, and who leads where this process (`epoch`) does not. */
async function present(db: Kysely<Schema>, epoch: number | undefined): Promise<Omit<Beat, 'epoch'>> {
  const { rows } = await sql<{ id: string; address: string; leads: boolean | null }>`
    select replicas.id, replicas.address, leases.expires_at > ${NOW} as leads
    from replicas left join leases on leases.holder = replicas.id and leases.name = ${LEASE}
    where replicas.expires_at > ${NOW}`.execute(db);
  const leader = epoch === undefined ? rows.find(({ leads }) => leads === true)?.address : undefined;
  return {
    ...(leader === undefined ? {} : { leader }),
    addresses: new Map(rows.map(({ id, address }) => [id, address])),
  };
}

/** Hears announcements of other processes until told to stop; after each new beginning `everything` may have changed. */
async function listenOn(
  url: string,
  own: ReadonlySet<number>,
  listener: (change: string) => void,
  signal: AbortSignal,
  ready: () => void,
): Promise<void> {
  while (!signal.aborted) {
    const client = session(url);
    const ended = new Promise<void>((resolve) => {
      client.on('end', resolve);
      client.on('error', () => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ processId, payload = '' }) => {
      if (!own.has(processId)) listener(payload);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      ready();
      listener('everything');
      await ended;
    } catch {
      // The database is away; what was missed is looked up when it is back.
    }
    await client.end().catch(() => undefined);
    ready();
    await delay(LISTEN_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What a process is told whose decisions do not count any more. */
function notLeading(): OperationError {
  return new OperationError({
    code: 'not-leading',
    message: 'Another replica of this server decides now; nothing was changed',
    hint: 'Send the request again',
    retryable: true,
  });
}
