import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawConfiguration, SECRET_KEY, TestApp } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { until } from '../../support/until.ts';

let app: TestApp;
const agents: TestAgent[] = [];

const FLEET = [
  { name: 'edge-1', version: '1.80.1', labels: { configuration: 'edge', env: 'prod' } },
  { name: 'edge-2', version: '1.86.1', labels: { configuration: 'edge', env: 'stage' } },
  { name: 'db-1', version: '1.86.1', labels: { env: 'prod', 'team.example/name': 'data' } },
] as const;

beforeAll(async () => {
  app = await TestApp.start(':memory:');
  for (const { name, version, labels } of FLEET) {
    const judge = (config: string) => (config.includes('broken') ? `${name} cannot start` : undefined);
    agents.push(
      await TestAgent.connect({ url: app.opampUrl, secretKey: SECRET_KEY, name, version, labels, judge }),
    );
  }
  const known = async (): Promise<number> => (await app.call('GET', '/v1/agents')).body.agents.length;
  await until(async () => ((await known()) < FLEET.length ? undefined : true));
  await app.call('POST', '/v1/apply', {
    resources: [
      rawConfiguration('edge', 'good'),
      rawConfiguration('db', 'broken', { 'team.example/name': 'data' }),
    ],
  });
  await app.call('POST', '/v1/rollouts/edge/start', { options: null });
  await app.call('POST', '/v1/rollouts/db/start', { options: null });
  await app.rollout('edge', 'stable');
  await app.rollout('db', 'failed', 'rolled-back');
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await app.close();
});

async function names(parameters: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { status, body } = await app.call('GET', `/v1/agents?${new URLSearchParams(parameters).toString()}`);
  if (status !== 200) return [`${status} ${body.errors[0]}`];
  return body.agents.map(({ name }: { name: string }) => name).sort();
}

describe('queries of agents', () => {
  it.each([
    ['', ['db-1', 'edge-1', 'edge-2']],
    ['edge', ['edge-1', 'edge-2']],
    ['EDGE-2', ['edge-2']],
    ['env:prod', ['db-1', 'edge-1']],
    ['env=prod', ['db-1', 'edge-1']],
    ['env:prod -name:db-1', ['edge-1']],
    ['+env:prod -edge', ['db-1']],
    ['configuration:', ['edge-1', 'edge-2']],
    ['-configuration:', ['db-1']],
    ['configuration:edge', ['edge-1', 'edge-2']],
    ['configuration-current:edge:1', ['edge-1', 'edge-2']],
    ['configuration:"edge:1"', ['edge-1', 'edge-2']],
    ['name:edge-*', ['edge-1', 'edge-2']],
    ['name:*-1', ['db-1', 'edge-1']],
    ['version:1.86.1', ['db-1', 'edge-2']],
    ['version:v1.86.*', ['db-1', 'edge-2']],
    ['version:latest', ['db-1', 'edge-2']],
    ['status:connected', ['edge-1', 'edge-2']],
    ['status:error', ['db-1']],
    ['team.example/name:data', ['db-1']],
    ['rollout-error:db:1', ['db-1']],
    ['rollout-error:"db:1"', ['db-1']],
    ['-rollout-error:db:1', ['edge-1', 'edge-2']],
    ['rollout-error:db', []],
    ['rollout-complete:edge:1', ['edge-1', 'edge-2']],
    ['rollout-pending:edge:1', []],
    ['nosuchfield:x', []],
    ['constructor:x', []],
    ['name:edge\\-1', ['edge-1']],
  ])('%s', async (query, expected) => {
    expect(await names({ query })).toEqual(expected);
  });

  it('an agent that refused is shown with its own words', async () => {
    const { body } = await app.call('GET', '/v1/agents?query=rollout-error:db:1');
    expect(body.agents).toMatchObject([
      { status: 2, errorMessage: 'db-1 cannot start', configurationStatus: { pending: 'db:1' } },
    ]);
  });

  it('selectors ask for equality of labels, all of them', async () => {
    expect(await names({ selector: 'env=prod' })).toEqual(['db-1', 'edge-1']);
    expect(await names({ selector: 'env=prod,configuration=edge' })).toEqual(['edge-1']);
    expect(await names({ selector: 'env==stage' })).toEqual(['edge-2']);
    expect(await names({ selector: 'env!=prod' })).toEqual([
      expect.stringMatching(/^400 cannot read the selector/),
    ]);
  });

  it('sort, limit and offset give a part in order', async () => {
    const page = async (parameters: string): Promise<readonly string[]> =>
      (await app.call('GET', `/v1/agents?${parameters}`)).body.agents.map(
        ({ name }: { name: string }) => name,
      );
    expect(await page('sort=name')).toEqual(['db-1', 'edge-1', 'edge-2']);
    expect(await page('sort=-name&limit=2')).toEqual(['edge-2', 'edge-1']);
    expect(await page('sort=name&limit=1&offset=1')).toEqual(['edge-1']);
    expect(await page('sort=name&limit=0')).toHaveLength(3);
    expect((await app.call('GET', '/v1/agents?sort=constructor')).status).toBe(400);
    expect((await app.call('GET', '/v1/agents?limit=many')).status).toBe(400);
  });
});

describe('one agent', () => {
  it('is found by its UUID and by the ULID of the same bytes', async () => {
    const { body } = await app.call('GET', '/v1/agents?query=name:db-1');
    const { id } = body.agents[0];
    const ulid = BigInt(`0x${id.replaceAll('-', '')}`);
    const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const text = Array.from(
      { length: 26 },
      (_, index) => letters[Number((ulid >> BigInt(5 * (25 - index))) & 31n)],
    ).join('');
    expect((await app.call('GET', `/v1/agents/${text}`)).body.agent.name).toBe('db-1');
    expect((await app.call('GET', `/v1/agents/${id.toUpperCase()}`)).body.agent.name).toBe('db-1');
    expect((await app.call('GET', '/v1/agents/nope')).status).toBe(404);
  });

  it('says which configuration it is assigned', async () => {
    const { body } = await app.call('GET', '/v1/agents?query=name:edge-1');
    const answer = await app.call('GET', `/v1/agents/${body.agents[0].id}/configuration`);
    expect(answer.body.configuration.metadata).toMatchObject({ name: 'edge', version: 1 });
  });

  it('is neither upgraded nor restarted from here, and the answer says why', async () => {
    const { body } = await app.call('GET', '/v1/agents?query=name:edge-1');
    const { id } = body.agents[0];
    const upgrade = await app.call('POST', `/v1/agents/${id}/version`, { version: 'v9.9.9' });
    expect(upgrade).toEqual({
      status: 409,
      body: { errors: ['agents are not upgraded from here: packages are shown, never offered'] },
    });
    expect((await app.call('PATCH', '/v1/agents/version', { ids: [id], version: 'v9.9.9' })).status).toBe(
      409,
    );
    expect((await app.call('PUT', `/v1/agents/${id}/restart`)).status).toBe(409);
    expect((await app.call('PUT', '/v1/agents/nope/restart')).status).toBe(404);
  });

  it('lists the versions and distributions that run', async () => {
    const { body } = await app.call('GET', '/v1/agent-versions');
    expect(body.agentVersions.map(({ spec }: { spec: { version: string } }) => spec.version)).toEqual([
      'v1.86.1',
      'v1.80.1',
    ]);
    const types = await app.call('GET', '/v1/agent-types');
    expect(types.body.agentTypes).toMatchObject([
      { kind: 'AgentType', metadata: { name: 'com.observiq.collector' } },
    ]);
  });
});
