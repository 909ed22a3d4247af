import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../support/app.ts';
import { TestAgent } from '../support/opamp-agent.ts';

const folder = scratchFolder;
let scratch: ReturnType<typeof folder>;
let server: TestApp;
let agents: TestAgent[];

beforeEach(async () => {
  scratch = folder();
  server = await TestApp.start(scratch.path);
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  await server.close();
  scratch.remove();
});

async function join(
  name: string,
  options: Partial<ConstructorParameters<typeof TestAgent>[0]> = {},
): Promise<TestAgent> {
  const agent = await TestAgent.connect({
    url: server.opampUrl,
    secretKey: SECRET_KEY,
    name,
    labels: { configuration: 'node' },
    ...options,
  });
  agents.push(agent);
  return agent;
}

async function known(count: number): Promise<void> {
  for (;;) {
    const { body } = await server.call('GET', '/v1/agents');
    if (body.agents.length === count) return;
  }
}

async function roll(note: string, options: object | null = null): Promise<void> {
  expect(
    (await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', note)] })).status,
  ).toBe(202);
  expect((await server.call('POST', '/v1/rollouts/node/start', { options })).status).toBe(202);
}

describe('a rollout over real sockets', () => {
  it('brings a config to every agent in waves, and is stable', async () => {
    for (const name of ['node-a', 'node-b', 'node-c']) await join(name);
    await known(3);
    await roll('one');
    const view = await server.rollout('node', 'stable');
    expect(view.totals).toEqual({ agents: 3, offered: 3, applied: 3, refused: 0, restored: 0, neverSaw: 0 });
    expect(
      view.waves.map(({ name, agents }: { name: string; agents: number }) => `${name} ${agents}`),
    ).toEqual(['canary 1', 'rest 2']);
    for (const agent of agents) expect(agent.running).toContain('# one');
    expect(agents.map(({ offers }) => offers.length)).toEqual([1, 1, 1]);
  });

  it('stops at the first refusal and puts the agent back on its own config', async () => {
    const judge = (config: string): string | undefined =>
      config.includes('# bad') ? "'metrics' has invalid keys: x" : undefined;
    for (const name of ['node-a', 'node-b', 'node-c']) await join(name, { judge });
    await known(3);
    await roll('good');
    await server.rollout('node', 'stable');
    await roll('bad');
    const view = await server.rollout('node', 'rolled-back');
    expect(view.totals).toEqual({ agents: 3, offered: 1, applied: 0, refused: 1, restored: 1, neverSaw: 2 });
    expect(view.errors[0].message).toBe("'metrics' has invalid keys: x");
    expect(agents.every(({ running }) => running.includes('# good'))).toBe(true);
    const { body } = await server.call('GET', '/v1/agents?query=rollout-error:node:2');
    expect(body.agents.map(({ name, errorMessage }: Record<string, string>) => [name, errorMessage])).toEqual(
      [['node-a', "'metrics' has invalid keys: x"]],
    );
  });

  it('goes on after a restart of the server', async () => {
    const agent = await join('node-a', { silent: true });
    await known(1);
    await roll('one');
    await agent.until(() => agent.offers.length === 1);
    await server.close();
    server = await TestApp.start(scratch.path);
    const back = await join('node-a', { labels: { configuration: 'node' } });
    await known(2);
    expect(back.offers).toEqual([]);
    const view = await server.rollout('node', 'started');
    expect(view.totals.offered).toBe(1);
  });

  it('serves OpAMP on the REST listener too', async () => {
    await join('node-a', { url: `${server.url.replace('http', 'ws')}/v1/opamp` });
    await known(1);
    expect(
      (await server.call('GET', '/v1/version', undefined, { 'x-bindplane-api-key': API_KEY })).status,
    ).toBe(200);
  });
});
