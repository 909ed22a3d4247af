import { openPostgresStore } from './postgres.ts';
import { openSqliteStore } from './sqlite.ts';
import { backUp, restore } from './sqlite-copies.ts';
import type { Store } from './store.ts';

/** One way to remember. `accepts` looks at `COLLIE_STORE`. */
export interface StoreMember {
  readonly name: string;
  /** What locations of it look like, for people. */
  readonly shown: string;
  accepts(location: string): boolean;
  open(location: string, now: () => number): Promise<Store>;
  /** How it is copied to a file and put back; absent where the database has better tools of its own, which `tools` names. */
  readonly copies?: StoreCopies;
  readonly tools?: string;
}

/** Copies of a store as files. */
export interface StoreCopies {
  /** Also while a server uses the store. */
  readonly backUp: (location: string, file: string) => Promise<void>;
  /** Only while no server does; what was there before is kept under the name it gives. */
  readonly restore: (location: string, file: string, now: number) => Promise<{ readonly kept?: string }>;
}

/** The literal list of stores; the contract test runs over it. */
export const STORES: readonly StoreMember[] = [
  {
    name: 'sqlite',
    shown: './.collie',
    accepts: (location) => !location.includes('://'),
    open: openSqliteStore,
    copies: { backUp, restore },
  },
  {
    name: 'postgres',
    shown: 'postgres://user:password@host/database',
    accepts: (location) => /^postgres(?:ql)?:\/\//.test(location),
    open: openPostgresStore,
    tools: 'pg_dump and pg_restore',
  },
];
