import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import type { Database } from './database.ts';

/** A real store in memory that several processes use one after another, each until it is killed. */
export interface SqliteBacking {
  /** The store as one process sees it: when it is killed, nothing resolves any more. */
  connect(): { readonly store: Store; kill(): void };
  /** Copies what invariants look at into the simulator's own tables. */
  mirror(database: Database): Promise<void>;
  close(): Promise<void>;
}

/** Opens SQLite in memory; `now` gives milliseconds since the epoch. */
export async function sqliteBacking(now: () => number): Promise<SqliteBacking> {
  const store = await openSqliteStore(':memory:', now);
  return {
    connect: () => mortal(store),
    mirror: (database) => mirror(store, database),
    close: () => store.close(),
  };
}

function mortal(store: Store): { readonly store: Store; kill(): void } {
  let isAlive = true;
  const guarded = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key);
        if (typeof value === 'function') {
          return (...args: readonly unknown[]): unknown =>
            isAlive
              ? (value as (...args: readonly unknown[]) => unknown)(...args)
              : new Promise(() => undefined);
        }
        return typeof value === 'object' && value !== null ? guarded(value) : value;
      },
    });
  return {
    store: guarded({ ...store }),
    kill: () => {
      isAlive = false;
    },
  };
}

async function mirror(store: Store, database: Database): Promise<void> {
  const { rows } = database;
  for (const agent of await store.agents.list()) rows.agents.set(agent.record.uid, { ...agent, revision: 0 });
  rows.refusals.clear();
  for (const refusal of await store.refusals.all()) {
    rows.refusals.set(`${refusal.agent} ${refusal.hash}`, refusal);
  }
  for (const status of await store.configs.statuses()) rows.statuses.set(status.name, status);
  for (const { target } of rows.agents.values()) {
    if (target === undefined) continue;
    const config = await store.configs.byVersion(target.configuration, target.version);
    if (config !== undefined) rows.configs.set(`${config.configuration}:${config.version}`, config);
  }
  const open = new Set((await store.rollouts.openRevisions()).map(({ id }) => id));
  const revisions = await store.rollouts.recentRevisions(Number.MAX_SAFE_INTEGER);
  for (const [index, { id, revision }] of revisions.toReversed().entries()) {
    const rollout = await store.rollouts.get(id);
    if (rollout === undefined) continue;
    rows.rollouts.set(id, { seq: index, rollout, log: [], revision, open: open.has(id), active: false });
  }
}
