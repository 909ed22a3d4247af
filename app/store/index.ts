import { openPostgresStore } from './postgres.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

/** One way to remember. `accepts` looks at `COLLIE_STORE`. */
export interface StoreMember {
  readonly name: string;
  accepts(location: string): boolean;
  open(location: string, now: () => number): Promise<Store>;
}

/** The literal list of stores; the contract test runs over it. */
export const STORES: readonly StoreMember[] = [
  { name: 'sqlite', accepts: (location) => !location.includes('://'), open: openSqliteStore },
  {
    name: 'postgres',
    accepts: (location) => /^postgres(?:ql)?:\/\//.test(location),
    open: openPostgresStore,
  },
];
