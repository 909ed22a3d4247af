import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { API_KEY, rawConfiguration, scratchFolder, SECRET_KEY, TestApp } from '../support/app.ts';
import { TestAgent } from '../support/opamp-agent.ts';
import { until } from '../support/until.ts';
import { collie, type CliResult } from './support.ts';

/** A Collie server whose rollouts soak for long: the canary has the config, and somebody outside tests it. */
describe('what a check outside says', () => {
  const scratch = scratchFolder();
  let server: TestApp;
  const agents: TestAgent[] = [];

  beforeAll(async () => {
    server = await TestApp.start(scratch.path, { COLLIE_SOAK_MS: '600000' });
    for (const name of ['node-a', 'node-b']) {
      agents.push(
        await TestAgent.connect({
          url: server.opampUrl,
          secretKey: SECRET_KEY,
          name,
          labels: { configuration: 'node' },
        }),
      );
    }
    await until(async () => (await server.call('GET', '/v1/agents')).body.agents?.length === 2);
    for (const name of ['node', 'nobody']) {
      await server.call('POST', '/v1/apply', { resources: [rawConfiguration(name, 'one')] });
    }
  });
  afterAll(async () => {
    for (const agent of agents) await agent.close();
    await server.close();
    scratch.remove();
  });

  const run = (...args: readonly string[]): Promise<CliResult> =>
    collie(['rollout', ...args, '--control-plane', server.url], {
      environment: { BINDPLANE_API_KEY: API_KEY },
      clock: systemClock,
    });

  it('is told with what the gate made of it and the ways on from there', async () => {
    const early = await run('check', 'node', 'smoke', 'pass');
    expect(early).toMatchObject({ code: 1, err: expect.stringContaining('node was never rolled out') });
    await server.call('POST', '/v1/rollouts/node/start', { options: null });
    await until(() => agents.some(({ running }) => running.includes('# one')));
    const told = [
      await run('check', 'node', 'smoke', 'pass'),
      await run('check', 'node', 'error-budget', 'inconclusive', '--evidence', 'too little traffic'),
      await run('check', 'node', 'error-budget', 'pass', '--evidence', '0.2 % of 0.5 %'),
      await run('check', 'node', 'smoke', 'fail', '--evidence', '3 of 9 requests failed'),
      await run('check', 'node', 'smoke', 'fail'),
    ];
    await run('promote', 'node');
    await server.rollout('node', 'started');
    told.push(await run('check', 'node', 'smoke', 'fail', '--evidence', '4 of 9 requests failed'));
    expect(told.map(({ code, err }) => ({ code, err }))).toEqual(told.map(() => ({ code: 0, err: '' })));
    await expect(told.map(({ out }) => out).join('\n')).toMatchFileSnapshot('golden/rollout-check.txt');
  });

  it('counts no more once the rollout has ended, and that is said', async () => {
    await run('abort', 'node');
    expect(await run('check', 'node', 'smoke', 'fail')).toEqual({
      code: 1,
      out: '',
      err: 'collie: node:1 has ended (aborted): no check decides about it any more\n',
    });
  });

  it('counts not yet while nobody was offered anything', async () => {
    await server.call('PUT', '/v1/collie/holds', { reason: 'stop' });
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'two')] });
    await server.call('POST', '/v1/rollouts/node/start', { options: null });
    const result = await run('check', 'node', 'smoke', 'pass');
    expect(result).toMatchObject({ code: 1, err: expect.stringContaining('nobody was offered node:2 yet') });
  });

  it('of a configuration that there is not is a sentence', async () => {
    const result = await run('check', 'nope', 'smoke', 'pass');
    expect(result).toMatchObject({ code: 1, err: 'collie: the server has no configuration nope\n' });
  });

  it.each([
    [['node', 'smoke', 'maybe'], 'pass, fail, inconclusive'],
    [['node', ' ', 'pass'], 'Give the check a name'],
    [['node', 'n'.repeat(101), 'pass'], 'has 101 characters; at most 100 are taken'],
    [['node', 'smoke', 'fail', '--evidence', 'e'.repeat(501)], '--evidence has 501 characters; at most 500'],
    [['node:2', 'smoke', 'pass'], 'give the name alone'],
  ])('%j is wrong usage', async (args, said) => {
    expect(await run('check', ...args)).toMatchObject({ code: 64, err: expect.stringContaining(said) });
  });
});
