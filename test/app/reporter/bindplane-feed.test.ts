import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP_LIMITS } from '../../../app/limits.ts';
import { BindplaneFeed } from '../../../app/reporter/bindplane-feed.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store, StoredOrigin } from '../../../app/store/store.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { isMap, plain, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { undoRollout } from '../../../src/flows/undo.ts';
import { connectControlPlane } from '../../../src/io/control-planes/index.ts';
import type { ControlPlane } from '../../../src/ports/control-plane.ts';
import { startBindplane, type BindplaneStandIn } from '../../support/bindplane-stand-in.ts';
import { ManualClock, SkippingClock } from '../manual-clock.ts';
import { REFUSAL } from './rollouts.ts';

const TYPES = join(import.meta.dirname, '..', '..', '..', 'schemas', 'resource-types');
const COMMIT = 'c'.repeat(40);

function documents(text: string): JsonMap[] {
  return parseYaml('t.yaml', text).documents.flatMap(({ root }) => {
    const value = plain(root);
    return isMap(value) ? [value] : [];
  });
}

const types = readdirSync(TYPES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => documents(readFileSync(join(TYPES, name), 'utf8')));

function resources(port: number): JsonMap[] {
  return documents(`
apiVersion: bindplane.observiq.com/v1
kind: Source
metadata: {name: edge-otlp}
spec: {type: otlp, parameters: [{name: grpc_port, value: ${port}}]}
---
apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata: {name: sink}
spec: {type: dev_null}
---
apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: edge, labels: {platform: linux}}
spec:
  sources: [{id: s1, name: edge-otlp}]
  destinations: [{id: d1, name: sink}]
  selector: {matchLabels: {configuration: edge}}
`);
}

let server: BindplaneStandIn;
let plane: ControlPlane;
let store: Store;
let clock: ManualClock;
let feed: BindplaneFeed;
let hints: number;
let explained: { text: string; maps: readonly Json[] }[];

beforeEach(async () => {
  clock = new ManualClock();
  server = await startBindplane({
    types,
    refuses: ({ version }, config) =>
      version === 'v1.80.1' && config.includes('14318') ? REFUSAL.message : undefined,
  });
  const connected = connectControlPlane({ url: server.url, clock: new SkippingClock() });
  if (connected === undefined) throw new Error('no control plane');
  plane = connected;
  store = await openSqliteStore(':memory:', () => clock.now());
  [hints, explained] = [0, []];
  feed = new BindplaneFeed({
    controlPlane: plane,
    origins: store.origins,
    clock,
    limits: APP_LIMITS,
    explain: (text, _configuration, maps) => {
      explained.push({ text, maps });
      return text === REFUSAL.message ? REFUSAL.findings : [];
    },
    warn: () => undefined,
  });
  feed.subscribe(() => {
    hints += 1;
  });
});

afterEach(async () => {
  await feed.stop();
  await server.close();
  await store.close();
});

async function merge(port: number): Promise<void> {
  await plane.apply(resources(port));
  const raw = (await plane.configuration('edge'))?.raw ?? '';
  const origin: StoredOrigin = {
    configuration: 'edge',
    renderHash: sha256(raw),
    repository: 'shop/collectors',
    pullRequest: 41,
    commit: COMMIT,
    digest: 'd',
    sourceMap: { port },
    receivedAt: clock.now(),
  };
  await store.origins.put(origin);
}

/** Time passes on the server, then the feed looks. */
async function step(): Promise<void> {
  server.tick();
  clock.advance(APP_LIMITS.watchPollMs);
  await feed.poll();
}

describe('a watched BindPlane server', () => {
  it('is told wave by wave, with the origin of the rendered bytes', async () => {
    for (const name of ['a', 'b', 'c']) {
      server.addAgent({ name, version: '1.98.1', labels: { configuration: 'edge' } });
    }
    await merge(14317);
    await plane.startRollout('edge', null);
    await feed.poll();
    const [first] = await feed.rollouts();
    expect(first).toMatchObject({
      id: `edge:1@${COMMIT}`,
      origin: { repository: 'shop/collectors', pullRequest: 41, commit: COMMIT },
      view: { configuration: 'edge', toVersion: 1, state: 'started', engine: 'bindplane' },
    });
    while ((await feed.rollouts())[0]?.view.state !== 'stable') await step();
    const [last] = await feed.rollouts();
    expect(last?.view.totals).toEqual({
      agents: 3,
      offered: 3,
      applied: 3,
      refused: 0,
      restored: 0,
      neverSaw: 0,
    });
    expect(last?.view.waves.map(({ agents }) => agents).reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(hints).toBeGreaterThan(1);
  });

  it('that stops at a refusal gives the agent’s own words and their places, from the map of these very bytes', async () => {
    server.addAgent({ name: 'old', version: '1.80.1', labels: { configuration: 'edge' } });
    server.addAgent({ name: 'new', version: '1.98.1', labels: { configuration: 'edge' } });
    await merge(14317);
    await plane.startRollout('edge', null);
    for (let index = 0; index < 4; index += 1) await step();
    await merge(14318);
    await plane.startRollout('edge', null);
    for (let index = 0; index < 4; index += 1) {
      clock.advance(APP_LIMITS.watchIdleMs);
      await step();
    }
    const [rollout] = await feed.rollouts();
    expect(rollout?.view).toMatchObject({
      fromVersion: 1,
      toVersion: 2,
      state: 'failed',
      totals: { refused: 1, restored: 0 },
    });
    expect(rollout?.view.errors).toMatchObject([
      { message: REFUSAL.message, agents: [{ name: 'old', version: '1.80.1' }], findings: REFUSAL.findings },
    ]);
    expect(explained.at(-1)).toEqual({ text: REFUSAL.message, maps: [{ port: 14318 }] });
  });

  it('whose version was given up is told as rolled back once the one before runs again; the feed itself changes nothing', async () => {
    for (const name of ['a', 'b', 'c']) {
      server.addAgent({ name, version: '1.98.1', labels: { configuration: 'edge' } });
    }
    await merge(14317);
    await plane.startRollout('edge', null);
    for (let look = 0; look < 5; look++) await step();
    await merge(14319);
    await plane.startRollout('edge', null);
    clock.advance(APP_LIMITS.watchIdleMs);
    await step();
    await plane.pauseRollout('edge');
    await step();
    const before = server.requests.filter(({ method }) => method !== 'GET').length;
    await step();
    expect(server.requests.filter(({ method }) => method !== 'GET').length).toBe(before);

    const wait = async (): Promise<void> => step();
    const undone = await undoRollout({
      controlPlane: plane,
      clock: { now: () => clock.now(), wait },
      configuration: 'edge',
      version: 2,
      deadlineMs: 60_000,
    });
    expect(undone.done).toBe(true);
    for (let look = 0; look < 3; look++) await step();
    const told = (await feed.rollouts()).map(({ id, view }) => [id, view.state, view.undo?.version]);
    expect(told).toEqual([[`edge:2@${COMMIT}`, 'rolled-back', 3]]);
  });

  it('is not reported for bytes that nobody sent an origin for', async () => {
    await merge(14317);
    await plane.apply(resources(14999));
    await plane.startRollout('edge', null);
    await feed.poll();
    expect(await feed.rollouts()).toEqual([]);
  });

  it('has no rollouts to tell before it was asked, and none that it forgot', async () => {
    await merge(14317);
    await plane.startRollout('edge', null);
    await expect(feed.rollouts()).rejects.toThrow(/has not answered yet/);
    expect(feed.isComplete()).toBe(false);
    await feed.poll();
    expect(feed.isComplete()).toBe(true);
    expect(await feed.rollouts()).toHaveLength(1);
    await plane.delete([{ kind: 'Configuration', name: 'edge' }]);
    clock.advance(APP_LIMITS.watchIdleMs);
    await feed.poll();
    expect(await feed.rollouts()).toEqual([]);
  });

  it('that takes its time does not hold up the end', async () => {
    let answer: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.fault({ matches: () => true, until });
    feed.start();
    while (server.requests.length === 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const stopped = feed.stop();
    clock.advance(APP_LIMITS.drainMs);
    await stopped;
    expect(feed.isComplete()).toBe(false);
    answer();
  });

  it('is asked seldom about what is over', async () => {
    await merge(14317);
    server.addAgent({ name: 'a', version: '1.98.1', labels: { configuration: 'edge' } });
    await plane.startRollout('edge', null);
    for (let index = 0; index < 6; index += 1) await step();
    expect((await feed.rollouts())[0]?.view.state).toBe('stable');
    const asked = server.requests.length;
    for (let index = 0; index < 5; index += 1) await step();
    expect(server.requests).toHaveLength(asked);
  });
});
