import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SECRET_KEY, TestApp, rawConfiguration } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { NO_POSTGRES, TestPostgres } from '../../support/postgres.ts';
import { ServerProcess } from './child.ts';

/** A lease short enough to wait for. On a busy machine it may get lost for a moment; then a client sends again, as it is told. */
const LIMITS = { leaseMs: 1500 };
const TIMEOUT = { timeout: 40_000 };

/** Names the configuration of a test; tests that share replicas have one each. */
let node = 'node';
let postgres: TestPostgres;
let folder: string;
let url: string;
let apps: TestApp[] = [];
let agents: TestAgent[] = [];
let children: ServerProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'collie-replicas-'));
  if (NO_POSTGRES === undefined) postgres = await TestPostgres.running();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  for (const child of children) await child.kill();
  for (const app of apps) await app.close();
  [apps, agents, children] = [[], [], []];
}, 20_000);

async function replica(limits: object = LIMITS): Promise<TestApp> {
  const config = join(folder, 'serve.yaml');
  writeFileSync(config, JSON.stringify({ limits }));
  const app = await TestApp.start(url, {}, { config });
  apps.push(app);
  return app;
}

async function child(): Promise<ServerProcess> {
  const started = await ServerProcess.start(folder, url, LIMITS);
  children.push(started);
  return started;
}

async function connect(
  to: { readonly opampUrl: string },
  name: string,
  options: Partial<ConstructorParameters<typeof TestAgent>[0]> = {},
): Promise<TestAgent> {
  const agent = await TestAgent.connect({
    url: to.opampUrl,
    secretKey: SECRET_KEY,
    name: `${name} of ${node}`,
    labels: { configuration: node },
    ...options,
  });
  agents.push(agent);
  return agent;
}

/** Names of the agents of this test that a replica sees connected. */
async function connected(app: TestApp): Promise<string[]> {
  const { body } = await app.call('GET', '/v1/agents');
  return body.agents
    .filter(({ status }: { status: number }) => status === 1)
    .map(({ name }: { name: string }) => name.split(' of '))
    .filter(([, of]: readonly string[]) => of === node)
    .map(([name]: readonly string[]) => name)
    .toSorted();
}

function sees(app: TestApp, ...names: readonly string[]): Promise<void> {
  return expect.poll(() => connected(app), { timeout: 15_000 }).toEqual(names);
}

async function roll(app: TestApp, note: string): Promise<void> {
  const accepted = async (path: string, body: object): Promise<void> => {
    const status = async (): Promise<number> => (await app.call('POST', path, body)).status;
    await expect.poll(status, { timeout: 15_000 }).toBe(202);
  };
  await accepted('/v1/apply', { resources: [rawConfiguration(node, note)] });
  await accepted(`/v1/rollouts/${node}/start`, { options: null });
}

/** The lease as it stands in the database. */
async function epoch(): Promise<number> {
  return Number((await postgres.query(url, 'select epoch from leases')).rows[0].epoch);
}

describe.skipIf(NO_POSTGRES !== undefined)('two replicas on one PostgreSQL', () => {
  let pair: readonly [TestApp, TestApp];
  let tests = 0;

  beforeAll(async () => {
    url = await postgres.database();
    pair = [await replica({}), await replica({})];
    apps = [];
  }, 30_000);

  beforeEach(() => {
    node = `node-${(tests += 1)}`;
  });

  afterAll(async () => {
    for (const app of pair) await app.close();
    node = 'node';
  });

  it('roll out to agents of both, asked on the one that does not decide', TIMEOUT, async () => {
    const [first, second] = pair;
    for (const name of ['node-a', 'node-b']) await connect(first, name);
    for (const name of ['node-c', 'node-d']) await connect(second, name);
    for (const app of pair) await sees(app, 'node-a', 'node-b', 'node-c', 'node-d');
    await roll(second, 'one');
    const view = await second.rollout(node, 'stable');
    expect(view.totals).toMatchObject({ agents: 4, offered: 4, applied: 4 });
    expect(agents.map(({ offers }) => offers.length)).toEqual([1, 1, 1, 1]);
    expect((await first.rollout(node, 'stable')).totals).toEqual(view.totals);
    expect(await epoch(), 'one led all the time').toBe(1);
  });

  it('bring a decision of one to an agent of the other within a second (REL-22)', TIMEOUT, async () => {
    const [leader, other] = pair;
    const agent = await connect(other, 'node-a');
    await sees(leader, 'node-a');
    await leader.call('POST', '/v1/apply', { resources: [rawConfiguration(node, 'one')] });
    const asked = performance.now();
    await leader.call('POST', `/v1/rollouts/${node}/start`, { options: null });
    await agent.until(() => agent.offers.length === 1);
    expect(performance.now() - asked).toBeLessThan(1000);
    await other.rollout(node, 'stable');
  });

  it('keep labels, refusals and pauses in common', TIMEOUT, async () => {
    const [leader, other] = pair;
    const judge = (config: string): string | undefined => (config.includes('# bad') ? 'no' : undefined);
    const agent = await connect(other, 'node-a', { labels: {}, judge });
    await sees(leader, 'node-a');
    const { body } = await leader.call('GET', '/v1/agents');
    const { id } = body.agents.find(({ name }: { name: string }) => name === `node-a of ${node}`);
    const labelled = await other.call('PATCH', `/v1/agents/${id}/labels`, {
      labels: { configuration: node },
    });
    expect(labelled.status).toBe(200);
    await roll(other, 'good');
    await leader.rollout(node, 'stable');
    await roll(other, 'bad');
    expect((await leader.rollout(node, 'rolled-back')).errors[0].message).toBe('no');
    await expect.poll(() => agent.running).toContain('# good');
    expect(agent.offers.filter((config) => config.includes('# bad'))).toHaveLength(1);
  });

  it('end the older socket of an agent that comes to another one', TIMEOUT, async () => {
    const [first, second] = pair;
    const uid = crypto.getRandomValues(new Uint8Array(16));
    const older = await connect(first, 'node-a', { uid });
    await sees(second, 'node-a');
    const ended = older.ended();
    await connect(second, 'node-a', { uid });
    expect(await ended).toBe(1008);
    for (const app of pair) await sees(app, 'node-a');
  });
});

describe.skipIf(NO_POSTGRES !== undefined)('replicas that come and go', () => {
  beforeEach(async () => {
    url = await postgres.database();
  });

  it('lose nothing when the one that decides is killed in the middle of a rollout', TIMEOUT, async () => {
    const leader = await child();
    const other = await replica();
    const [slowUid, movedUid] = [1, 2].map((byte) => new Uint8Array(16).fill(byte));
    const moved = await connect(leader, 'node-a', { uid: movedUid ?? new Uint8Array(16) });
    const slow = await connect(leader, 'node-b', { uid: slowUid ?? new Uint8Array(16), silent: true });
    const stayed = await connect(other, 'node-c');
    await sees(other, 'node-a', 'node-b', 'node-c');
    await roll(other, 'one');
    await slow.until(() => slow.offers.length === 1);
    await leader.kill();

    await moved.connect(other.opampUrl);
    const back = await connect(other, 'node-b', { uid: slowUid ?? new Uint8Array(16) });
    const view = await other.rollout(node, 'stable');
    expect(view.totals).toMatchObject({ agents: 3, applied: 3, refused: 0 });
    expect(await epoch()).toBeGreaterThan(1);
    for (const agent of [moved, back, stayed]) expect(agent.running).toContain('# one');
    expect(
      [moved, stayed].map(({ offers }) => offers.length),
      'told once, to be told again of nothing',
    ).toEqual([1, 1]);
    expect(back.offers.length, 'told again: nobody knows whether it heard it').toBe(1);
  });

  it('ignore what a leader thinks that was stopped for a while (REL-21)', TIMEOUT, async () => {
    const leader = await child();
    const other = await replica();
    const [there, here] = [await connect(leader, 'node-a'), await connect(other, 'node-b')];
    await sees(other, 'node-a', 'node-b');
    await roll(other, 'one');
    await other.rollout(node, 'stable');
    leader.signal('SIGSTOP');
    await expect.poll(epoch, { timeout: 15_000 }).toBeGreaterThan(1);
    await sees(other, 'node-b');
    await roll(other, 'two');
    await here.until(() => here.running.includes('# two'));
    leader.signal('SIGCONT');
    await there.until(() => there.running.includes('# two'));
    await sees(other, 'node-a', 'node-b');
    for (const agent of [there, here]) {
      expect(agent.offers.map((config) => config.split('\n')[0])).toEqual(['# one', '# two']);
    }
  });

  it('hand over at once when the one that decides is stopped, and its agents with it', TIMEOUT, async () => {
    const leader = await replica({ leaseMs: 60_000 });
    const other = await replica({ leaseMs: 60_000 });
    apps = [other];
    const agent = await connect(leader, 'node-a');
    await sees(other, 'node-a');
    const gone = agent.ended();
    await leader.close();
    expect(await gone, 'going away').toBe(1001);
    await sees(other);
    await agent.connect(other.opampUrl);
    await sees(other, 'node-a');
    await roll(other, 'one');
    await agent.until(() => agent.running.includes('# one'));
    expect(await epoch()).toBe(2);
  });

  it(
    'go on when the database was away for a while; nothing is changed meanwhile (REL-23)',
    TIMEOUT,
    async () => {
      const [first, second] = [await replica(), await replica()];
      const agent = await connect(second, 'node-a');
      await sees(first, 'node-a');
      const name = new URL(url).pathname.slice(1);
      await postgres.query('postgres', `alter database ${name} allow_connections false`);
      const sessions = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
      await postgres.query('postgres', sessions);
      for (const app of apps) {
        const refused = await app.call('POST', '/v1/apply', { resources: [rawConfiguration(node, 'one')] });
        expect(refused.status).toBe(503);
        expect((await fetch(`${app.url}/readyz`)).status).toBe(503);
        expect((await fetch(`${app.url}/livez`)).status).toBe(200);
      }
      await postgres.query('postgres', `alter database ${name} allow_connections true`);
      for (const app of apps) {
        await expect
          .poll(async () => (await fetch(`${app.url}/readyz`)).status, { timeout: 10_000 })
          .toBe(200);
      }
      await expect
        .poll(
          async () =>
            (await second.call('POST', '/v1/apply', { resources: [rawConfiguration(node, 'one')] })).status,
          {
            timeout: 10_000,
          },
        )
        .toBe(202);
      expect((await second.call('POST', `/v1/rollouts/${node}/start`, { options: null })).status).toBe(202);
      await agent.until(() => agent.running.includes('# one'));
      expect(agent.offers.length).toBe(1);
    },
  );
});
