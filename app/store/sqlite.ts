import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { ColumnTypes } from './migrations.ts';
import { pendingSteps } from './pending-steps.ts';
import type { Schema } from './schema-types.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { Store, StoreTables } from './store.ts';
import { tablesOver } from './tables.ts';

const FILE = 'collie.sqlite';

/** How SQLite calls the columns; its texts are compared byte by byte and its integers are long. */
const COLUMNS: ColumnTypes = {
  text: 'text',
  long: 'integer',
  sequence: { type: 'integer', key: (column) => column.primaryKey().autoIncrement() },
};

/** Exclusive: one process owns the file; a second `serve` on it is told so instead of deciding rollouts twice (REL-26). */
const PRAGMAS = [
  'busy_timeout = 1000',
  'locking_mode = EXCLUSIVE',
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
] as const;

/**
 * Opens (and where needed makes and migrates) the store in a folder; `:memory:` keeps nothing. WAL with
 * synchronous=FULL: what was acknowledged survives a power cut (REL-26). Rejects with OperationError when the folder
 * cannot be used, another process holds the store, or a newer Collie wrote it.
 */
export async function openSqliteStore(folder: string, now: () => number): Promise<Store> {
  const database = openDatabase(folder);
  const db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
  try {
    await migrate(db, folder);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const transaction = <T>(work: (tables: StoreTables) => Promise<T>): Promise<T> =>
    db.transaction().execute((inner) => work(tablesOver(inner, now)));
  return {
    ...tablesOver(db, now),
    transaction,
    record: transaction,
    close: () => db.destroy(),
  };
}

function openDatabase(folder: string): DatabaseSync {
  const path = folder === ':memory:' ? folder : join(folder, FILE);
  try {
    // Rendered configs hold secrets, so the folder is for its owner alone.
    if (folder !== ':memory:') mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path);
    for (const pragma of PRAGMAS) database.exec(`PRAGMA ${pragma}`);
    return database;
  } catch (cause) {
    throw new OperationError({
      code: 'store-unusable',
      message: `The store ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'COLLIE_STORE names a folder on a local disk that this process may write to and no other Collie uses',
      cause,
    });
  }
}

async function migrate(db: Kysely<Schema>, folder: string): Promise<void> {
  const found = await sql<{ user_version: number }>`PRAGMA user_version`.execute(db);
  for (const step of pendingSteps(found.rows[0]?.user_version ?? 0, folder)) {
    await db.transaction().execute(async (transaction) => {
      await step.up(transaction, COLUMNS);
      await sql.raw(`PRAGMA user_version = ${step.version}`).execute(transaction);
    });
  }
}
