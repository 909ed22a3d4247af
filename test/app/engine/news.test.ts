import { beforeEach, expect, it } from 'vitest';
import { create } from '@bufbuild/protobuf';
import { Agents } from '../../../app/engine/agents.ts';
import { writeNews } from '../../../app/engine/news.ts';
import type { Store } from '../../../app/store/store.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import { AgentToServerSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import { ManualClock } from '../manual-clock.ts';

const MANY = 2500;

let store: Store;
let agents: Agents;

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  agents = new Agents(new ManualClock(), () => undefined, 'me');
  for (let index = 0; index < MANY; index += 1) {
    const instanceUid = new Uint8Array(16);
    new DataView(instanceUid.buffer).setUint32(0, index + 1);
    const message = { instanceUid, sequenceNum: 1n, agentDescription: {} };
    agents.receive(create(AgentToServerSchema, message), {
      id: `socket-${index}`,
      remoteAddress: '',
      labels: '',
    });
  }
});

it('of many agents are written a thousand at a time, and others have their turn in between', async () => {
  const stored: number[] = [];
  await writeNews(agents, store, async () => void stored.push((await store.agents.uids()).length));
  expect(stored).toEqual([1000, 2000]);
  expect(await store.agents.uids()).toHaveLength(MANY);
  expect(agents.unwritten).toBe(0);
});

it('that could not be written are news still, and claim their agents when they are', async () => {
  let writings = 0;
  const full: Store = {
    ...store,
    record: (work) => {
      writings += 1;
      return writings === 2 ? Promise.reject(new Error('the disk is full')) : store.record(work);
    },
  };
  await expect(writeNews(agents, full)).rejects.toThrow('the disk is full');
  expect(await store.agents.uids()).toHaveLength(1000);
  expect(agents.unwritten).toBe(MANY - 1000);
  await writeNews(agents, full);
  const rows = await store.agents.list();
  expect(rows).toHaveLength(MANY);
  expect(rows.filter(({ owner }) => owner !== 'me')).toEqual([]);
});

/** A store whose every transaction is lost at its commit. */
const lost: Store['record'] = async (work) => {
  await work(store);
  throw new Error('connection lost');
};

it('an agent is forgotten only when that is stored', async () => {
  const [uid = ''] = [...agents.all()].map(({ record }) => record.uid);
  await expect(agents.delete(lost, uid)).rejects.toThrow('connection lost');
  expect(agents.get(uid)).toBeDefined();
  expect(await agents.delete((work) => store.record(work), uid)).toMatchObject({ record: { uid } });
  expect(agents.get(uid)).toBeUndefined();
});

it('labels that could not be stored are not gone by', async () => {
  const [uid = ''] = [...agents.all()].map(({ record }) => record.uid);
  await writeNews(agents, store);
  const changes = new Map([[uid, { env: 'prod' }]]);
  await expect(agents.putLabels(lost, changes)).rejects.toThrow('connection lost');
  expect(agents.get(uid)?.labels).toEqual({});
  expect(await agents.putLabels((work) => store.record(work), changes)).toBe(true);
  expect(agents.get(uid)?.labels).toEqual({ env: 'prod' });
});
