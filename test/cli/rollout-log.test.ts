import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY, rawConfiguration, scratchFolder, SECRET_KEY, TestApp } from '../support/app.ts';
import { startBindplane } from '../support/bindplane-stand-in.ts';
import { TestAgent } from '../support/opamp-agent.ts';
import { until } from '../support/until.ts';
import { systemClock } from '../../src/io/clock.ts';
import { collie, type CliResult } from './support.ts';

/** A Collie server with two agents, a config that both took, and one that the canary refused. */
describe('what was when, on a Collie server', () => {
  const scratch = scratchFolder();
  let server: TestApp;
  const agents: TestAgent[] = [];

  beforeAll(async () => {
    server = await TestApp.start(scratch.path);
    for (const name of ['node-a', 'node-b']) {
      agents.push(
        await TestAgent.connect({
          url: server.opampUrl,
          secretKey: SECRET_KEY,
          name,
          labels: { configuration: 'node' },
          judge: (config) => (config.includes('# two') ? 'no such key: two' : undefined),
        }),
      );
    }
    await until(async () => (await server.call('GET', '/v1/agents')).body.agents?.length === 2);
    for (const [note, state] of [
      ['one', 'stable'],
      ['two', 'rolled-back'],
    ] as const) {
      await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', note)] });
      await server.call('POST', '/v1/rollouts/node/start', { options: null });
      await server.rollout('node', state);
    }
  });
  afterAll(async () => {
    for (const agent of agents) await agent.close();
    await server.close();
    scratch.remove();
  });

  const run = (...args: readonly string[]): Promise<CliResult> =>
    collie([...args, '--control-plane', server.url], {
      environment: { BINDPLANE_API_KEY: API_KEY },
      clock: systemClock,
    });

  /** Times are those of this machine. */
  const timeless = (text: string): string =>
    text.replaceAll(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, '<date>').replaceAll(/\d\d:\d\d:\d\d/g, '<time>');

  it('rollout log tells in order what happened, to whom, and who asked', async () => {
    const { code, out } = await run('rollout', 'log', 'node');
    expect(code).toBe(0);
    await expect(timeless(out)).toMatchFileSnapshot('golden/rollout-log.txt');
  });

  it('of one version, of one agent, and as JSON', async () => {
    const one = await run('rollout', 'log', 'node:1', '--agent', 'nobody', '--format', 'json');
    expect(one.err).toBe('');
    const log = JSON.parse(one.out);
    expect(log).toMatchObject({ rollout: { id: 'node:1', state: 'stable' }, totals: { agents: 2 } });
    expect(log.events.some(({ agent }: { agent?: string }) => agent !== undefined)).toBe(false);
  });

  it('until a moment it shows what was known then', async () => {
    const all = JSON.parse((await run('rollout', 'log', 'node', '--format', 'json')).out);
    const { code, out } = await run('rollout', 'log', 'node:2', '--at', all.events[0].at);
    expect(code).toBe(0);
    expect(out.split('\n', 1)[0]).toBe(`node:2 started at ${all.events[0].at}`);
    const before = await run('rollout', 'log', 'node', '--at', '9999h');
    expect(before).toMatchObject({
      code: 1,
      err: expect.stringContaining('there was no rollout of node at'),
    });
  });

  it('agents why --at tells what an agent was in its rollouts then', async () => {
    const { code, out } = await run('agents', 'why', 'node-a', '--at', '0');
    expect(code).toBe(0);
    expect(out).toContain('node:2 rolled-back at ');
    expect(out).toContain('no such key: two');
    const unknown = await run('agents', 'why', 'nobody', '--at', '0');
    expect(unknown.code).toBe(1);
  });

  it('a time that is none is wrong usage, and so is a day without a time', async () => {
    for (const at of ['yesterday', '2026-09-10', '03:14']) {
      expect((await run('rollout', 'log', 'node', '--at', at)).code).toBe(64);
    }
  });
});

it('a BindPlane server keeps no log, and that is said', async () => {
  const bindplane = await startBindplane();
  const result = await collie(['rollout', 'log', 'node', '--control-plane', bindplane.url]);
  await bindplane.close();
  expect(result).toMatchObject({ code: 1, err: expect.stringContaining('keeps no log of its rollouts') });
});
