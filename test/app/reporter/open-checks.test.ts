import { beforeEach, expect, it } from 'vitest';
import { OpenChecks } from '../../../app/reporter/open-checks.ts';
import type { KeptReport } from '../../../app/reporter/report.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Outbox, Store } from '../../../app/store/store.ts';
import { view } from './rollouts.ts';

const OPEN: KeptReport = {
  key: 'check acme/fleet@c1 node',
  report: { kind: 'check', repository: 'acme/fleet', commit: 'c1', view: view('started') },
};

let store: Store;
let failing: keyof Outbox | undefined;

/** The store's outbox, of which one call is let down once. */
function outbox(): Outbox {
  const unless = (call: keyof Outbox): void => {
    if (failing !== call) return;
    failing = undefined;
    throw new Error('the connection to the store was lost');
  };
  return {
    ...store.outbox,
    get: async (key) => {
      unless('get');
      return store.outbox.get(key);
    },
    put: async (key, payload) => {
      unless('put');
      return store.outbox.put(key, payload);
    },
  };
}

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  failing = undefined;
});

it.each(['get', 'put'] as const)(
  'one failure of the store (%s) is not the end: the next look notes what is open, for those after a restart too',
  async (call) => {
    const checks = new OpenChecks(outbox());
    failing = call;
    await expect(checks.note([OPEN])).rejects.toThrow('was lost');
    await checks.note([OPEN]);
    await store.outbox.put(OPEN.key, JSON.stringify(OPEN.report));
    const orphans = await new OpenChecks(store.outbox).orphans([]);
    expect(orphans.map(({ key, report }) => [key, report.view.state])).toEqual([[OPEN.key, 'replaced']]);
  },
);
