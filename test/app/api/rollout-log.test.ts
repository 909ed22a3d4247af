import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECRET_KEY, TestApp, rawConfiguration, scratchFolder, type Answer } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { until } from '../../support/until.ts';

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agents: TestAgent[];

beforeEach(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  await server.close();
  scratch.remove();
});

async function fleet(
  names: readonly string[],
  options: Partial<ConstructorParameters<typeof TestAgent>[0]> = {},
): Promise<void> {
  const labels = { configuration: 'node' };
  for (const name of names) {
    agents.push(
      await TestAgent.connect({ url: server.opampUrl, secretKey: SECRET_KEY, name, labels, ...options }),
    );
  }
  await until(async () => (await server.call('GET', '/v1/agents')).body.agents?.length === agents.length);
}

async function roll(note: string): Promise<Answer> {
  await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', note)] });
  return server.call('POST', '/v1/rollouts/node/start', { options: null });
}

const events = async (query = ''): Promise<Answer['body']> =>
  (await server.call('GET', `/v1/collie/rollouts/node/events${query}`)).body;

describe('the log of a rollout', () => {
  it('tells what happened in order, who asked, and what was at a moment', async () => {
    await fleet(['node-a', 'node-b']);
    await roll('one');
    await server.rollout('node', 'stable');
    const { rollout, totals, events: log } = await events();
    expect(rollout).toMatchObject({ id: 'node:1', state: 'stable' });
    expect(totals).toMatchObject({ agents: 2, applied: 2 });
    const [first] = log;
    expect(first).toMatchObject({ type: 'planned', text: 'planned node:1 for 2 agents', by: 'API key' });
    const ofA = log
      .filter(({ name }: Answer['body']) => name === 'node-a')
      .map(({ type }: Answer['body']) => type);
    expect(ofA.filter((type: string) => type !== 'changed')).toEqual(['offered', 'done']);
    const before = await events(`?at=${new Date(Date.parse(first.at)).toISOString()}`);
    expect(before.rollout.state).toBe('started');
    expect((await server.call('GET', '/v1/collie/rollouts/node/events?at=1999-01-01')).status).toBe(404);
    const wrong = await server.call('GET', '/v1/collie/rollouts/node/events?at=yesterday');
    expect(wrong).toMatchObject({ status: 400, body: { errors: [expect.stringContaining('is no time')] } });
    const uid = log.find(({ name }: Answer['body']) => name === 'node-b').agent;
    const past = await server.call('GET', `/v1/collie/agents/${uid}/history?at=${new Date().toISOString()}`);
    expect(past.body.rollouts).toMatchObject([{ rollout: 'node:1', member: 'done', state: 'stable' }]);
  });
});

describe('holds', () => {
  it('keep anything new from being offered, of one configuration or of all, until they are lifted', async () => {
    await fleet(['node-a']);
    const locked = await server.call('PUT', '/v1/collie/holds', {
      configuration: 'node',
      reason: 'incident 7',
    });
    expect(locked.body.hold).toMatchObject({ configuration: 'node', reason: 'incident 7', by: 'API key' });
    await roll('one');
    const view = await until(async () => {
      const { body } = await server.call('GET', '/v1/collie/rollouts');
      return body.rollouts[0]?.view.reason === undefined ? undefined : body.rollouts[0].view;
    });
    expect(view).toMatchObject({ state: 'started', reason: 'node is locked: incident 7 (API key)' });
    expect(view.totals.offered).toBe(0);
    await server.call('PUT', '/v1/collie/holds', { reason: 'stop' });
    await server.call('DELETE', '/v1/collie/holds?configuration=node');
    expect((await server.call('GET', '/v1/collie/holds')).body.holds).toMatchObject([{ configuration: '' }]);
    expect((await events()).totals.offered).toBe(0);
    expect((await server.call('DELETE', '/v1/collie/holds')).status).toBe(204);
    expect((await server.call('DELETE', '/v1/collie/holds')).status).toBe(404);
    await server.rollout('node', 'stable');
  });
});

describe('a check outside', () => {
  it('that says no pauses the rollout; promoted, it goes on', async () => {
    await server.close();
    server = await TestApp.start(scratch.path, { COLLIE_SOAK_MS: '60000' });
    await fleet(['node-a', 'node-b']);
    await roll('one');
    const check = (verdict: string): Promise<Answer> =>
      server.call('PUT', '/v1/collie/rollouts/node/checks', {
        name: 'smoke',
        verdict,
        evidence: '3 of 9 failed',
      });
    expect((await check('fail')).body).toMatchObject({
      checks: [{ name: 'smoke', verdict: 'fail', phase: 0 }],
    });
    const view = await server.rollout('node', 'paused');
    expect(view.reason).toBe('gate external: smoke: 3 of 9 failed');
    await server.call('PUT', '/v1/rollouts/node/promote');
    await server.rollout('node', 'started');
    expect((await check('maybe')).status).toBe(400);
  });
});

describe('a stop of everything', () => {
  it('keeps newcomers from their version as well, until it is lifted', async () => {
    await fleet(['node-a']);
    await roll('one');
    await server.rollout('node', 'stable');
    await server.call('PUT', '/v1/collie/holds', { reason: 'stop' });
    await fleet(['node-b']);
    await server.call('POST', '/v1/rollouts');
    expect(agents[1]?.offers).toEqual([]);
    await server.call('DELETE', '/v1/collie/holds');
    await agents[1]?.until(() => agents[1]?.running.includes('# one') === true);
  });
});

describe('a version that did harm', () => {
  it('is in quarantine: it is not begun again by itself, only on purpose', async () => {
    let refuses = false;
    await fleet(['node-a', 'node-b'], {
      judge: (config) => (refuses && config.includes('# two') ? 'no such key' : undefined),
    });
    await roll('one');
    await server.rollout('node', 'stable');
    refuses = true;
    await roll('two');
    await server.rollout('node', 'rolled-back');
    const again = await server.call('POST', '/v1/rollouts/node/start', { options: null });
    expect(again.status).toBe(409);
    expect(again.body.errors[0]).toContain('its config is in quarantine');
    refuses = false;
    expect((await server.call('PUT', '/v1/rollouts/node/retry')).status).toBe(202);
    const view = await server.rollout('node', 'stable');
    expect(view).toMatchObject({ toVersion: 2, totals: { applied: 2 } });
  });
});
