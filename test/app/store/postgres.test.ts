import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sessions } from '../../../app/store/postgres-dialect.ts';
import { openPostgresStore, shownLocation } from '../../../app/store/postgres.ts';
import type { Beat, SharedStore, Store } from '../../../app/store/store.ts';
import { agentRecord } from '../../contracts/store.ts';
import { NO_POSTGRES, TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let url: string;
let open: Store[] = [];

beforeAll(async () => {
  if (NO_POSTGRES === undefined) postgres = await TestPostgres.running();
});

beforeEach(async () => {
  if (NO_POSTGRES === undefined) url = await postgres.database();
});

afterEach(async () => {
  for (const store of open) await store.close();
  open = [];
});

interface Process {
  readonly store: Store;
  readonly shared: SharedStore;
  readonly beat: (ttlMs?: number) => Promise<Omit<Beat, 'addresses'>>;
}

function lead({ addresses: _addresses, ...rest }: Beat): Omit<Beat, 'addresses'> {
  return rest;
}

/** One process's store, as who it is. */
async function process(id: string): Promise<Process> {
  const store = await openPostgresStore(url, () => 1);
  open.push(store);
  const { shared } = store;
  if (shared === undefined) throw new Error('not shared');
  const replica = { id, address: `http://${id}` };
  const beat: Process['beat'] = async (ttlMs = 60_000) => lead(await shared.beat(replica, ttlMs));
  return { store, shared, beat };
}

const decide = (store: Store): Promise<void> =>
  store.transaction((tables) => tables.configs.setStatus({ name: 'node', current: 1 }));

const REFUSED = { code: 'not-leading', retryable: true };

describe.skipIf(NO_POSTGRES !== undefined)('the lease', () => {
  it('is held by one process, which is named to the others; renewing keeps the epoch', async () => {
    const [a, b] = [await process('a'), await process('b')];
    expect(await a.beat()).toEqual({ epoch: 1 });
    expect(await b.beat()).toEqual({ leader: 'http://a' });
    expect(await a.beat()).toEqual({ epoch: 1 });
    await expect(decide(b.store)).rejects.toMatchObject(REFUSED);
    await decide(a.store);
  });

  it('goes to another process when it ends; the former holder cannot write any more (REL-21)', async () => {
    const [a, b] = [await process('a'), await process('b')];
    expect(await a.beat(0)).toEqual({ epoch: 1 });
    await decide(a.store);
    await expect.poll(() => b.beat(), { timeout: 4000 }).toEqual({ epoch: 2 });
    // As after SIGSTOP and SIGCONT: it still believes in epoch 1.
    await expect(decide(a.store)).rejects.toMatchObject(REFUSED);
    await decide(b.store);
    expect(await a.beat()).toEqual({ leader: 'http://b' });
  });

  it('is not taken over in the middle of a decision', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.beat(0);
    let begun: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => (begun = resolve));
    let proceed: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (proceed = resolve));
    const deciding = a.store.transaction(async (tables) => {
      begun();
      await held;
      await tables.configs.setStatus({ name: 'node', current: 1 });
    });
    await inside;
    const taken = b.beat().then(async () => (await b.store.configs.status('node')).current);
    await expect.poll(() => waiting(), { timeout: 4000 }).toBe(true);
    proceed();
    await deciding;
    expect(await taken, 'decided before the lease went over').toBe(1);
  });

  /** Whether a session waits for another one's lock. */
  async function waiting(): Promise<boolean> {
    const { rows } = await postgres.query(
      url,
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  }

  it('is free at once when its holder leaves, and gets a new epoch when that one comes back', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.beat();
    await b.beat();
    await a.shared.leave('a');
    await expect(decide(a.store)).rejects.toMatchObject(REFUSED);
    expect(await b.beat()).toEqual({ epoch: 2 });
    await b.shared.leave('b');
    expect(await b.beat()).toEqual({ epoch: 3 });
  });

  it('is given up by a process that is about to go and still holds agents', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.beat();
    await a.store.record((tables) =>
      tables.agents.putRecords([{ record: agentRecord('u1'), claim: true }], 'a'),
    );
    expect(lead(await a.shared.resign({ id: 'a', address: 'http://a' }, 60_000))).toEqual({});
    await expect(decide(a.store)).rejects.toMatchObject(REFUSED);
    expect(await b.beat()).toEqual({ epoch: 2 });
    expect(await b.shared.orphans(), 'its agents are its own').toEqual([]);
    expect(lead(await a.shared.resign({ id: 'a', address: 'http://a' }, 60_000))).toEqual({
      leader: 'http://b',
    });
    await a.shared.leave('a');
    expect(await b.shared.orphans()).toEqual(['u1']);
  });

  it('of a process that stopped in the middle of a decision does not hold the others up for ever', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.beat(0);
    let goOn: () => void = () => undefined;
    let begun: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => (begun = resolve));
    const stuck = a.store.transaction(() => {
      begun();
      return new Promise<void>((resolve) => (goOn = resolve));
    });
    await inside;
    // The database does it by itself after 5 s; nobody waits that long here.
    const ended = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`;
    await expect
      .poll(async () => (await postgres.query(url, ended)).rows.length, { timeout: 4000 })
      .toBeGreaterThan(0);
    expect(await b.beat()).toEqual({ epoch: 2 });
    await decide(b.store);
    goOn();
    await expect(stuck).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
  });
});

describe.skipIf(NO_POSTGRES !== undefined)('processes on one store', () => {
  it('know where each of those answers that are there', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.beat();
    await b.beat(0);
    const moved = await a.shared.beat({ id: 'a', address: 'http://a:2' }, 60_000);
    expect([...moved.addresses]).toEqual([['a', 'http://a:2']]);
    const both = await b.shared.beat({ id: 'b', address: 'http://b' }, 60_000);
    expect([...both.addresses.keys()].toSorted()).toEqual(['a', 'b']);
  });

  it('find the agents of one that is gone', async () => {
    const [a, b] = [await process('a'), await process('b')];
    await a.beat(60_000);
    await b.beat(0);
    await a.store.record((tables) =>
      tables.agents.putRecords([{ record: agentRecord('u-a'), claim: true }], 'a'),
    );
    await b.store.record((tables) =>
      tables.agents.putRecords([{ record: agentRecord('u-b'), claim: true }], 'b'),
    );
    await expect.poll(() => a.shared.orphans(), { timeout: 4000 }).toEqual(['u-b']);
    await a.store.record((tables) =>
      tables.agents.putRecords([{ record: agentRecord('u-b', { connected: false }), claim: false }], 'b'),
    );
    expect(await a.shared.orphans()).toEqual([]);
  });

  it('hear what others write and not what they write themselves, each table once in a transaction', async () => {
    const [a, b] = [await process('a'), await process('b')];
    const heard: string[] = [];
    await a.shared.listen((change) => heard.push(change));
    expect(heard).toEqual(['everything']);
    await a.store.configs.setStatus({ name: 'own' });
    await b.store.transaction(async (tables) => {
      for (const uid of ['u1', 'u2']) {
        await tables.agents.putRecords([{ record: agentRecord(uid), claim: true }], 'b');
      }
      await tables.configs.setStatus({ name: 'node' });
    });
    await b.store.agents.delete('u1');
    await expect.poll(() => heard, { timeout: 4000 }).toContain('agents DELETE');
    expect(heard.filter((change) => change === 'agents INSERT')).toHaveLength(1);
    expect(heard.filter((change) => change === 'configuration_status INSERT')).toHaveLength(1);
  });

  it('are told that they may have missed something when their session broke', async () => {
    const [a, b] = [await process('a'), await process('b')];
    const heard: string[] = [];
    await a.shared.listen((change) => heard.push(change));
    await postgres.query(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
    );
    await expect
      .poll(() => heard.filter((change) => change === 'everything').length, { timeout: 5000 })
      .toBe(2);
    await b.store.agents.put({ record: agentRecord('u1'), labels: {} });
    await expect.poll(() => heard.at(-1), { timeout: 4000 }).toMatch(/^agents /);
  });

  it('read rows that changed in the order in which they did, without what they know better', async () => {
    const [a, b] = [await process('a'), await process('b')];
    const claim = (store: Store, uid: string, owner: string): Promise<unknown> =>
      store.record((tables) => tables.agents.putRecords([{ record: agentRecord(uid), claim: true }], owner));
    await claim(a.store, 'u2', 'a');
    await claim(b.store, 'u1', 'b');
    const first = await a.store.agents.changedSince(0, 'a');
    expect(first.agents.map(({ uid, record }) => [uid, record?.uid])).toEqual([
      ['u2', undefined],
      ['u1', 'u1'],
    ]);
    expect((await a.store.agents.changedSince(first.revision, 'a')).agents).toEqual([]);
    await b.store.agents.putLabels('u2', { env: 'prod' });
    const second = await a.store.agents.changedSince(first.revision, 'a');
    expect(second.agents).toEqual([{ uid: 'u2', labels: { env: 'prod' }, owner: 'a' }]);
    expect(second.revision).toBeGreaterThan(first.revision);
  });

  it('have settings of their own that neither the database nor the URL takes away', async () => {
    const name = new URL(url).pathname.slice(1);
    await postgres.query(url, `alter database ${name} set synchronous_commit = off`);
    const { store } = await process('a');
    await store.transaction(async () => {
      const { rows } = await postgres.query(
        url,
        `select count(*) as n from pg_stat_activity where application_name = 'collie' and state = 'idle in transaction'`,
      );
      expect(Number(rows[0].n), 'seen as a session of Collie').toBe(1);
    });
    url += '&options=-c%20synchronous_commit%3Doff';
    const pool = sessions(url, new Set());
    const shown = await pool.query('show synchronous_commit');
    const timeout = await pool.query('show idle_in_transaction_session_timeout');
    await pool.end();
    expect([shown.rows[0], timeout.rows[0]]).toEqual([
      { synchronous_commit: 'on' },
      { idle_in_transaction_session_timeout: '5s' },
    ]);
  });

  it('start at the same time: one makes the schema', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore(url, () => 1)));
    open.push(...stores);
    const { rows } = await postgres.query(url, 'select version from collie_schema');
    expect(rows).toHaveLength(1);
  });
});

describe('a database that cannot be used', () => {
  it('is named without its password, with what to do', async () => {
    const location = 'postgres://collie:geheim@127.0.0.1:1/fleet';
    const failing = openPostgresStore(location, () => 1);
    await expect(failing).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(
        /^The store postgres:\/\/127\.0\.0\.1:1\/fleet does not answer: .*ECONNREFUSED/,
      ),
      hint: 'COLLIE_STORE names a PostgreSQL database that this process can reach and log in to',
    });
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining('geheim') });
  });

  it('shows folders as they are, and URLs without secrets', () => {
    expect(shownLocation('./.collie')).toBe('./.collie');
    expect(shownLocation('postgres://a:b@db:5432/fleet?sslpassword=c')).toBe('postgres://db:5432/fleet');
    expect(shownLocation('postgres://a:b@[broken')).toBe('postgres://…');
  });
});
