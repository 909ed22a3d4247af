import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { PostgresDialect, sql } from 'kysely';
import type { PoolClient } from 'pg';
import { Client, Pool, types } from 'pg';
import type { ColumnTypes } from './column-types.ts';

/** How PostgreSQL calls the columns. Collation "C" orders byte by byte, whatever the database's own collation is. */
export const POSTGRES_COLUMNS: ColumnTypes = {
  text: sql`text collate "C"`,
  long: 'bigint',
  sequence: { type: 'bigserial', key: (column) => column.primaryKey() },
};

const SESSION = { application_name: 'collie', connectionTimeoutMillis: 5000, keepAlive: true } as const;

/**
 * Settings of every session, whatever the database's own or those in the URL are. Acknowledged means durable. A process
 * that was stopped in the middle of a transaction must not hold the others up: its transaction ends by itself (REL-21).
 */
const SETTINGS = [
  "synchronous_commit = 'on'",
  "default_transaction_isolation = 'read committed'",
  'idle_in_transaction_session_timeout = 5000',
  'statement_timeout = 30000',
  'lock_timeout = 15000',
  'tcp_keepalives_idle = 5',
  'tcp_keepalives_interval = 2',
  'tcp_keepalives_count = 3',
] as const;

/** Sessions of one process: transactions exclude each other anyway, the others read. */
const SESSIONS = 8;

const INT8 = 20;
const TEXT = 25;

/** One session of its own, for LISTEN. */
export function session(url: string): Client {
  return new Client({ ...SESSION, connectionString: url });
}

/** The pool of a process. Sessions that break are replaced; whoever used one hears of it from its query. `own` is kept to be the database's numbers of them. */
export function sessions(url: string, own: Set<number>): Pool {
  const pool = new Pool({
    ...SESSION,
    connectionString: url,
    max: SESSIONS,
    types: { getTypeParser: parserOf },
    // eslint-disable-next-line typescript/no-misused-promises -- the pool waits for it (pg-pool 3.11), its types do not say so
    onConnect: async (client) => {
      await client.query(SETTINGS.map((setting) => `set ${setting}`).join('; '));
    },
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    own.add(pidOf(client));
  });
  pool.on('remove', (client) => own.delete(pidOf(client)));
  return pool;
}

function pidOf(client: PoolClient): number {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the library sets it and does not type it
  return (client as unknown as { readonly processID: number }).processID;
}

/** Kysely on `pg`, with texts as JavaScript has them. `failed` turns what the database says into an error for people. */
export function postgresDialect(pool: Pool, failed: (error: unknown) => Error): PostgresDialect {
  const wrap = (client: PoolClient): PostgresPoolClient => ({
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the overload for cursors is never called
    query: (async (text: string, parameters: readonly unknown[]) => {
      try {
        return await client.query(text, parameters.map(storable));
      } catch (error) {
        throw failed(error);
      }
    }) as unknown as PostgresPoolClient['query'],
    release: () => client.release(),
  });
  const wrapped: PostgresPool = {
    connect: () =>
      pool.connect().then(wrap, (error: unknown) => {
        throw failed(error);
      }),
    end: () => pool.end(),
    options: pool.options,
  };
  return new PostgresDialect({ pool: wrapped });
}

/** PostgreSQL's text has no NUL; agents' texts may. It is written as two characters that no text has otherwise. */
const NUL = /[\0\uFDD0]/g;
const WRITTEN_NUL = /\uFDD0([01])/g;

function storable(value: unknown): unknown {
  if (typeof value !== 'string' || value.search(NUL) < 0) return value;
  return value.replaceAll(NUL, (character) => (character === '\0' ? '\uFDD00' : '\uFDD01'));
}

function textOf(value: string): string {
  if (!value.includes('\uFDD0')) return value;
  return value.replaceAll(WRITTEN_NUL, (_, which: string) => (which === '0' ? '\0' : '\uFDD0'));
}

/** Counters and times are safe integers, so int8 comes as a number. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8) return Number;
  if (oid === TEXT) return textOf;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the library's own table, by number
  return types.getTypeParser(oid, format) as (value: string) => unknown;
}
