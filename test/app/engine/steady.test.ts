import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Agents, type LiveAgent } from '../../../app/engine/agents.ts';
import { KnownConfigFacts } from '../../../app/engine/config-facts.ts';
import { targetAfter } from '../../../app/engine/assignments.ts';
import { Ledger } from '../../../app/engine/ledger.ts';
import { Remembered } from '../../../app/engine/remembered.ts';
import { Steady } from '../../../app/engine/steady.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { AgentTarget, Store } from '../../../app/store/store.ts';
import { AgentToServerSchema } from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentRecord } from '../../../src/core/opamp/record.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { agentRecord } from '../../contracts/store.ts';
import { ManualClock } from '../manual-clock.ts';

const NAME = { hash: 'a1', configuration: 'node', version: 1 };
let store: Store;
let agents: Agents;
let remembered: Remembered;
let steady: Steady;
let clock: ManualClock;

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  await store.resources.put({
    kind: 'Configuration',
    name: 'node',
    version: 1,
    id: 'c1',
    document: {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: 'node' },
      spec: { raw: 'x: 1', selector: { matchLabels: { role: 'node' } } },
    },
    modifiedAt: 0,
  });
  await store.configs.put({ ...NAME, text: 'x: 1', raw: 'x: 1' });
  await store.configs.setStatus({ name: 'node', current: 1 });
  agents = new Agents(new ManualClock(), () => undefined);
  const limits = { ...APP_LIMITS, lateOffers: 2 };
  remembered = new Remembered();
  clock = new ManualClock();
  const timings = { deadlineMs: 60_000 };
  const facts = new KnownConfigFacts();
  steady = new Steady({ agents, ledger: new Ledger(), remembered, limits, clock, timings, facts });
});

afterEach(() => store.close());

function keep(uid: string, change: Partial<AgentRecord> = {}, target?: AgentTarget): void {
  const record = agentRecord(uid, { capabilities: 0x1007, labels: { role: 'node' }, ...change });
  const known: LiveAgent | undefined = agents.get(uid);
  const row = { uid, record, labels: known?.labels ?? {}, ...(target === undefined ? {} : { target }) };
  agents.follow({ agents: [row] });
}

async function look(): Promise<readonly string[]> {
  const { targets } = await steady.look(store, []);
  const memory = await agents.putTargets(store, targets);
  memory();
  return [...targets.keys()].toSorted();
}

it('gives newcomers the current version a few at a time, and the next when one of them confirms', async () => {
  for (const uid of ['u1', 'u2', 'u3', 'u4']) keep(uid);
  const first = await look();
  expect(first).toHaveLength(2);
  expect(await look()).toEqual([]);
  const [done = ''] = first;
  const applied = { state: 'applied', hash: NAME.hash, message: '', at: 1 } as const;
  keep(done, { config: applied }, agents.get(done)?.target);
  const second = await look();
  expect(second).toHaveLength(1);
  expect(first).not.toContain(second[0]);
});

it('waits no longer than the deadline for newcomers that say nothing, and gives their turn to others', async () => {
  for (const uid of ['u1', 'u2', 'u3', 'u4', 'u5']) keep(uid);
  const first = await look();
  clock.advance(59_999);
  expect(await look()).toEqual([]);
  clock.advance(1);
  const second = await look();
  expect(second).toHaveLength(2);
  expect(second.filter((uid) => first.includes(uid))).toEqual([]);
  clock.advance(60_000);
  expect(await look()).toHaveLength(1);
});

it('gives the turn of one that refused to another one at once', async () => {
  for (const uid of ['u1', 'u2', 'u3']) keep(uid);
  const [refusing = ''] = await look();
  const failed = { state: 'failed', hash: NAME.hash, message: 'no', at: 1 } as const;
  keep(refusing, { config: failed }, agents.get(refusing)?.target);
  expect(await look()).toHaveLength(1);
});

it('sends back at once whoever refused, and counts it among those that are on their way', async () => {
  for (const uid of ['u1', 'u2', 'u3', 'u4']) keep(uid);
  const failed = { state: 'failed', hash: 'b2', message: 'no', at: 1 } as const;
  const other = { hash: 'b2', configuration: 'node', version: 2, offers: 1, since: 0, previous: NAME };
  for (const uid of ['back-1', 'back-2', 'back-3']) keep(uid, { config: failed }, other);
  expect(await look()).toEqual(['back-1', 'back-2', 'back-3']);
});

it('sends nobody back to what it refused just now', async () => {
  const failed = { state: 'failed', hash: NAME.hash, message: 'no', at: 1 } as const;
  keep('u1', { config: failed }, { ...NAME, offers: 1, since: 0, previous: NAME });
  expect(await look()).toEqual([]);
});

it('remembers as the way back what was another config', () => {
  const other = { hash: 'b2', configuration: 'node', version: 2 };
  const first = targetAfter({ ...other, offers: 1, since: 0 }, NAME, 1);
  expect(first.previous).toEqual(other);
  expect(targetAfter(first, NAME, 2)).toMatchObject({ previous: other, since: 2 });
  expect(targetAfter(undefined, NAME, 1)).not.toHaveProperty('previous');
});

it('gives an agent nothing before there is a row of it, which would not be told what it is to run', async () => {
  const instanceUid = new Uint8Array(16).fill(7);
  const uid = uidText(instanceUid) ?? '';
  const text = (key: string, value: string) => ({
    key,
    value: { value: { case: 'stringValue' as const, value } },
  });
  const agentDescription = {
    identifyingAttributes: [text('service.name', 'com.observiq.collector')],
    nonIdentifyingAttributes: [text('service.labels', 'role=node')],
  };
  const message = { instanceUid, sequenceNum: 1n, capabilities: 0x1007n, agentDescription };
  agents.receive(create(AgentToServerSchema, message), { id: 'socket', remoteAddress: '', labels: '' });
  expect(await look()).toEqual([]);
  const news = agents.takeNews();
  if (news === undefined) throw new Error('it came just now');
  await agents.write(store, news);
  expect(await look()).toEqual([uid]);
  expect((await store.agents.get(uid))?.target?.hash).toBe(NAME.hash);
});

it('looks at everybody again when what it found was not stored', async () => {
  keep('u1');
  expect([...(await steady.look(store, [])).targets.keys()]).toEqual(['u1']);
  expect([...(await steady.look(store, [])).targets.keys()]).toEqual([]);
  steady.forget();
  expect([...(await steady.look(store, [])).targets.keys()]).toEqual(['u1']);
});

it('looks at everybody again when assignments change', async () => {
  keep('u1', { labels: { role: 'other' } });
  expect(await look()).toEqual([]);
  const configuration = await store.resources.get('Configuration', 'node');
  if (configuration === undefined) throw new Error('it was put above');
  const spec = { raw: 'x: 1', selector: { matchLabels: { role: 'other' } } };
  await store.resources.put({ ...configuration, document: { ...configuration.document, spec } });
  remembered.forget();
  expect(await look()).toEqual(['u1']);
});

it('leaves out agents whose collectors lack a component, and gives their turn to others', async () => {
  const text =
    'exporters: {kafka: null}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [kafka]}}}\n';
  await store.configs.put({ ...NAME, hash: 'b2', version: 2, text, raw: text });
  await store.configs.setStatus({ name: 'node', current: 2 });
  const without = { exporters: ['debug'] };
  for (const uid of ['u1', 'u2', 'u3']) keep(uid, { components: without });
  for (const uid of ['u4', 'u5']) keep(uid, { components: { exporters: ['debug', 'kafka'] } });
  keep('u6');
  expect(await look()).toEqual(['u4', 'u5']);
  keep('u1', { components: { exporters: ['kafka'] } });
  for (const uid of ['u4', 'u5']) {
    keep(uid, { config: { state: 'applied', hash: 'b2', message: '', at: 1 } }, agents.get(uid)?.target);
  }
  expect(await look()).toEqual(['u1', 'u6']);
});
