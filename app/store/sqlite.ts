import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { ColumnTypes } from './column-types.ts';
import { pendingSteps } from './pending-steps.ts';
import type { Schema } from './schema-types.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { holdFolder, openFile, STORE_FILE, type Hold } from './sqlite-file.ts';
import type { Store, StoreTables } from './store.ts';
import { ReadRollouts } from './tables/read-rollouts.ts';
import { tablesOver } from './tables.ts';

/** How SQLite calls the columns; its texts are compared byte by byte and its integers are long. */
export const SQLITE_COLUMNS: ColumnTypes = {
  text: 'text',
  long: 'integer',
  sequence: { type: 'integer', key: (column) => column.primaryKey().autoIncrement() },
};

const NO_HOLD: Hold = { release: () => undefined };

/**
 * Opens (and where needed makes and migrates) the store in a folder; `:memory:` keeps nothing. Rejects with OperationError
 * when the folder cannot be used, another process holds it, the file is damaged, or a newer Collie wrote it.
 */
export async function openSqliteStore(folder: string, now: () => number): Promise<Store> {
  const memory = folder === ':memory:';
  const hold = memory ? NO_HOLD : holdFolder(folder, now());
  let database: DatabaseSync | undefined;
  try {
    const path = memory ? folder : join(folder, STORE_FILE);
    database = openFile(path);
    const db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
    await migrate(db, database, path);
    return storeOver(db, database, hold, now);
  } catch (error) {
    if (database?.isOpen === true) database.close();
    hold.release();
    throw error;
  }
}

function storeOver(db: Kysely<Schema>, database: DatabaseSync, hold: Hold, now: () => number): Store {
  const read = new ReadRollouts();
  const transaction = <T>(work: (tables: StoreTables) => Promise<T>): Promise<T> =>
    db.transaction().execute((inner) => work(tablesOver(inner, now, read)));
  return {
    ...tablesOver(db, now, read),
    transaction,
    record: transaction,
    close: async () => {
      await db.destroy();
      // Kysely closes only what it used.
      if (database.isOpen) database.close();
      hold.release();
    },
  };
}

async function migrate(db: Kysely<Schema>, database: DatabaseSync, path: string): Promise<void> {
  const version = versionOf(database);
  const steps = pendingSteps(version, path);
  if (version > 0 && steps.length > 0) keepBefore(database, path, version);
  for (const step of steps) {
    await db.transaction().execute(async (transaction) => {
      await step.up(transaction, SQLITE_COLUMNS);
      database.exec(`PRAGMA user_version = ${step.version}`);
    });
  }
}

/** Version of the schema in a file; 0 where there is none. */
export function versionOf(database: DatabaseSync): number {
  return Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0] ?? 0);
}

/** A copy of a store as it was before a newer schema (REL-29), beside it: the way back to the Collie that wrote it. */
function keepBefore(database: DatabaseSync, path: string, version: number): void {
  if (path === ':memory:') return;
  const copy = `${path}.schema-${version}`;
  if (existsSync(copy)) rmSync(copy);
  database.prepare('VACUUM INTO ?').run(copy);
}
