import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Dialect, SqliteDatabase } from 'kysely';
import { SqliteDialect } from 'kysely';
import { OperationError } from '../../src/ports/operation-error.ts';
import { alreadyThere } from './store-errors.ts';

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
  const said = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw storeError(error);
    }
  };
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- Kysely hands on what our queries give: texts, numbers, null
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
  return {
    reader: inner.columns().length > 0,
    all: (parameters) => said(() => inner.all(...values(parameters))),
    run: (parameters) => said(() => inner.run(...values(parameters))),
    iterate: (parameters) => inner.iterate(...values(parameters)),
  };
}

/** Result codes (sqlite.org/rescode.html) of a file that cannot be used now: locked, read-only, I/O, full, cannot be opened. */
const UNUSABLE = new Set([5, 6, 8, 10, 13, 14]);
const CORRUPT = 11;
const CONSTRAINT = 19;

function storeError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  // The low byte is the kind of error, the rest says more about it.
  const kind = error.errcode & 0xff;
  if (kind === CONSTRAINT) return alreadyThere(error);
  if (kind !== CORRUPT && !UNUSABLE.has(kind)) return error;
  return new OperationError({
    code: kind === CORRUPT ? 'store-damaged' : 'store-unavailable',
    message: `The store cannot be used: ${error.message}`,
    hint:
      kind === CORRUPT
        ? 'Put the last backup in its place with collie store restore'
        : 'See that the disk of COLLIE_STORE has room and can be written to; nothing was changed',
    retryable: kind !== CORRUPT,
    cause: error,
  });
}
