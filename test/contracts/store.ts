import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoredAgent, StoredResource } from '../../app/store/store.ts';
import type { AgentRecord } from '../../src/core/opamp/record.ts';
import { eventsOf, replay } from '../../src/core/rollout/events.ts';
import type { Member, Rollout } from '../../src/core/rollout/rollout.ts';
import { handoverContract } from './handover-table.ts';
import { identityContract } from './identity-tables.ts';

/** What a member of the family brings: a place of its own for each test, and how to open it. */
export interface StoreUnderTest {
  /** A new, empty place. */
  place(): Promise<string>;
  open(location: string, now: () => number): Promise<Store>;
  /** Makes the store in a place look as if a newer Collie had written it. */
  age(location: string): Promise<void>;
}

export function agentRecord(uid: string, change: Partial<AgentRecord> = {}): AgentRecord {
  return {
    uid,
    client: 'supervisor',
    name: `name of ${uid}`,
    type: 'otelcol',
    version: '0.135.0',
    distribution: 'otelcol-contrib',
    hostname: 'host',
    os: 'linux',
    osDetails: '',
    arch: 'amd64',
    macAddress: '',
    platform: 'linux-amd64',
    labels: {},
    capabilities: 3,
    sequence: 1,
    connection: 'socket',
    connected: true,
    remoteAddress: '10.0.0.1:4711',
    connectedAt: 1_790_000_000_000,
    lastSeenAt: 1_790_000_000_123,
    described: true,
    askedFullState: false,
    awaitsFullState: false,
    askedComponents: false,
    ...change,
  };
}

function agent(uid: string, rest: Partial<StoredAgent> = {}): StoredAgent {
  return { record: agentRecord(uid), labels: {}, ...rest };
}

function resource(name: string, version: number, document: StoredResource['document'] = {}): StoredResource {
  return { kind: 'Source', name, version, id: `${name}-${version}`, document, modifiedAt: 1_790_000_000_000 };
}

function rollout(id: string, change: Partial<Rollout> = {}): Rollout {
  return {
    id,
    configuration: 'node',
    version: 1,
    targetHash: 'hash',
    state: 'started',
    policy: {
      initial: 1,
      multiplier: 2,
      maximum: 10,
      maxErrors: 0,
      rollbackOnFailure: true,
      deadlineMs: 1,
      soakMs: 1,
      unhealthyMs: 1,
      absenceMs: 1,
    },
    phase: 0,
    members: [],
    timeline: [{ at: 1, text: 'started' }],
    startedAt: 1_790_000_000_000,
    ...change,
  };
}

function member(uid: string, state: Member['state'] = 'waiting'): Member {
  return { agent: uid, name: uid, version: '1', state };
}

/** Names in the order of their bytes, which is neither alphabetical nor that of UTF-16 units. */
const BYTE_ORDER = ['B', 'a', 'a-b', 'aB', 'ab', 'b', 'é', 'ｶ', '𐀀'];

const TEXTS = [
  '',
  ' ',
  "it's",
  'a\0b',
  '\uFDD0',
  'line\r\nline\n',
  '\u{1F436}',
  'x'.repeat(300_000),
  '{"a":1}',
];

/** What every store promises (`Store`), as cases. `subject` is asked when the tests run, not before. */
export function storeContract(name: string, subject: () => StoreUnderTest): void {
  describe(`the store contract, kept by ${name}`, () => {
    let now = 1_790_000_000_000;
    let place: string;
    let store: Store;
    const open = async (): Promise<void> => {
      store = await subject().open(place, () => now);
    };

    beforeEach(async () => {
      place = await subject().place();
      await open();
    });

    afterEach(async () => {
      await store.close();
    });

    const again = async (): Promise<void> => {
      await store.close();
      await open();
    };

    describe('a store', () => {
      it('has what was put when it is opened again', async () => {
        await store.resources.put(resource('a', 1, { deep: [1, 'two', { three: null }], ключ: true }));
        await store.agents.put(agent('u1', { labels: { a: 'b' } }));
        await again();
        expect(await store.resources.get('Source', 'a')).toEqual(
          resource('a', 1, { deep: [1, 'two', { three: null }], ключ: true }),
        );
        expect((await store.agents.get('u1'))?.labels).toEqual({ a: 'b' });
      });

      it('gives texts back as they were', async () => {
        for (const [index, text] of TEXTS.entries()) await store.configs.putEffective(`hash-${index}`, text);
        await again();
        for (const [index, text] of TEXTS.entries()) {
          expect(await store.configs.effective(`hash-${index}`)).toBe(text);
        }
      });

      it('that a newer Collie wrote is refused with a sentence', async () => {
        await store.close();
        await subject().age(place);
        await expect(open()).rejects.toMatchObject({
          code: 'store-newer',
          message: expect.stringMatching(/has schema 9999, this Collie knows up to \d+$/),
          hint: 'Run the Collie that wrote it, or a newer one',
        });
        place = await subject().place();
        await open();
      });
    });

    describe('a transaction', () => {
      it('writes everything', async () => {
        await store.transaction(async (tables) => {
          await tables.resources.put(resource('a', 1));
          await tables.agents.put(agent('u1'));
        });
        expect(await store.resources.get('Source', 'a')).toBeDefined();
        expect(await store.agents.get('u1')).toBeDefined();
      });

      it('writes nothing when its work fails', async () => {
        const failing = store.transaction(async (tables) => {
          await tables.resources.put(resource('a', 1));
          throw new Error('in the middle');
        });
        await expect(failing).rejects.toThrow('in the middle');
        expect(await store.resources.get('Source', 'a')).toBeUndefined();
      });

      it('sees what it wrote', async () => {
        const seen = await store.transaction(async (tables) => {
          await tables.resources.put(resource('a', 1));
          return tables.resources.get('Source', 'a');
        });
        expect(seen).toEqual(resource('a', 1));
      });

      it('is alone: what it reads is not changed by others meanwhile', async () => {
        await store.configs.setStatus({ name: 'count', current: 0 });
        const add = (): Promise<void> =>
          store.transaction(async (tables) => {
            const { current = 0 } = await tables.configs.status('count');
            await new Promise((resolve) => setImmediate(resolve));
            await tables.configs.setStatus({ name: 'count', current: current + 1 });
          });
        await Promise.all(Array.from({ length: 12 }, add));
        expect((await store.configs.status('count')).current).toBe(12);
      });

      it('holds back writers that are in none', async () => {
        const order: string[] = [];
        let outside: Promise<void> = Promise.resolve();
        await store.transaction(async (tables) => {
          await tables.configs.status('x');
          outside = store.resources.put(resource('late', 1)).then(() => void order.push('outside'));
          for (let turn = 0; turn < 20; turn += 1) await tables.resources.put(resource('inside', turn));
          order.push('inside');
        });
        await outside;
        expect(order).toEqual(['inside', 'outside']);
      });

      it('records what was seen in the same way', async () => {
        const failing = store.record(async (tables) => {
          await tables.agents.putRecords([{ record: agentRecord('u1'), claim: true }], 'me');
          throw new Error('in the middle');
        });
        await expect(failing).rejects.toThrow('in the middle');
        expect(await store.agents.get('u1')).toBeUndefined();
      });
    });

    describe('resources', () => {
      it('are listed by name byte for byte, newest versions alone', async () => {
        for (const item of BYTE_ORDER.toReversed()) {
          await store.resources.put(resource(item, 1));
          await store.resources.put(resource(item, 2));
        }
        const listed = await store.resources.list('Source');
        expect(listed.map((item) => `${item.name}:${item.version}`)).toEqual(
          BYTE_ORDER.map((item) => `${item}:2`),
        );
        expect(await store.resources.list('Destination')).toEqual([]);
      });

      it('have a history, newest first, and each version by its number', async () => {
        for (const version of [1, 2, 10]) await store.resources.put(resource('a', version, { version }));
        expect((await store.resources.history('Source', 'a')).map(({ version }) => version)).toEqual([
          10, 2, 1,
        ]);
        expect((await store.resources.get('Source', 'a', 2))?.document).toEqual({ version: 2 });
        expect((await store.resources.get('Source', 'a'))?.version).toBe(10);
        expect(await store.resources.get('Source', 'a', 3)).toBeUndefined();
      });

      it('are there in all their versions at once, newest first', async () => {
        for (const version of [1, 2]) {
          await store.resources.put(resource('a', version, { version }));
          await store.resources.put(resource('b', version, { version }));
        }
        const all = await store.resources.versions('Source');
        expect(all.map(({ name, version }) => `${name}:${version}`).toSorted()).toEqual([
          'a:1',
          'a:2',
          'b:1',
          'b:2',
        ]);
        expect(all.map(({ document }) => document)).toEqual([2, 2, 1, 1].map((version) => ({ version })));
        expect(await store.resources.versions('Destination')).toEqual([]);
      });

      it('take a version again, and go with all their versions', async () => {
        await store.resources.put(resource('a', 1, { before: true }));
        await store.resources.put(resource('a', 1, { after: true }));
        expect((await store.resources.get('Source', 'a'))?.document).toEqual({ after: true });
        expect(await store.resources.delete('Source', 'a')).toBe(true);
        expect(await store.resources.delete('Source', 'a')).toBe(false);
        expect(await store.resources.history('Source', 'a')).toEqual([]);
      });
    });

    describe('configs', () => {
      const config = (configuration: string, version: number, hash: string) => ({
        configuration,
        version,
        hash,
        text: `text ${version}`,
        raw: `raw ${version}`,
      });

      it('are found by version, and by hash in the newest version that has it', async () => {
        for (const version of [1, 2, 10]) await store.configs.put(config('node', version, 'same'));
        expect(await store.configs.byHash('same')).toEqual(config('node', 10, 'same'));
        expect(await store.configs.byVersion('node', 2)).toEqual(config('node', 2, 'same'));
        expect(await store.configs.byHash('other')).toBeUndefined();
      });

      it('keep what a configuration is to its rollouts; texts stay when it is forgotten (REL-10)', async () => {
        await store.configs.put(config('node', 1, 'h'));
        expect(await store.configs.status('node')).toEqual({ name: 'node' });
        await store.configs.setStatus({ name: 'node', current: 1, pending: 2 });
        await store.configs.setStatus({ name: 'Node', pending: 1 });
        expect(await store.configs.statuses()).toEqual([
          { name: 'Node', pending: 1 },
          { name: 'node', current: 1, pending: 2 },
        ]);
        await store.configs.setStatus({ name: 'node' });
        expect(await store.configs.status('node')).toEqual({ name: 'node' });
        await store.configs.forget('node');
        expect((await store.configs.statuses()).map(({ name }) => name)).toEqual(['Node']);
        expect(await store.configs.byHash('h')).toBeDefined();
      });
    });

    describe('agents', () => {
      const target = { hash: 'h', configuration: 'node', version: 3, offers: 0 };

      it('are listed by uid and come back equal', async () => {
        for (const uid of ['b', 'a', 'B']) await store.agents.put(agent(uid, { target, labels: { uid } }));
        expect((await store.agents.list()).map(({ record }) => record.uid)).toEqual(['B', 'a', 'b']);
        expect(await store.agents.uids()).toEqual(['B', 'a', 'b']);
        expect(await store.agents.get('a')).toEqual(agent('a', { target, labels: { uid: 'a' } }));
        expect(await store.agents.delete('a')).toBe(true);
        expect(await store.agents.delete('a')).toBe(false);
      });

      it('have parts with writers of their own: none undoes another one’s', async () => {
        await store.agents.putRecords([{ record: agentRecord('a'), claim: true }], 'me');
        await store.agents.putTargets(
          new Map([
            ['a', target],
            ['unknown', target],
          ]),
        );
        expect(await store.agents.putLabels('a', { env: 'prod' })).toBe(true);
        expect(await store.agents.putLabels('unknown', {})).toBe(false);
        await store.agents.putRecords([{ record: agentRecord('a', { sequence: 2 }), claim: false }], 'me');
        expect(await store.agents.get('a')).toEqual({
          record: agentRecord('a', { sequence: 2 }),
          labels: { env: 'prod' },
          target,
          owner: 'me',
        });
        await store.agents.putTargets(new Map([['a', undefined]]));
        expect((await store.agents.get('a'))?.target).toBeUndefined();
        expect(await store.agents.uids()).toEqual(['a']);
      });

      it('belong to who claimed them last; nobody else writes their record', async () => {
        await store.agents.putRecords([{ record: agentRecord('a'), claim: true }], 'first');
        await store.agents.putRecords([{ record: agentRecord('a', { sequence: 5 }), claim: true }], 'second');
        const late = [{ record: agentRecord('a', { sequence: 2 }), claim: false }];
        expect(await store.agents.putRecords(late, 'first')).toEqual(['a']);
        expect(await store.agents.get('a')).toMatchObject({ record: { sequence: 5 }, owner: 'second' });
        const gone = agentRecord('a', { connected: false });
        expect(await store.agents.putRecords([{ record: gone, claim: false }], 'second')).toEqual([]);
        expect(await store.agents.get('a')).toEqual({ record: gone, labels: {} });
      });

      it('are counted an offer over the socket of their holder alone, and of the very target', async () => {
        const offer = { uid: 'a', before: target, after: { ...target, offers: 1 } };
        await store.agents.putRecords([{ record: agentRecord('a'), claim: true }], 'me');
        expect([...(await store.agents.countOffers([offer], 'me'))]).toEqual([]);
        await store.agents.putTargets(new Map([['a', target]]));
        expect([...(await store.agents.countOffers([offer], 'other'))]).toEqual([]);
        expect([...(await store.agents.countOffers([offer], 'me'))]).toEqual(['a']);
        expect([...(await store.agents.countOffers([offer], 'me'))], 'counted once').toEqual([]);
        expect(await store.agents.get('a')).toMatchObject({ target: { offers: 1 }, sent: 'h' });
        await store.agents.putRecords([{ record: agentRecord('a'), claim: true }], 'other');
        expect((await store.agents.get('a'))?.sent, 'a new socket').toBeUndefined();
        await store.agents.putRecords([{ record: agentRecord('a'), claim: true, sent: 'h' }], 'me');
        expect((await store.agents.get('a'))?.sent, 'the same socket').toBe('h');
      });

      it('are written by the hundred as by one', async () => {
        const uids = Array.from({ length: 345 }, (_, index) => `u${String(index).padStart(3, '0')}`);
        await store.record(async (tables) => {
          await tables.agents.putRecords(
            uids.map((uid) => ({ record: agentRecord(uid), claim: true })),
            'me',
          );
          await tables.agents.putTargets(new Map(uids.map((uid) => [uid, { ...target, hash: uid }])));
        });
        const listed = await store.agents.list();
        expect(listed.map((item) => item.target?.hash)).toEqual(uids);
      });
    });

    describe('refusals', () => {
      it('keep the first word of an agent about a hash until it is cleared for all', async () => {
        const refusal = { agent: 'a', hash: 'h', message: 'first\0', at: 1_790_000_000_000 };
        await store.refusals.add(refusal);
        await store.refusals.add({ ...refusal, message: 'second' });
        await store.refusals.add({ ...refusal, agent: 'B', rollout: 'r' });
        await store.refusals.add({ ...refusal, hash: 'other' });
        expect(await store.refusals.all()).toEqual([
          { ...refusal, agent: 'B', rollout: 'r' },
          refusal,
          { ...refusal, hash: 'other' },
        ]);
        await store.refusals.clear('other', 'B');
        await store.refusals.clear('h', 'B');
        expect((await store.refusals.all()).map(({ hash }) => hash)).toEqual(['h', 'other']);
        await store.refusals.clear('h');
        expect((await store.refusals.all()).map(({ hash }) => hash)).toEqual(['other']);
      });
    });

    describe('rollouts', () => {
      const put = (after: Rollout, before?: Rollout): Promise<string> =>
        store.rollouts.put(after, eventsOf(before, after, 7));

      it('name each writing anew, and tell the last one that was committed', async () => {
        const first = await put(rollout('r1'));
        expect(await store.rollouts.openRevisions()).toEqual([{ id: 'r1', revision: first }]);
        const second = await put(rollout('r1', { phase: 1 }));
        expect(second).not.toBe(first);
        const undone = store.transaction(async (tables) => {
          await tables.rollouts.put(rollout('r1'), eventsOf(undefined, rollout('r1'), 0));
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        expect(await store.rollouts.openRevisions()).toEqual([{ id: 'r1', revision: second }]);
        expect((await store.rollouts.get('r1'))?.phase).toBe(1);
      });

      it('come back with their members in order, and take single members anew', async () => {
        const members = ['z', 'a', 'm'].map((uid) => member(uid));
        const before = rollout('r1', { members });
        await put(before);
        const done = member('a', 'done');
        const after = { ...before, members: [member('z'), done, member('m')], phase: 1 };
        await put(after, before);
        expect(await store.rollouts.get('r1')).toEqual(after);
        await again();
        expect(await store.rollouts.get('r1')).toEqual(after);
        expect((await store.rollouts.events('r1')).map(({ type, at }) => [type, at])).toEqual([
          ['planned', 7],
          ['changed', 7],
          ['done', 7],
        ]);
        expect(await store.rollouts.get('r2')).toBeUndefined();
      });

      it('are what their logs tell, however long these get (replay, REL-02)', async () => {
        let state = rollout('r1', { members: ['a', 'b', 'c'].map((uid) => member(uid)) });
        await put(state);
        const read: [unknown, Rollout][] = [];
        for (let step = 1; step <= 300; step += 1) {
          const members = state.members.map((one, index) =>
            index === step % 3
              ? { ...one, state: step % 2 === 0 ? 'done' : 'soaking', appliedAt: step }
              : one,
          ) as readonly Member[];
          const timeline = [...state.timeline, { at: step, text: `step ${step}` }].slice(-5);
          const next = { ...state, members, timeline, phase: step, ...(step === 300 ? { endedAt: 9 } : {}) };
          await put(next, state);
          state = next;
          if (step % 50 === 0) await again();
          if (step % 50 === 0) read.push([{ ...(await store.rollouts.get('r1')), timeline }, next]);
        }
        for (const [found, written] of read) expect(found).toEqual(written);
        const log = await store.rollouts.events('r1');
        expect({ ...replay(log), timeline: [] }).toEqual({ ...state, timeline: [] });
        await put({ ...state, state: 'stable' }, state);
        await again();
        expect((await store.rollouts.get('r1'))?.state).toBe('stable');
        expect(replay(await store.rollouts.events('r1'))?.state).toBe('stable');
        await store.rollouts.forget('node');
        expect(await store.rollouts.events('r1')).toEqual([]);
      });

      it('tell the latest of a configuration and of a version, the open and the recent ones', async () => {
        await put(rollout('r1', { state: 'stable', endedAt: 5 }));
        await put(rollout('r2', { version: 2, state: 'no-agents' }));
        await put(rollout('r3', { version: 2, state: 'started' }));
        await put(rollout('r4', { configuration: 'gateway' }));
        expect((await store.rollouts.latest('node'))?.id).toBe('r3');
        expect((await store.rollouts.latest('node', 1))?.id).toBe('r1');
        expect((await store.rollouts.open()).map(({ id }) => id)).toEqual(['r2', 'r3', 'r4']);
        expect((await store.rollouts.openRevisions()).map(({ id }) => id)).toEqual(['r2', 'r3', 'r4']);
        expect((await store.rollouts.newestRevisions()).map(({ id }) => id)).toEqual(['r3', 'r4']);
        expect((await store.rollouts.recentRevisions(2)).map(({ id }) => id)).toEqual(['r4', 'r3']);
        await store.rollouts.forget('node');
        expect((await store.rollouts.recentRevisions(9)).map(({ id }) => id)).toEqual(['r4']);
      });

      it('are open while an agent is on its way back', async () => {
        const members = [member('a', 'restoring')];
        await put(rollout('r1', { state: 'failed', members }));
        expect((await store.rollouts.open()).map(({ id }) => id)).toEqual(['r1']);
      });

      it('decide one at a time for a configuration (INV-07)', async () => {
        await put(rollout('r1'));
        await expect(put(rollout('r2'))).rejects.toMatchObject({ code: 'conflict', retryable: true });
        expect((await store.rollouts.open()).map(({ id }) => id)).toEqual(['r1']);
      });
    });

    describe('holds and policies', () => {
      it('stand until they are lifted; a new one takes the place of the old one', async () => {
        const hold = { configuration: 'node', reason: 'incident', by: 'ana', at: 5 };
        await store.holds.put({ ...hold, configuration: '' });
        await store.holds.put(hold);
        await store.holds.put({ ...hold, reason: 'freeze' });
        expect(await store.holds.all()).toEqual([
          { ...hold, configuration: '' },
          { ...hold, reason: 'freeze' },
        ]);
        expect(await store.holds.lift('node')).toBe(true);
        expect(await store.holds.lift('node')).toBe(false);
        expect((await store.holds.all()).map(({ configuration }) => configuration)).toEqual(['']);
      });

      it('of rollouts come back as they were put', async () => {
        const policy = {
          name: 'standard',
          soakMs: 5,
          stages: [{ name: 'dev', matchLabels: { env: 'dev' } }],
        };
        await store.policies.put({ name: 'careful' });
        await store.policies.put({ name: 'standard' });
        await store.policies.put(policy);
        expect(await store.policies.all()).toEqual([{ name: 'careful' }, policy]);
        expect(await store.policies.get('standard')).toEqual(policy);
        expect(await store.policies.get('x')).toBeUndefined();
        expect(await store.policies.delete('careful')).toBe(true);
        expect(await store.policies.delete('careful')).toBe(false);
      });
    });

    identityContract(() => store);

    describe('origins', () => {
      it('are newest first, and the same one again takes its own place', async () => {
        const origin = (commit: string, receivedAt: number) => ({
          configuration: 'node',
          renderHash: 'h',
          repository: 'acme/fleet',
          commit,
          digest: 'd',
          sourceMap: { a: [1] },
          receivedAt,
        });
        await store.origins.put(origin('one', 1_790_000_000_000));
        await store.origins.put({ ...origin('two', 1_790_000_000_002), pullRequest: 7 });
        await store.origins.put(origin('one', 1_790_000_000_001));
        expect(await store.origins.of('node')).toEqual([
          { ...origin('two', 1_790_000_000_002), pullRequest: 7 },
          origin('one', 1_790_000_000_001),
        ]);
        expect(await store.origins.of('other')).toEqual([]);
      });
    });

    handoverContract(() => store);

    describe('deliveries', () => {
      it('are accepted once each and worked off in their order, those that failed before last', async () => {
        now = 1_790_000_000_500;
        expect(await store.deliveries.accept('d1', 'push', '{"a":1}')).toBe('new');
        expect(await store.deliveries.accept('d1', 'push', '{"a":2}')).toBe('duplicate');
        await store.deliveries.accept('d2', 'push', '{}');
        const first = { id: 'd1', event: 'push', payload: '{"a":1}', attempts: 1, receivedAt: now };
        expect(await store.deliveries.next()).toEqual(first);
        expect((await store.deliveries.next())?.id, 'd1 waits for another attempt').toBe('d2');
        await store.deliveries.done('d2');
        await again();
        expect(await store.deliveries.next()).toEqual({ ...first, attempts: 2 });
        await store.deliveries.fail('d1', 'no use');
        expect(await store.deliveries.next()).toBeUndefined();
        expect(await store.deliveries.accept('d1', 'push', '{}'), 'still known').toBe('duplicate');
      });
    });

    describe('the outbox', () => {
      it('keeps the newest payload of each key, in the order of the keys’ first coming', async () => {
        await store.outbox.put('b', 'one');
        await store.outbox.put('a', 'one');
        await store.outbox.put('b', 'two');
        expect((await store.outbox.pending()).map(({ key, payload }) => `${key} ${payload}`)).toEqual([
          'b two',
          'a one',
        ]);
      });

      it('is done only with what was sent, and does not send the same again', async () => {
        await store.outbox.put('a', 'one');
        const sent = await store.outbox.get('a');
        await store.outbox.put('a', 'two');
        await store.outbox.done('a', { bodyHash: sent?.bodyHash ?? '', reference: 'comment 1' });
        expect(await store.outbox.get('a')).toMatchObject({
          payload: 'two',
          state: 'pending',
          reference: 'comment 1',
        });
        const newer = await store.outbox.get('a');
        await store.outbox.failed('a', { bodyHash: newer?.bodyHash ?? '', error: 'away' });
        expect(await store.outbox.get('a')).toMatchObject({ attempts: 1, error: 'away', state: 'pending' });
        await store.outbox.done('a', { bodyHash: newer?.bodyHash ?? '' });
        expect(await store.outbox.pending()).toEqual([]);
        await store.outbox.put('a', 'two');
        expect(await store.outbox.pending()).toEqual([]);
        await store.outbox.put('a', 'three');
        expect((await store.outbox.pending()).map(({ attempts }) => attempts)).toEqual([0]);
      });

      it.each(['done', 'failed'] as const)(
        'sends the newest again when an older one is %s after it',
        async (end) => {
          await store.outbox.put('a', 'one');
          const older = (await store.outbox.get('a'))?.bodyHash ?? '';
          await store.outbox.put('a', 'two');
          const newer = (await store.outbox.get('a'))?.bodyHash ?? '';
          await store.outbox.done('a', { bodyHash: newer });
          await store.outbox[end]('a', { bodyHash: older, error: 'timeout' });
          expect((await store.outbox.pending()).map(({ payload }) => payload)).toEqual(['two']);
          await store.outbox.done('a', { bodyHash: newer });
          expect(await store.outbox.pending()).toEqual([]);
        },
      );
    });
  });
}
