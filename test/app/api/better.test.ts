import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, rawConfiguration, SECRET_KEY, TestApp, type Answer } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { DEVIATIONS } from './deviations.ts';
import { until } from '../../support/until.ts';

const V1 = 'bindplane.observiq.com/v1';

let app: TestApp;
const agents: TestAgent[] = [];

beforeEach(async () => {
  app = await TestApp.start(':memory:');
});

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
  await app.close();
});

async function agent(
  name: string,
  labels: Readonly<Record<string, string>>,
  judge?: (config: string) => string | undefined,
): Promise<TestAgent> {
  const connected = await TestAgent.connect({
    url: app.opampUrl,
    secretKey: SECRET_KEY,
    name,
    labels,
    ...(judge === undefined ? {} : { judge }),
  });
  agents.push(connected);
  await until(async () => {
    const { body } = await app.call('GET', '/v1/agents');
    return body.agents.find((one: { name: string }) => one.name === name);
  });
  return connected;
}

function apply(...resources: readonly object[]): Promise<Answer> {
  return app.call('POST', '/v1/apply', { resources });
}

function source(name: string, spec: object = { type: 'otlp' }): object {
  return { apiVersion: V1, kind: 'Source', metadata: { name }, spec };
}

const DESTINATION = {
  apiVersion: V1,
  kind: 'Destination',
  metadata: { name: 'gw' },
  spec: { type: 'otlp_grpc', parameters: [{ name: 'hostname', value: 'gw.internal' }] },
};

function configuration(name: string, spec: object = {}): object {
  return {
    apiVersion: V1,
    kind: 'Configuration',
    metadata: { name },
    spec: {
      sources: [
        { name: 'in', processors: [{ type: 'batch', parameters: [{ name: 'timeout', value: '1s' }] }] },
      ],
      destinations: [{ name: 'gw' }],
      selector: { matchLabels: { configuration: name } },
      ...spec,
    },
  };
}

function told({ body }: Answer): readonly string[] {
  return body.updates.map(
    ({
      resource,
      status,
    }: {
      resource: { kind: string; metadata: { name: string; version?: number } };
      status: string;
    }) => `${resource.kind} ${resource.metadata.name}:${resource.metadata.version ?? ''} ${status}`,
  );
}

async function progress(
  name: string,
): Promise<{ status: number; progress: Record<string, number>; currentVersion?: number }> {
  const { body } = await app.call('GET', `/v1/rollouts/${name}/status`);
  const { rollout, currentVersion } = body.configuration.status;
  return {
    status: rollout.status,
    progress: rollout.progress,
    ...(currentVersion === undefined ? {} : { currentVersion }),
  };
}

describe('better than the original', () => {
  it('idempotent without ids: the same file again is unchanged, also after its rollout', async () => {
    const file = [source('in'), DESTINATION, configuration('edge')];
    expect(told(await apply(...file))).toEqual([
      'Source in:1 created',
      'Destination gw:1 created',
      'Configuration edge:1 created',
    ]);
    const unchanged = [
      'Source in:1 unchanged',
      'Destination gw:1 unchanged',
      'Configuration edge:1 unchanged',
    ];
    expect(told(await apply(...file))).toEqual(unchanged);
    await app.call('POST', '/v1/rollouts/edge/start', { options: null });
    expect(told(await apply(...file))).toEqual(unchanged);
  });

  it('all-zero rollout options mean the defaults', async () => {
    await agent('one', { configuration: 'edge' });
    await apply(rawConfiguration('edge', 'first'));
    const options = {
      startAutomatically: false,
      rollbackOnFailure: false,
      phaseAgentCount: { initial: 0, multiplier: 0, maximum: 0 },
      maxErrors: 0,
    };
    expect((await app.call('POST', '/v1/rollouts/edge/start', { options })).status).toBe(202);
    await app.rollout('edge', 'stable');
    expect(await progress('edge')).toMatchObject({ status: 4, progress: { completed: 1 } });
  });

  it.each([
    ['missing', {}],
    ['empty', { selector: { matchLabels: {} } }],
    ['null', { selector: { matchLabels: null } }],
  ])('an empty or missing selector matches nobody and says so: %s', async (_case, selector) => {
    const other = await agent('one', { configuration: 'other' });
    const raw =
      'receivers: {nop: }\nexporters: {nop: }\nservice: {pipelines: {logs: {receivers: [nop], exporters: [nop]}}}\n';
    const { body } = await apply({
      apiVersion: V1,
      kind: 'Configuration',
      metadata: { name: 'all' },
      spec: { raw, ...selector },
    });
    expect(body.updates[0]).toMatchObject({
      status: 'created',
      reason:
        '1 warning occurred:\n\t* spec.selector.matchLabels is empty: no agent gets this configuration by selector\n\n',
    });
    await app.call('POST', '/v1/rollouts/all/start', { options: null });
    expect(await progress('all')).toEqual({
      status: 1,
      progress: { completed: 0, errors: 0, pending: 0, waiting: 0 },
    });
    expect(other.offers.filter((config) => config === raw)).toEqual([]);
  });

  it('a selector beside spec is told instead of lost', async () => {
    const { body } = await apply({
      apiVersion: V1,
      kind: 'Configuration',
      metadata: { name: 'edge' },
      spec: { raw: 'service: {}' },
      selector: { matchLabels: { a: 'b' } },
    });
    expect(body.updates[0]).toMatchObject({
      status: 'created',
      reason:
        '2 warnings occurred:\n\t* ignoring selector beside spec\n\t* spec.selector.matchLabels is empty: no agent gets this configuration by selector\n\n',
    });
  });

  it('deletes of types and processors in use are refused, and what uses them stays readable', async () => {
    const type = {
      apiVersion: V1,
      kind: 'ProcessorType',
      metadata: { name: 'own' },
      spec: { parameters: [], logs: { processors: '- batch:\n' } },
    };
    const tidy = { apiVersion: V1, kind: 'Processor', metadata: { name: 'tidy' }, spec: { type: 'own' } };
    await apply(
      type,
      tidy,
      source('in'),
      DESTINATION,
      configuration('edge', { sources: [{ name: 'in', processors: [{ name: 'tidy' }] }] }),
    );
    expect(await app.call('DELETE', '/v1/processor-types/own')).toEqual({
      status: 409,
      body: { errors: ['Dependent resources:\nProcessor tidy\n'] },
    });
    expect(await app.call('DELETE', '/v1/processors/tidy')).toEqual({
      status: 409,
      body: { errors: ['Dependent resources:\nConfiguration edge\n'] },
    });
    const asked = await app.call('POST', '/v1/delete', { resources: [tidy, type] });
    expect(asked.body.updates.map(({ status }: { status: string }) => status)).toEqual(['in-use', 'in-use']);
    expect((await app.call('GET', '/v1/configurations/edge')).body.raw).toContain('batch/tidy');
    expect((await app.call('DELETE', '/v1/source-types/otlp')).status).toBe(409);
    expect((await app.call('DELETE', '/v1/configurations/edge')).status).toBe(204);
    expect((await app.call('DELETE', '/v1/processors/tidy')).status).toBe(204);
    expect((await app.call('DELETE', '/v1/processor-types/own')).status).toBe(204);
  });

  it("errors name the file's resource: unknown keys, unknown versions, renders that fail", async () => {
    const errorOf = async (...resources: readonly object[]): Promise<string> =>
      (await apply(...resources)).body.errors[0];
    expect(await errorOf(source('one'), source('two', { type: 'otlp', platform: 'linux' }))).toBe(
      "Source two: failed to decode definition: 1 error(s) decoding:\n\n* 'spec' has invalid keys: platform",
    );
    expect(await errorOf({ ...source('three'), apiVersion: 'example.com/v9' })).toContain('Source three');
    expect(await errorOf(DESTINATION, configuration('four'))).toBe(
      'failed to render config (resourceID: four): unknown Source: in',
    );
    expect((await app.call('GET', '/v1/destinations')).body.destinations).toEqual([]);
  });

  it('unknown /v1 paths are JSON 404, paths of paid editions 501 with a sentence', async () => {
    expect(await app.call('GET', '/v1/nope')).toEqual({
      status: 404,
      body: { errors: ['no such path: GET /v1/nope'] },
    });
    const { status, body } = await app.call('GET', '/v1/organizations/1/users');
    expect(status).toBe(501);
    expect(body.errors[0]).toMatch(/^\/v1\/organizations is not served: there are no organisations/);
  });

  it('401 has a body', async () => {
    const { status, body } = await app.call('GET', '/v1/sources', undefined, {});
    expect(status).toBe(401);
    expect(body.errors[0]).toMatch(/^unauthorized/);
  });

  it('bulk labels change nothing on conflict and create no ghosts', async () => {
    await agent('one', { env: 'prod' });
    await agent('two', {});
    const list = async (): Promise<readonly { id: string; name: string; labels: Record<string, string> }[]> =>
      (await app.call('GET', '/v1/agents')).body.agents;
    const before = await list();
    const ids = before.map(({ id }) => id);
    const conflict = await app.call('PATCH', '/v1/agents/labels', {
      ids,
      labels: { env: 'stage', ring: '1' },
    });
    const one = before.find(({ name }) => name === 'one')?.id;
    expect(conflict.body.errors).toEqual([
      `failed to apply labels for agent with id ${one}, labels conflict, include overwrite: true in body to overwrite`,
      'no agent was changed',
    ]);
    const ghost = await app.call('PATCH', '/v1/agents/labels', {
      ids: [...ids, 'nope'],
      labels: { ring: '1' },
    });
    expect(ghost.body.errors).toEqual([
      'failed to apply labels for agent with id nope, agent not found',
      'no agent was changed',
    ]);
    expect((await list()).map(({ id, labels }) => [id, labels])).toEqual(
      before.map(({ id, labels }) => [id, labels]),
    );
    const changed = await app.call('PATCH', '/v1/agents/labels', {
      ids,
      labels: { env: 'stage' },
      overwrite: true,
    });
    expect(changed).toEqual({ status: 200, body: { errors: [] } });
    expect((await list()).map(({ labels }) => labels['env'])).toEqual(['stage', 'stage']);
  });

  it('Stable when nobody is pending and somebody completed', async () => {
    await apply(rawConfiguration('edge', 'first'));
    await app.call('POST', '/v1/rollouts/edge/start', { options: null });
    expect(await progress('edge')).toEqual({
      status: 1,
      progress: { completed: 0, errors: 0, pending: 0, waiting: 0 },
    });
    await agent('one', { configuration: 'edge' });
    await app.rollout('edge', 'stable');
    expect(await progress('edge')).toMatchObject({
      status: 4,
      progress: { completed: 1 },
      currentVersion: 1,
    });
  });

  it('a rollout with errors alone is never Stable', async () => {
    await agent('one', { configuration: 'edge' }, () => 'cannot start pipelines');
    await apply(rawConfiguration('edge', 'broken'));
    await app.call('POST', '/v1/rollouts/edge/start', { options: null });
    await app.rollout('edge', 'failed', 'rolled-back');
    expect(await progress('edge')).toMatchObject({ status: 3, progress: { completed: 0, errors: 1 } });
    const { body } = await app.call('GET', '/v1/agents?query=rollout-error:edge:1');
    expect(body.agents).toMatchObject([{ name: 'one', errorMessage: 'cannot start pipelines' }]);
  });

  it("agents without BindPlane's headers are welcome", async () => {
    await agent('plain', {});
    const { body } = await app.call('GET', '/v1/agents');
    expect(body.agents).toMatchObject([{ name: 'plain', status: 1 }]);
  });

  it('no secret is in an answer about agents', async () => {
    await agent('one', {});
    const { body } = await app.call('GET', '/v1/agents');
    expect(JSON.stringify(body)).not.toContain(SECRET_KEY);
    expect(Object.keys(body.agents[0])).not.toContain('configuration');
    expect(Object.keys(body.agents[0])).not.toContain('state');
  });

  it('equal configs are equal bytes for all agents', async () => {
    const two = [
      await agent('one', { configuration: 'edge' }),
      await agent('two', { configuration: 'edge' }),
    ];
    await apply(source('in'), DESTINATION, configuration('edge'));
    await app.call('POST', '/v1/rollouts/edge/start', { options: null });
    await app.rollout('edge', 'stable');
    const texts = two.map(({ running }) => running);
    expect(texts[0]).toContain('otlp/in');
    expect(new Set(texts).size).toBe(1);
  });

  it('no secret in any log line, whatever goes wrong', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
    const password = 'a-password-that-nobody-may-read';
    const loud = await TestApp.start(
      ':memory:',
      { COLLIE_USERNAME: 'admin', COLLIE_PASSWORD: password },
      { log },
    );
    const secret = '0123456789abcdef0123456789abcdef';
    const dd = {
      apiVersion: V1,
      kind: 'Destination',
      metadata: { name: 'dd' },
      spec: { type: 'datadog', parameters: [{ name: 'api_key', value: secret }] },
    };
    await loud.call('POST', '/v1/apply', { resources: [dd, { ...dd, spec: { ...dd.spec, platform: 'x' } }] });
    await loud.call('POST', '/v1/apply', { resources: [dd] });
    await loud.call('POST', '/v1/apply', `{"resources": [{"value": "${secret}"`);
    await loud.call('GET', '/v1/sources', undefined, { 'x-bindplane-api-key': secret });
    await loud.call('GET', `/v1/agent-versions/latest/install-command?secret-key=${secret}`);
    const refused = await TestAgent.connect({ url: loud.opampUrl, secretKey: secret, name: 'wrong' }).catch(
      () => undefined,
    );
    const taken = await TestAgent.connect({ url: loud.opampUrl, secretKey: SECRET_KEY, name: 'right' });
    await taken.close();
    await loud.close();
    expect(refused).toBeUndefined();
    const text = lines.join('');
    for (const known of [secret, password, SECRET_KEY, API_KEY]) expect(text).not.toContain(known);
  });

  it('a resource without a name is invalid', async () => {
    const { status, body } = await apply({
      apiVersion: V1,
      kind: 'Source',
      metadata: {},
      spec: { type: 'otlp' },
    });
    expect(status).toBe(202);
    expect(body.updates[0]).toMatchObject({
      status: 'invalid',
      reason: '1 error occurred:\n\t* metadata.name is missing\n\n',
    });
    expect((await app.call('GET', '/v1/sources')).body.sources).toEqual([]);
  });

  it('a placeholder without a stored secret is invalid; with one it keeps the secret', async () => {
    const datadog = (value: string, site = 'US1'): object => ({
      apiVersion: V1,
      kind: 'Destination',
      metadata: { name: 'dd' },
      spec: {
        type: 'datadog',
        parameters: [
          { name: 'site', value: site },
          { name: 'api_key', value },
        ],
      },
    });
    const first = await apply(datadog('(sensitive)'));
    expect(first.body.updates[0]).toMatchObject({
      status: 'invalid',
      reason: expect.stringContaining('api_key'),
    });
    await apply(datadog('0123456789abcdef'), source('in'));
    expect(told(await apply(datadog('(sensitive)')))).toEqual(['Destination dd:1 unchanged']);
    expect(told(await apply(datadog('(sensitive)', 'EU1')))).toEqual(['Destination dd:2 configured']);
    const got = await agent('one', { configuration: 'edge' });
    await apply(configuration('edge', { destinations: [{ name: 'dd' }] }));
    await app.call('POST', '/v1/rollouts/edge/start', { options: null });
    await app.rollout('edge', 'stable');
    expect(got.running).toContain('0123456789abcdef');
    const shown = await app.call('GET', '/v1/configurations/edge');
    expect(JSON.stringify(shown.body)).not.toContain('0123456789abcdef');
    expect(shown.body.raw).toContain('(sensitive)');
  });

  it('a slow request is never carried out unseen: a client that went away finds what became of it', async () => {
    const abort = new AbortController();
    const resources = Array.from({ length: 200 }, (_, index) => source(`s${index}`));
    const gone = fetch(`${app.url}/v1/apply`, {
      method: 'POST',
      headers: { 'x-bindplane-api-key': API_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ resources }),
      signal: abort.signal,
    }).catch(() => undefined);
    abort.abort();
    await gone;
    // All of them or none: an apply is one transaction.
    const { body } = await app.call('GET', '/v1/sources');
    expect([0, 200]).toContain(body.sources.length);
  });
});

describe('the table of deviations', () => {
  it('names a test for everything that is better', () => {
    const better = DEVIATIONS.flatMap(({ better, file = 'api/better.test.ts' }) =>
      better === undefined ? [] : [{ name: better, file }],
    );
    const missing = better.filter(({ name, file }) => {
      return !readFileSync(join(import.meta.dirname, '..', file), 'utf8').includes(name);
    });
    expect(better.length).toBeGreaterThan(15);
    expect(missing).toEqual([]);
  });
});
