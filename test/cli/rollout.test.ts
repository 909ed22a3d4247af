import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fleetOf, GOOD, REFUSED, refusedBy, type Fleet } from '../flows/bindplane-fleet.ts';
import { collie, type CliResult } from './support.ts';

describe('collie rollout against a BindPlane server', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await fleetOf(4);
    await fleet.settle(GOOD);
  });
  afterEach(() => fleet.close());

  const run = (...args: readonly string[]): Promise<CliResult> =>
    collie(['rollout', ...args, '--control-plane', fleet.server.url], {
      directory: '/',
      clock: fleet.clock,
    });

  it('rollback applies the spec before again, as a new version, and says so', async () => {
    await fleet.settle(refusedBy());
    const result = await run('rollback', 'edge');
    expect(result.code).toBe(0);
    expect(result.err).toBe(
      [
        'collie: version 1 applied again as version 3; the server renders the same text',
        'collie: version 3 runs on 4 of 4 agents',
        'collie: version 3 is version 1 again; 4 of 4 agents run it',
        '',
      ].join('\n'),
    );
    expect(new Set(Object.values(fleet.runs()))).toEqual(new Set(['edge:3']));
  });

  it('rollback where nothing was before changes nothing and fails in words', async () => {
    const result = await run('rollback', 'edge');
    expect(result.code).toBe(1);
    expect(result.err).toContain('there is no earlier version');
    expect(fleet.server.stored('Configuration')).toMatchObject([{ metadata: { version: 1 } }]);
  });

  it('abort pauses it, and says what that leaves', async () => {
    await fleet.store(refusedBy());
    await fleet.plane.startRollout('edge', null);
    const result = await run('abort', 'edge');
    expect(result.code).toBe(0);
    expect(result.err).toBe(
      'collie: a BindPlane server has no abort: it is paused where it stands, and 0 agents run version 2; bring the one before back with: collie rollout rollback edge\n',
    );
    expect(await fleet.plane.rollout('edge')).toMatchObject({ status: 'paused' });
  });

  it('promote and retry are impossible, with the way that there is', async () => {
    const before = fleet.commands().length;
    for (const [verb, way] of [
      ['promote', 'collie rollout resume edge'],
      ['retry', 'collie rollout start edge'],
    ] as const) {
      const result = await run(verb, 'edge');
      expect({ code: result.code, err: result.err }).toEqual({
        code: 1,
        err: expect.stringContaining(`a BindPlane server`),
      });
      expect(result.err).toContain(way);
    }
    expect(fleet.commands().length).toBe(before);
  });

  it('resume does not give to the next agents what one refused: that ends as Stable with nobody', async () => {
    await fleet.store(REFUSED);
    await fleet.plane.startRollout('edge', null);
    fleet.server.tick();
    const result = await run('resume', 'edge');
    expect(result.code).toBe(1);
    expect(result.err).toContain('collie rollout start edge');
    expect(await fleet.plane.rollout('edge')).toMatchObject({ status: 'error', errors: 1 });
  });

  it('status --watch tells what changed: waves, gates, the end', async () => {
    await fleet.store(refusedBy('c'));
    await fleet.plane.startRollout('edge', null);
    const result = await run('status', 'edge', '--watch');
    expect(result.code).toBe(1);
    await expect(result.err).toMatchFileSnapshot('golden/rollout-watch.txt');
  });

  it('a name with a version is wrong usage', async () => {
    expect((await run('status', 'edge:1')).code).toBe(64);
  });
});

describe('collie rollout against a Collie server', () => {
  let server: Server;
  let asked: { readonly line: string; readonly body: string }[];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        asked.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, body });
        const isList = request.url === '/v1/collie/rollouts';
        response.writeHead(isList ? 200 : 202, { 'content-type': 'application/json' });
        const status = { rollout: { status: 1, phase: 1, progress: { completed: 1, pending: 1 } } };
        const configuration = { metadata: { name: 'edge', version: 2 }, status };
        response.end(JSON.stringify(isList ? { rollouts: [] } : { configuration, raw: '' }));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });

  const run = (...args: readonly string[]): Promise<CliResult> =>
    collie(
      ['rollout', ...args, '--control-plane', `http://127.0.0.1:${(server.address() as AddressInfo).port}`],
      { directory: '/' },
    );

  it.each(['abort', 'rollback', 'promote', 'retry'] as const)('%s is its own command', async (verb) => {
    const result = await run(verb, 'edge');
    expect(result).toMatchObject({ code: 0, err: '' });
    expect(result.out).toContain('edge:2');
    expect(asked.at(-1)).toEqual({ line: `PUT /v1/rollouts/edge/${verb}`, body: '' });
  });

  it('retry may be for one agent', async () => {
    expect((await run('retry', 'edge', '--agent', 'node-a')).code).toBe(0);
    expect(asked.at(-1)).toEqual({ line: 'PUT /v1/rollouts/edge/retry', body: '{"agent":"node-a"}' });
  });
});
