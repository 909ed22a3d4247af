import { afterEach, beforeEach, expect, it } from 'vitest';
import { RolloutControl } from '../../../app/engine/control.ts';
import { Engine } from '../../../app/engine/engine.ts';
import { APP_LIMITS, ROLLOUT_TIMINGS } from '../../../app/limits.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { withMetricsReader } from '../../../src/core/collector/metrics-reader.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { phasesFor } from '../../../src/core/rollout/waves.ts';
import { agentRecord } from '../../contracts/store.ts';
import { ManualClock } from '../manual-clock.ts';

let store: Store;
let engine: Engine;
let control: RolloutControl;

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  const clock = new ManualClock();
  const warn = (): void => undefined;
  engine = new Engine({ store, clock, limits: APP_LIMITS, timings: ROLLOUT_TIMINGS, warn });
  control = new RolloutControl(engine, store, clock);
});

afterEach(() => store.close());

async function version(number: number): Promise<string> {
  const text = `version: ${number}\n`;
  const hash = sha256(text);
  await store.configs.put({ configuration: 'node', version: number, hash, text, raw: text });
  return hash;
}

/** A rollout of version 2 that has offered it to one agent, which has not answered. */
async function underWay(previousHash?: string): Promise<void> {
  const target = await version(2);
  const given = { configuration: 'node', offers: 0 };
  await store.agents.put({
    record: agentRecord('a', { connected: false }),
    labels: {},
    target: { ...given, hash: target, version: 2 },
  });
  const rollout = {
    id: 'node:2',
    configuration: 'node',
    version: 2,
    targetHash: target,
    state: 'started' as const,
    policy: {
      ...phasesFor(undefined, 1),
      maxErrors: 0,
      rollbackOnFailure: true,
      ...ROLLOUT_TIMINGS,
      soakMs: 1,
    },
    phase: 1,
    members: [
      {
        agent: 'a',
        name: 'a',
        version: '1',
        state: 'offered' as const,
        wave: 0,
        offeredAt: 0,
        ...(previousHash === undefined ? {} : { previousHash }),
      },
    ],
    timeline: [],
    startedAt: 0,
  };
  await store.rollouts.put(rollout, [{ type: 'planned', at: 0, rollout }]);
  await engine.recover({ send: () => false, disconnect: () => undefined });
}

const targetOf = async (uid: string): Promise<string | undefined> =>
  (await store.agents.get(uid))?.target?.hash;

it('rolls back after a restart, when no text is remembered yet', { timeout: 5000 }, async () => {
  const before = await version(1);
  await underWay(before);
  expect((await control.rollback('node')).state).toBe('rolling-back');
  expect(await targetOf('a')).toBe(before);
});

it('ends a rollout where it stands, and whoever has not confirmed it is not offered it afterwards', async () => {
  const before = await version(1);
  await underWay(before);
  const { state, members } = await control.abort('node');
  expect([state, members[0]?.state]).toEqual(['aborted', 'restoring']);
  expect(await targetOf('a')).toBe(before);
});

it.each(['abort', 'rollback'] as const)(
  'takes the target away from agents without a config to go back to: %s',
  async (command) => {
    await underWay();
    expect((await control[command]('node')).members[0]?.state).toBe('left');
    expect(await targetOf('a')).toBeUndefined();
  },
);

it('leaves an agent that moved to another configuration to the rollout that is under way with it (INV-07, REL-13)', async () => {
  await underWay();
  const moved = agentRecord('a', { labels: { configuration: 'gateway' } });
  const other = agentRecord('b', { labels: { configuration: 'gateway' } });
  const document = { kind: 'Configuration', metadata: { name: 'gateway' }, spec: {} };
  const resource = { kind: 'Configuration' as const, name: 'gateway', version: 1, id: 'g', modifiedAt: 0 };
  await store.resources.put({
    ...resource,
    document: { apiVersion: 'bindplane.observiq.com/v1', ...document },
  });
  await store.configs.put({ configuration: 'gateway', version: 1, hash: 'h', text: 'x: 1', raw: 'x: 1' });
  engine.agents.follow({ agents: [moved, other].map((record) => ({ uid: record.uid, record, labels: {} })) });
  const { members } = await control.start('gateway', null);
  expect(members.map(({ agent }) => agent)).toEqual(['b']);
});

/** A version of the configuration `node` with this config. */
async function putConfig(number: number, text: string): Promise<void> {
  await store.resources.put({
    kind: 'Configuration',
    name: 'node',
    version: number,
    id: 'n',
    modifiedAt: 0,
    document: {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: 'node' },
      spec: {},
    },
  });
  const config = { configuration: 'node', version: number, hash: sha256(text), text, raw: text };
  await store.configs.put(config);
}

it('expects metrics of a config that has them sent here, and of no other', async () => {
  await engine.recover({ send: () => false, disconnect: () => undefined });
  const plain =
    'receivers: {nop: null}\nexporters: {nop: null}\nservice: {pipelines: {logs: {receivers: [nop], exporters: [nop]}}}\n';
  await putConfig(1, plain);
  expect((await control.start('node', null)).policy).not.toHaveProperty('expectsMetrics');
  const reader = {
    endpoint: 'http://127.0.0.1:4320/v1/metrics',
    headers: {},
    intervalMs: 1000,
    prometheus: false,
  };
  const given = withMetricsReader(plain, reader, { configuration: 'node', version: 2 });
  if ('withheld' in given) throw new Error(given.withheld);
  await putConfig(2, given.text);
  expect((await control.start('node', null)).policy.expectsMetrics).toBe(true);
});

it('offers a config that no collector starts with to nobody before somebody says so (REL-33)', async () => {
  const record = agentRecord('a', { labels: { configuration: 'node' }, capabilities: 0x10_03 });
  await engine.recover({ send: () => false, disconnect: () => undefined });
  engine.agents.follow({ agents: [{ uid: 'a', record, labels: {} }] });
  await putConfig(1, 'service: {pipelines: {logs: {receivers: [nop], exporters: [nop]}}}\n');
  await control.start('node', null);
  await engine.round();
  const { state, pause, members } = (await store.rollouts.latest('node')) ?? {};
  expect([state, pause?.text]).toEqual([
    'paused',
    'no collector starts with this config: pipeline `logs` names receiver `nop`, which is not configured (and 1 more)',
  ]);
  expect(members?.map(({ state: own }) => own)).toEqual(['waiting']);
  expect(engine.agents.get('a')?.target).toBeUndefined();
  await control.promote('node');
  await engine.round();
  expect((await store.rollouts.latest('node'))?.members[0]?.state).toBe('offered');
});
