import { MockAgent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  connectControlPlane,
  CONTROL_PLANES,
  settingsFromEnvironment,
} from '../../src/io/control-planes/index.ts';
import { ownTypeDocuments } from '../../src/io/files.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { startBindplane, type BindplaneStandIn, type StandInOptions } from '../support/bindplane-stand-in.ts';
import { virtualClock } from '../flows/support.ts';

const API = 'bindplane.observiq.com/v1';
const SOURCE = { apiVersion: API, kind: 'Source', metadata: { name: 's' }, spec: { type: 'otlp' } };
const DESTINATION = {
  apiVersion: API,
  kind: 'Destination',
  metadata: { name: 'd' },
  spec: { type: 'otlp_grpc', parameters: [{ name: 'hostname', value: 'gw' }] },
};
const CONFIGURATION = {
  apiVersion: API,
  kind: 'Configuration',
  metadata: { name: 'c' },
  spec: {
    sources: [{ name: 's' }],
    destinations: [{ name: 'd' }],
    selector: { matchLabels: { configuration: 'c' } },
  },
};

let server: BindplaneStandIn;

async function start(options: Omit<StandInOptions, 'types'> = {}): Promise<ControlPlane> {
  const types = await ownTypeDocuments();
  server = await startBindplane({ tickOnRead: true, ...options, types: types.map(({ value }) => value) });
  return connect({ url: server.url });
}

function connect(settings: {
  url: string;
  apiKey?: string;
  username?: string;
  password?: string;
}): ControlPlane {
  const found = connectControlPlane({ clock: virtualClock(), ...settings });
  if (found === undefined) throw new Error('no control plane');
  return found;
}

afterEach(() => server.close());

describe.each(['1.35', '2026'] as const)('a BindPlane server of %s', (vintage) => {
  it('is asked for resources; kinds it does not know are empty', async () => {
    const plane = await start({ vintage });
    const updates = await plane.apply([SOURCE, DESTINATION, CONFIGURATION]);
    expect(updates.every(({ status }) => ['created', 'configured', 'unchanged'].includes(status))).toBe(true);
    expect((await plane.list('Source')).map(({ key }) => key)).toEqual(['Source/s']);
    expect(await plane.list('Fleet')).toEqual([]);
    expect(await plane.list('Connector')).toEqual([]);
    expect((await plane.resourceTypes()).length).toBeGreaterThan(5);
  });

  it('gives a configuration with its text, and undefined for one it does not have', async () => {
    const plane = await start({ vintage });
    await plane.apply([SOURCE, DESTINATION, CONFIGURATION]);
    const found = await plane.configuration('c', 'latest');
    expect(found).toMatchObject({
      version: 1,
      rollout: { status: 'pending', configuration: 'c', version: 1 },
    });
    expect(found?.raw).toContain('otlp/s:');
    expect(await plane.configuration('nope')).toBeUndefined();
    expect(await plane.rollout('nope')).toBeUndefined();
  });

  it('rolls out, and tells which agents refused with their own words', async () => {
    const plane = await start({
      vintage,
      refuses: ({ name }) => (name === 'b' ? 'no, thank you' : undefined),
    });
    for (const name of ['b', 'a']) {
      server.addAgent({ name, version: '1.80.1', labels: { configuration: 'c' } });
    }
    await plane.apply([SOURCE, DESTINATION, CONFIGURATION]);
    expect(await plane.startRollout('c', null)).toMatchObject({ status: 'started' });
    let state = await plane.rollout('c');
    for (let look = 0; look < 10 && state?.status === 'started'; look += 1) state = await plane.rollout('c');
    expect(state).toMatchObject({ status: 'error', errors: 1 });
    const errors = await plane.rolloutErrors('c', 1);
    expect(errors).toMatchObject([
      { message: 'no, thank you', agent: { name: 'b', version: '1.80.1', distribution: 'bindplane-agent' } },
    ]);
  });

  it('gives the versions of a configuration, and the agents of one that somebody has to look at', async () => {
    const plane = await start({
      vintage,
      tickOnRead: false,
      refuses: ({ name }) => (name === 'b' ? 'no' : undefined),
    });
    for (const name of ['a', 'b', 'c', 'd']) {
      server.addAgent({ name, id: name, version: '1.80.1', labels: { configuration: 'c' } });
    }
    await plane.apply([SOURCE, DESTINATION, CONFIGURATION]);
    const everybody = { phaseAgentCount: { initial: 9, multiplier: 1, maximum: 9 }, maxErrors: 9 };
    const [, , third, fourth] = server.agents;
    if (third === undefined || fourth === undefined) throw new Error('no agents');
    third.silent = true;
    await plane.startRollout('c', everybody);
    server.tick();
    [fourth.status, fourth.disconnectedAt] = [0, '2026-11-21T10:00:00Z'];

    const found = await plane.rolloutAgents('c', 1);
    expect(
      found.map(({ agent, state, message, awaySince }) => [
        agent.id,
        agent.connected,
        state,
        message,
        awaySince,
      ]),
    ).toEqual([
      ['b', true, 'refused', 'no', undefined],
      ['c', true, 'pending', undefined, undefined],
      ['d', false, 'applied', undefined, Date.parse('2026-11-21T10:00:00Z')],
    ]);
    expect((await plane.rolloutAgents('c', 1, 'everybody')).map(({ agent }) => agent.id)).toEqual([
      'b',
      'c',
      'a',
      'd',
    ]);
    expect(await plane.rolloutAgents('c', 2)).toEqual([]);

    const versions = await plane.history('c');
    expect(versions.map(({ version, resource, rollout }) => [version, resource.key, rollout.errors])).toEqual(
      [[1, 'Configuration/c', 1]],
    );
    expect(await plane.history('nope')).toEqual([]);
  });

  it('gives agents without what they keep secret', async () => {
    const plane = await start({ vintage });
    server.addAgent({ name: 'a', version: '1.80.1', labels: { env: 'prod' } });
    const [agent] = await plane.agents();
    expect(agent).toMatchObject({ name: 'a', version: '1.80.1', connected: true, labels: { env: 'prod' } });
    expect(Object.keys(agent ?? {}).sort()).toEqual([
      'connected',
      'distribution',
      'id',
      'labels',
      'name',
      'platform',
      'version',
    ]);
  });

  it('deletes, and says what is in use', async () => {
    const plane = await start({ vintage });
    await plane.apply([SOURCE, DESTINATION, CONFIGURATION]);
    const updates = await plane.delete([{ kind: 'Source', name: 's' }]);
    expect(updates).toMatchObject([{ status: 'in-use', name: 's' }]);
  });

  it('is no Collie server', async () => {
    const plane = await start({ vintage });
    const origins = { repository: 'o/r', commit: 'c', digest: 'd', configurations: {} };
    expect(await plane.sendOrigins(origins)).toBeUndefined();
    expect(await plane.rolloutViews()).toBeUndefined();
    expect(await plane.agentDrifts()).toBeUndefined();
  });

  it('says of one agent what it knows: what selects it, and what it does not tell', async () => {
    const plane = await start({ vintage });
    server.addAgent({ name: 'a', version: '1.80.1', labels: { configuration: 'c' } });
    await plane.apply([SOURCE, DESTINATION, CONFIGURATION]);
    const state = await plane.agentState('a');
    expect(state).toMatchObject({
      agent: { name: 'a' },
      assigned: { configuration: 'c', others: [] },
      refused: [],
      driftUnknown: 'a BindPlane server does not tell what its agents run',
    });
    expect(await plane.agentState('nobody')).toBeUndefined();
  });
});

describe('credentials', () => {
  it('are an API key or user name and password; a refusal names the variables', async () => {
    await start({ credentials: { apiKey: 'right-key', username: 'u', password: 'p' } });
    const { url } = server;
    expect(await connect({ url, apiKey: 'right-key' }).version()).not.toBe('');
    expect(await connect({ url, username: 'u', password: 'p' }).version()).not.toBe('');
    await expect(connect({ url, apiKey: 'wrong-key' }).version()).rejects.toMatchObject({
      code: 'unauthorized',
      hint: expect.stringContaining('BINDPLANE_API_KEY'),
    });
  });

  it('come from the environment, never from the URL', async () => {
    await start();
    const environment = {
      BINDPLANE_REMOTE_URL: ' https://x.example/ ',
      BINDPLANE_API_KEY: 'k',
      BINDPLANE_PASSWORD: '',
    };
    expect(settingsFromEnvironment(environment, virtualClock())).toMatchObject({
      url: 'https://x.example/',
      apiKey: 'k',
    });
    expect(() => connect({ url: 'https://u:p@x.example' })).toThrow('holds credentials');
    expect(() => connect({ url: 'ftp://x.example' })).toThrow('not an http(s) URL');
  });
});

describe('a URL', () => {
  it('may end in a slash or in /v1', async () => {
    await start();
    for (const url of [`${server.url}/`, `${server.url}/v1`, `${server.url}/v1/`]) {
      expect(await connect({ url }).version()).not.toBe('');
    }
  });

  it('of something else is told by the type of its answer', async () => {
    await start();
    const dispatcher = new MockAgent();
    dispatcher.disableNetConnect();
    dispatcher
      .get('https://web.example')
      .intercept({ path: '/v1/version' })
      .reply(200, '<html>hello</html>', { headers: { 'content-type': 'text/html' } });
    const plane = connectControlPlane({ clock: virtualClock(), url: 'https://web.example', dispatcher });
    await expect(plane?.version()).rejects.toMatchObject({
      code: 'not-a-control-plane',
      message: expect.stringContaining('text/html'),
    });
  });
});

describe('the family of control planes', () => {
  beforeEach(async () => {
    await start();
  });

  it.each(['none', '', undefined])('%j means no server', (url) => {
    expect(
      connectControlPlane({ clock: virtualClock(), ...(url === undefined ? {} : { url }) }),
    ).toBeUndefined();
  });

  it('has exactly one member for each setting, and none makes a request when it connects', () => {
    for (const url of ['', 'none', server.url]) {
      const settings = { clock: virtualClock(), url };
      expect(CONTROL_PLANES.filter((member) => member.accepts(settings))).toHaveLength(1);
      connectControlPlane(settings);
    }
    expect(server.requests).toEqual([]);
  });
});
