import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Remembered } from '../../../app/engine/remembered.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store, StoreTables } from '../../../app/store/store.ts';
import { eventsOf } from '../../../src/core/rollout/events.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';

let store: Store;
/** Names of the questions that were put to the store. */
let asked: string[];
let remembered: Remembered;

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  asked = [];
  remembered = new Remembered();
});

afterEach(() => store.close());

/** The store, noting what is asked of it. */
function noting(): StoreTables {
  const noted = <T extends object>(name: string, table: T): T =>
    new Proxy(table, {
      get: (target, property, receiver) => {
        asked.push(`${name}.${String(property)}`);
        return Reflect.get(target, property, receiver) as unknown;
      },
    });
  return {
    ...store,
    rollouts: noted('rollouts', store.rollouts),
    configs: noted('configs', store.configs),
    resources: noted('resources', store.resources),
  };
}

function rollout(id: string, phase: number): Rollout {
  const policy = { initial: 1, multiplier: 1, maximum: 1, maxErrors: 0, rollbackOnFailure: true };
  const timings = { deadlineMs: 1, soakMs: 1, unhealthyMs: 1, absenceMs: 1 };
  return {
    id,
    configuration: id,
    version: 1,
    targetHash: 'h',
    state: 'started',
    policy: { ...policy, ...timings },
    phase,
    members: [{ agent: 'a', name: 'a', version: '1', state: 'waiting' }],
    timeline: [],
    startedAt: 0,
  };
}

async function write(written: Rollout): Promise<void> {
  await store.rollouts.put(written, eventsOf(undefined, written, 0));
}

describe('open rollouts', () => {
  it('are read once, and again when somebody else wrote them', async () => {
    await write(rollout('r1', 0));
    const [first] = await remembered.open(noting());
    expect(first).toEqual(rollout('r1', 0));
    asked = [];
    expect((await remembered.open(noting()))[0]).toBe(first);
    expect(asked).toEqual(['rollouts.openRevisions']);
    await write(rollout('r1', 3));
    expect(await remembered.open(noting())).toEqual([rollout('r1', 3)]);
  });

  it('are not read after they were written here', async () => {
    const written = rollout('r1', 1);
    await remembered.put(store, written, { at: 0 });
    expect((await remembered.open(noting()))[0]).toBe(written);
    expect(asked).toEqual(['rollouts.openRevisions']);
  });

  it('are what was committed, whatever a transaction wrote that failed', async () => {
    await remembered.put(store, rollout('r1', 1), { at: 0 });
    const undone = store.transaction(async (tables) => {
      await remembered.put(tables, rollout('r1', 2), { at: 0, before: rollout('r1', 1) });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await remembered.open(store)).toEqual([rollout('r1', 1)]);
  });
});

describe('everything else', () => {
  const config = { hash: 'h', text: 't', raw: 't', configuration: 'node', version: 1 };

  it('is asked once until it may have changed', async () => {
    const tables = noting();
    expect(await remembered.config(tables, 'h')).toBeUndefined();
    expect(await remembered.config(tables, 'h')).toBeUndefined();
    expect((await remembered.current(tables)).size).toBe(0);
    expect(asked).toEqual(['configs.byHash', 'configs.currentNames']);
    await store.configs.put(config);
    await store.configs.setStatus({ name: 'node', current: 1 });
    remembered.forget();
    expect(await remembered.config(tables, 'h')).toEqual(config);
    const { text: _text, raw: _raw, ...name } = config;
    expect([...(await remembered.current(tables))]).toEqual([['node', name]]);
  });
});
