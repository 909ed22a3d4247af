import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/ports/operation-error.ts';
import type { Store } from '../../../app/store/store.ts';
import { agentRecord, storeContract } from '../../contracts/store.ts';
import { Connection, type StoreFault } from './connection.ts';
import { Database } from './database.ts';

interface Place {
  now: () => number;
  readonly database: Database;
  isNewer: boolean;
}

const places = new Map<string, Place>();

storeContract('the store of the simulator', () => ({
  place: async () => {
    const name = `place ${places.size}`;
    const place: Place = { now: () => 0, isNewer: false, database: new Database(() => place.now()) };
    places.set(name, place);
    return name;
  },
  open: async (location, now) => {
    const place = places.get(location);
    if (place === undefined) throw new Error(`there is no ${location}`);
    if (place.isNewer) {
      // It has no schema of its own; it keeps to the sentence so that the whole contract can be held to it.
      throw new OperationError({
        code: 'store-newer',
        message: `${location} has schema 9999, this Collie knows up to 0`,
        hint: 'Run the Collie that wrote it, or a newer one',
      });
    }
    place.now = now;
    return new Connection(place.database, { name: `process ${places.size}`, shared: false }).store;
  },
  age: async (location) => {
    const place = places.get(location);
    if (place !== undefined) place.isNewer = true;
  },
}));

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function put(store: Store, uid: string): Promise<unknown> {
  return store.transaction(async (tables) => {
    await tables.agents.put({ record: agentRecord(uid), labels: {} });
    await tables.agents.putLabels(uid, { written: 'twice' });
  });
}

/** A write of two calls in which one call goes wrong in this way. */
async function withFault(at: string, fault: StoreFault): Promise<{ answer: string; kept: boolean }> {
  const database = new Database(() => 0);
  const fails = (call: string): StoreFault | undefined => (call === at ? fault : undefined);
  const { store } = new Connection(database, { name: 'one', shared: false, fault: fails });
  let answer = 'none';
  put(store, 'a').then(
    () => (answer = 'done'),
    () => (answer = 'error'),
  );
  await settled();
  const { store: next } = new Connection(database, { name: 'two', shared: false });
  return { answer, kept: (await next.agents.get('a')) !== undefined };
}

describe('a process that ends in the middle', () => {
  it.each(['begin', 'agents.put', 'agents.putLabels', 'commit'])('at %s leaves nothing', async (at) => {
    expect(await withFault(at, { kind: 'crash' })).toEqual({ answer: 'none', kept: false });
  });

  it('after the commit leaves everything, and hears nothing', async () => {
    expect(await withFault('commit', { kind: 'crash', late: true })).toEqual({ answer: 'none', kept: true });
  });

  it('lets the others go on', async () => {
    const database = new Database(() => 0);
    const wait = (): Promise<void> => new Promise(() => undefined);
    const slow = (call: string): StoreFault | undefined =>
      call === 'commit' ? { kind: 'slow', ms: 1 } : undefined;
    const one = new Connection(database, { name: 'one', shared: false, fault: slow, wait });
    const two = new Connection(database, { name: 'two', shared: false });
    void put(one.store, 'a');
    const second = put(two.store, 'b');
    await settled();
    expect(database.isHeld).toBe(true);
    one.kill();
    await second;
    expect(await two.store.agents.uids()).toEqual(['b']);
  });
});

describe('a call that fails', () => {
  const error = new Error('the disk is full');

  it.each(['begin', 'agents.put', 'agents.putLabels', 'commit'])(
    'at %s undoes the transaction',
    async (at) => {
      expect(await withFault(at, { kind: 'error', error })).toEqual({ answer: 'error', kept: false });
    },
  );

  it('may have done what it was to do, where the answer got lost', async () => {
    const late: StoreFault = { kind: 'error', error, late: true };
    expect(await withFault('commit', late)).toEqual({ answer: 'error', kept: true });
  });
});

describe('several processes', () => {
  it('lead one at a time, and decisions of the others are refused', async () => {
    let now = 0;
    const database = new Database(() => now);
    const heard: string[] = [];
    const [one, two] = ['one', 'two'].map((name) => new Connection(database, { name, shared: true }).store);
    database.announced = (by, change) => heard.push(`${by}: ${change}`);
    const beat = (store: Store | undefined, id: string): Promise<number | undefined> =>
      store?.shared?.beat({ id, address: `http://${id}` }, 5000).then(({ epoch }) => epoch) ??
      Promise.resolve(undefined);
    if (one === undefined || two === undefined) throw new Error('two were made');
    expect(await beat(one, 'one')).toBe(1);
    expect(await beat(two, 'two')).toBeUndefined();
    await put(one, 'a');
    await expect(put(two, 'b')).rejects.toMatchObject({ code: 'not-leading' });
    expect(heard).toEqual(['one: agents INSERT']);
    now = 6000;
    expect(await beat(two, 'two')).toBe(2);
    await expect(put(one, 'b'), 'it only thinks that it leads').rejects.toMatchObject({
      code: 'not-leading',
    });
    await two.record((tables) =>
      tables.agents.putRecords([{ record: agentRecord('c'), claim: true }], 'one'),
    );
    expect(await two.shared?.orphans()).toEqual(['c']);
    await two.shared?.leave('two');
    expect(await beat(one, 'one')).toBe(3);
  });
});
