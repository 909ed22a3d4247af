import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isMap, plain, type JsonMap } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { connectControlPlane } from '../../src/io/control-planes/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { startBindplane, type BindplaneStandIn, type StandInOptions } from './bindplane-stand-in.ts';

const TYPES = join(import.meta.dirname, '..', '..', 'schemas', 'resource-types');

function documents(text: string): JsonMap[] {
  return parseYaml('t.yaml', text).documents.flatMap(({ root }) => {
    const value = plain(root);
    return isMap(value) ? [value] : [];
  });
}

const types = readdirSync(TYPES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => documents(readFileSync(join(TYPES, name), 'utf8')));

const RESOURCES = documents(`
apiVersion: bindplane.observiq.com/v1
kind: Source
metadata: {name: edge-otlp}
spec:
  type: otlp
  parameters: [{name: grpc_port, value: 14317}]
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
---
apiVersion: bindplane.observiq.com/v1
kind: Fleet
metadata: {name: gateways}
spec: {configuration: edge, selector: {matchLabels: {fleet: gateways}}}
`);

/** Waits end at once; how long they were is kept. */
function clock(): Clock & { readonly waitedMs: number[] } {
  const waitedMs: number[] = [];
  return {
    waitedMs,
    now: () => 0,
    wait: async (durationMs) => {
      waitedMs.push(durationMs);
    },
  };
}

let server: BindplaneStandIn | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(
  options: StandInOptions = {},
): Promise<{ plane: ControlPlane; server: BindplaneStandIn; time: ReturnType<typeof clock> }> {
  server = await startBindplane({ types, credentials: { apiKey: 'k' }, ...options });
  const time = clock();
  const plane = connectControlPlane({ url: server.url, apiKey: 'k', clock: time });
  if (plane === undefined) throw new Error('no control plane');
  return { plane, server, time };
}

describe('a BindPlane server of 2026, seen by the client', () => {
  it('stores fleets, renders with the real renderer and rolls out by phases', async () => {
    const { plane, server } = await start();
    for (const name of ['a', 'b']) {
      server.addAgent({ name, version: '1.98.1', labels: { configuration: 'edge' } });
    }
    server.addAgent({ name: 'g', version: '1.98.1', labels: { fleet: 'gateways' } });
    server.addAgent({ name: 'other', version: '1.98.1' });

    const updates = await plane.apply(RESOURCES);
    expect(updates.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'edge-otlp created',
      'sink created',
      'edge created',
      'gateways created',
      'edge unchanged',
    ]);
    expect((await plane.configuration('edge'))?.raw).toContain('endpoint: 0.0.0.0:14317');
    expect((await plane.configuration('edge'))?.raw).not.toContain('Not in this text');
    expect((await plane.list('Fleet')).map(({ name }) => name)).toEqual(['gateways']);

    expect(await plane.startRollout('edge', null)).toMatchObject({
      status: 'started',
      pending: 1,
      waiting: 2,
    });
    server.tick();
    expect(await plane.rollout('edge')).toMatchObject({ completed: 1, pending: 1, waiting: 1 });
    server.tick();
    server.tick();
    expect(await plane.rollout('edge')).toMatchObject({ status: 'stable', completed: 3, errors: 0 });
    expect(server.agents.find(({ name }) => name === 'g')?.text).toContain('14317');
    expect(server.agents.find(({ name }) => name === 'other')?.text).toBe('');
  });

  it("stops at the first refusal and tells the agent's own words", async () => {
    const { plane, server } = await start({
      refuses: ({ version }, config) =>
        version === 'v1.80.1' && config.includes('14317') ? 'cannot start pipelines: no' : undefined,
    });
    server.addAgent({ name: 'old', version: '1.80.1', labels: { configuration: 'edge' } });
    server.addAgent({ name: 'new', version: '1.98.1', labels: { configuration: 'edge' } });
    await plane.apply(RESOURCES);
    await plane.startRollout('edge', null);
    server.tick();

    expect(await plane.rollout('edge')).toMatchObject({
      status: 'error',
      errors: 1,
      completed: 0,
      waiting: 1,
    });
    const errors = await plane.rolloutErrors('edge', 1);
    expect(errors.map(({ agent, message }) => `${agent.name} ${agent.version}: ${message}`)).toEqual([
      'old 1.80.1: cannot start pipelines: no',
    ]);
  });

  it('takes time as the client looks, when told so', async () => {
    const { plane, server } = await start({ tickOnRead: true });
    server.addAgent({ name: 'a', version: '1.98.1', labels: { configuration: 'edge' } });
    await plane.apply(RESOURCES);
    await plane.startRollout('edge', null);
    expect(await plane.rollout('edge')).toMatchObject({ status: 'stable', completed: 1 });
  });

  it('makes no version when nothing changed, and one when something did', async () => {
    const { plane } = await start();
    await plane.apply(RESOURCES);
    await plane.startRollout('edge', null);
    expect((await plane.apply(RESOURCES)).map(({ status }) => status)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    const changed = RESOURCES.slice(0, 1).map((source) => ({
      ...source,
      spec: { type: 'otlp', parameters: [{ name: 'grpc_port', value: 24_317 }] },
    }));
    expect(
      (await plane.apply(changed)).map(({ name, status, version }) => `${name}:${version} ${status}`),
    ).toEqual(['edge-otlp:2 configured', 'edge:2 configured']);
    expect((await plane.configuration('edge', 1))?.raw).toContain('14317');
    expect((await plane.configuration('edge', 'current'))?.version).toBe(1);
  });

  it('refuses a wrong key', async () => {
    const { server } = await start();
    const plane = connectControlPlane({ url: server.url, apiKey: 'wrong', clock: clock() });
    await expect(plane?.version()).rejects.toThrow(/401|key|credentials/i);
  });

  it('can be told to fail: 429 with Retry-After, 500, and late', async () => {
    const { plane, server, time } = await start();
    server.fault({
      matches: (_method, path) => path === '/v1/version',
      status: 429,
      headers: { 'retry-after': '7' },
    });
    expect(await plane.version()).toBe('v0.0.0');
    expect(time.waitedMs).toContain(7000);

    server.fault({ matches: (method) => method === 'POST', status: 500 });
    await expect(plane.apply(RESOURCES)).rejects.toThrow(/500/);

    let release: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.fault({ matches: (method) => method === 'POST', until });
    const late = plane.apply(RESOURCES);
    release();
    expect(await late).toHaveLength(5);
  });

  it('answers unknown paths with a web page and 200', async () => {
    const { server } = await start();
    const response = await fetch(`${server.url}/v1/nope`, { headers: { 'x-bindplane-api-key': 'k' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
  });
});
