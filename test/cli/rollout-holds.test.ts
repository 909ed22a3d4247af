import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { API_KEY, rawConfiguration, scratchFolder, SECRET_KEY, TestApp } from '../support/app.ts';
import { startBindplane } from '../support/bindplane-stand-in.ts';
import { TestAgent } from '../support/opamp-agent.ts';
import { until } from '../support/until.ts';
import { collie, type CliResult } from './support.ts';

/** A Collie server with one agent and two configurations. */
describe('holds on a Collie server', () => {
  const scratch = scratchFolder();
  let server: TestApp;
  let agent: TestAgent;

  const store = (note: string): Promise<unknown> =>
    server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', note)] });
  const start = (): Promise<unknown> => server.call('POST', '/v1/rollouts/node/start', { options: null });

  beforeAll(async () => {
    server = await TestApp.start(scratch.path);
    agent = await TestAgent.connect({
      url: server.opampUrl,
      secretKey: SECRET_KEY,
      name: 'node-a',
      labels: { configuration: 'node' },
    });
    await until(async () => (await server.call('GET', '/v1/agents')).body.agents?.length === 1);
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('gateway', 'one')] });
    await store('one');
    await start();
    await server.rollout('node', 'stable');
  });
  beforeEach(async () => {
    for (const query of ['', '?configuration=node', '?configuration=gateway']) {
      await server.call('DELETE', `/v1/collie/holds${query}`);
    }
  });
  afterAll(async () => {
    await agent.close();
    await server.close();
    scratch.remove();
  });

  const run = (...args: readonly string[]): Promise<CliResult> =>
    collie(['rollout', ...args, '--control-plane', server.url], {
      environment: { BINDPLANE_API_KEY: API_KEY },
      clock: systemClock,
    });

  const timeless = (text: string): string =>
    text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>').replaceAll(/for [\d.]+ s$/gm, 'for <a while>');

  it('tell what they mean, why, by whom, since when, and the way out of each', async () => {
    const told = [
      await run('holds'),
      await run('hold', 'node', '--reason', 'waits for the new certificate'),
      await run('hold', '--all', '--reason', 'incident 7, until the database is back'),
      await run('hold', '--all', '--reason', 'incident 7: the database is back, the queues are not'),
      await run('holds'),
      await run('lift', 'node'),
      await run('hold', 'gateway', '--reason', 'a freeze until Monday'),
      await run('lift', '--all'),
      await run('lift', 'gateway'),
    ];
    expect(told.map(({ code, err }) => ({ code, err }))).toEqual(told.map(() => ({ code: 0, err: '' })));
    await expect(timeless(told.map(({ out }) => out).join('\n'))).toMatchFileSnapshot(
      'golden/rollout-holds.txt',
    );
  });

  it('keep a new version back until they are lifted', async () => {
    await run('hold', 'node', '--reason', 'incident 7');
    await store('two');
    await start();
    const held = await until(async () => {
      const { out } = await run('status', 'node', '--format', 'json');
      return JSON.parse(out).version === 2 ? JSON.parse(out) : undefined;
    });
    expect(held).toMatchObject({ status: 'started', completed: 0 });
    const log = await server.rollout('node', 'started');
    expect(log.totals).toMatchObject({ offered: 0 });
    expect((await run('lift', 'node')).code).toBe(0);
    await agent.until(() => agent.running.includes('# two'));
    await server.rollout('node', 'stable');
  });

  it('never keep a fleet from going back', async () => {
    await store('three');
    await start();
    await agent.until(() => agent.running.includes('# three'));
    await server.rollout('node', 'stable');
    await run('hold', '--all', '--reason', 'everything burns');
    expect((await run('rollback', 'node')).code).toBe(0);
    await agent.until(() => !agent.running.includes('# three'));
  });

  it('are told to programs as JSON, everything without a name', async () => {
    expect((await run('holds', '--format', 'json')).out).toBe('[]\n');
    await run('hold', '--all', '--reason', 'one');
    await run('hold', 'node', '--reason', 'two');
    expect(JSON.parse((await run('holds', '--format', 'json')).out)).toEqual([
      { reason: 'one', by: 'API key', at: expect.stringMatching(/^20.*Z$/) },
      { configuration: 'node', reason: 'two', by: 'API key', at: expect.stringMatching(/^20.*Z$/) },
    ]);
  });

  it('are shown without secrets and without what a terminal obeys', async () => {
    await run('hold', 'node', '--reason', 'a\u001b[2Jb password=hunter2hunter2');
    const { out } = await run('holds');
    expect(out).toContain(String.raw`a\u{1b}[2Jb`);
    expect(out).not.toContain('hunter2');
  });

  it('that are not there are not lifted, and what is there is said', async () => {
    const errors = [await run('lift', 'node'), await run('lift', '--all')];
    await run('hold', 'gateway', '--reason', 'a freeze');
    errors.push(await run('lift', 'node'), await run('lift', '--all'));
    await run('hold', '--all', '--reason', 'incident 7');
    errors.push(await run('lift', 'node'));
    expect(errors.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1]);
    expect(errors.map(({ err }) => err)).toEqual([
      'collie: node is not held; nothing is\n',
      'collie: there is no stop of everything to lift; nothing is held\n',
      'collie: node is not held; these are: gateway\n',
      'collie: there is no stop of everything to lift; held by name: gateway\n',
      'collie: node is not held by its name; everything is stopped: incident 7 (API key); lift that with: collie rollout lift --all\n',
    ]);
  });

  it('are not put on a name that nothing has: it would hold nothing', async () => {
    const result = await run('hold', 'gatway', '--reason', 'incident 7');
    expect(result).toEqual({
      code: 1,
      out: '',
      err: 'collie: the server has no configuration gatway, so nothing was held; did you mean gateway?\n',
    });
    expect((await run('holds', '--format', 'json')).out).toBe('[]\n');
  });

  it.each([
    [['hold', '--reason', 'x'], 'hold what? Write collie rollout hold CONFIGURATION --reason TEXT for one'],
    [['hold', 'node', '--all', '--reason', 'x'], 'node and --all together leave open what is meant'],
    [['hold', 'node:3', '--reason', 'x'], 'a hold is on every version'],
    [['hold', 'node'], 'Say why'],
    [['hold', '--all', '--reason', '  '], 'Say why'],
    [['hold', '--all', '--reason', 'x'.repeat(301)], '--reason has 301 characters; at most 300 are taken'],
    [['lift'], 'or collie rollout lift --all for everything'],
    [['lift', 'node', '--all'], 'node and --all together'],
  ])('%j is wrong usage, and what to write is said', async (args, said) => {
    const result = await run(...args);
    expect(result).toMatchObject({ code: 64, out: '', err: expect.stringContaining(said) });
    expect((await run('holds', '--format', 'json')).out).toBe('[]\n');
  });
});

describe('a BindPlane server', () => {
  it.each([
    [['hold', 'node', '--reason', 'x'], 'pause its rollout instead: collie rollout pause node\n'],
    [
      ['hold', '--all', '--reason', 'x'],
      'pause each rollout that is under way instead: collie rollout pause ',
    ],
    [['lift', 'node'], 'what was paused goes on with: collie rollout resume node\n'],
    [['lift', '--all'], 'what was paused goes on with: collie rollout resume CONFIGURATION\n'],
    [['holds'], 'collie rollout status CONFIGURATION\n'],
    [['check', 'node', 'smoke', 'fail'], 'stop the rollout instead: collie rollout pause node'],
  ])('has none of it, and %j says what can be done', async (args, said) => {
    const bindplane = await startBindplane();
    const result = await collie(['rollout', ...args, '--control-plane', bindplane.url]);
    const writes = bindplane.requests.filter(({ method }) => method !== 'GET');
    await bindplane.close();
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining(said) });
    expect(result.err).toMatch(/^collie: a BindPlane server has no [^\n]+\n$/);
    expect(writes).toEqual([]);
  });
});
