import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Dialect, SqliteDatabase } from 'kysely';
import { SqliteDialect } from 'kysely';

/**
 * Kysely on `node:sqlite`: its dialect for better-sqlite3, given the four calls it makes. Statements are prepared once
 * and kept: preparing costs more than running them.
 */
export function sqliteDialect(database: DatabaseSync): Dialect {
  const prepared = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return new SqliteDialect({
    database: {
      close: () => {
        prepared.clear();
        database.close();
      },
      prepare: (sql) => {
        const known = prepared.get(sql);
        if (known !== undefined) return known;
        const made = statement(database, sql);
        if (prepared.size >= KEPT_STATEMENTS) prepared.clear();
        prepared.set(sql, made);
        return made;
      },
    },
  });
}

/** More different texts than the app has; the bound only guards against texts that grow with their parameters. */
const KEPT_STATEMENTS = 500;

function statement(database: DatabaseSync, sql: string): ReturnType<SqliteDatabase['prepare']> {
  const inner = database.prepare(sql);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- Kysely hands on what our queries give: texts, numbers, null
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
  return {
    reader: inner.columns().length > 0,
    all: (parameters) => inner.all(...values(parameters)),
    run: (parameters) => inner.run(...values(parameters)),
    iterate: (parameters) => inner.iterate(...values(parameters)),
  };
}
