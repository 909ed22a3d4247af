import { Kysely, sql } from 'kysely';
import type { Transaction } from 'kysely';
import { DatabaseError } from 'pg';
import { OperationError } from '../../src/ports/operation-error.ts';
import { pendingSteps } from './pending-steps.ts';
import { POSTGRES_COLUMNS, postgresDialect, sessions } from './postgres-dialect.ts';
import { watchTables } from './postgres-triggers.ts';
import { sharedStore } from './postgres-shared.ts';
import type { Schema } from './schema-types.ts';
import type { Store, StoreTables } from './store.ts';
import { alreadyThere } from './store-errors.ts';
import { ReadRollouts } from './tables/read-rollouts.ts';
import { tablesOver } from './tables.ts';

/**
 * Opens (and where needed makes and migrates) the store in a PostgreSQL database (14 or newer), for one or several
 * processes. Everything that writes takes one lock of the database for as long as its transaction lasts, so that what a
 * transaction reads is not changed by others meanwhile; the price is that there is one writer at a time, at about the
 * rate at which the database's disk syncs (docs in README). Rejects with OperationError when the database cannot be
 * reached or a newer Collie wrote it. `location` is a `postgres://` URL; its password never gets into an error.
 */
export async function openPostgresStore(location: string, now: () => number): Promise<Store> {
  const failed = (error: unknown): Error => storeError(error, location);
  const own = new Set<number>();
  let pool: ReturnType<typeof sessions>;
  try {
    pool = sessions(location, own);
  } catch (error) {
    throw failed(error);
  }
  const db = new Kysely<Schema>({ dialect: postgresDialect(pool, failed) });
  try {
    await migrate(db, shownLocation(location));
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const shared = sharedStore(db, own, location);
  const read = new ReadRollouts();
  const locked = <T>(
    work: (tables: StoreTables) => Promise<T>,
    check: (transaction: Transaction<Schema>) => Promise<void>,
  ): Promise<T> =>
    db.transaction().execute(async (transaction) => {
      await sql`select collie_writes()`.execute(transaction);
      await check(transaction);
      return work(tablesOver(transaction, now, read));
    });
  return {
    ...tablesOver(db, now, read),
    transaction: (work) => locked(work, (transaction) => shared.check(transaction)),
    record: (work) => locked(work, async () => undefined),
    shared,
    close: async () => {
      await shared.close();
      await db.destroy();
    },
  };
}

/** A number that only Collie takes as a lock, so that replicas that start at the same time migrate one after another. */
const MIGRATION_LOCK = 6_724_316_117;

function migrate(db: Kysely<Schema>, shown: string): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(transaction);
    await sql`create table if not exists collie_schema (version integer not null)`.execute(transaction);
    const found = await sql<{ version: number }>`select version from collie_schema`.execute(transaction);
    const version = found.rows[0]?.version ?? 0;
    const steps = pendingSteps(version, shown);
    for (const step of steps) await step.up(transaction, POSTGRES_COLUMNS);
    const newest = steps.at(-1)?.version;
    if (newest === undefined) return;
    await sql`delete from collie_schema`.execute(transaction);
    await sql`insert into collie_schema values (${sql.lit(newest)})`.execute(transaction);
    await watchTables(transaction);
  });
}

/** The address without what only its owner may know. */
export function shownLocation(location: string): string {
  if (!URL.canParse(location)) return location.replace(/:\/\/.*/s, '://…');
  const url = new URL(location);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/**
 * SQLSTATE classes that say nothing about what was asked, but that the database cannot be used now or as it is set up:
 * connection, resources, state of the server, login, database, permissions.
 */
const UNUSABLE = /^(?:08|53|55|57|58|28|3D|40|42501)/;

const UNIQUE_VIOLATION = '23505';

function storeError(error: unknown, location: string): Error {
  if (error instanceof OperationError) return error;
  if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return alreadyThere(error);
  if (error instanceof DatabaseError && !UNUSABLE.test(error.code ?? '')) return error;
  const text = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return new OperationError({
    code: 'store-unavailable',
    message: `The store ${shownLocation(location)} does not answer: ${text instanceof Error ? text.message : String(text)}`,
    hint: 'COLLIE_STORE names a PostgreSQL database that this process can reach and log in to',
    retryable: true,
    cause: error,
  });
}
