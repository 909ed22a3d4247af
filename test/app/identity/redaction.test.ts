import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { redactedLines } from '../../../app/compose/redacted-log.ts';
import { Redaction } from '../../../app/identity/redaction.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { API_KEY, SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';

/** Secrets as people and agents hand them in, each unlike all others. */
const CANARY = {
  parameter: 'canary-1f-parameter-of-a-type',
  marked: 'canary-2f-parameter-that-was-marked',
  token: 'ghp_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry',
  basic: 'canary-3f-basic-password',
  wrong: 'canary-4f-wrong-key',
  origin: 'canary-5f-in-a-source-map',
  effective: 'canary-6f-in-a-running-config',
} as const;

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agent: TestAgent;
let lines: string[];

const RESOURCES = [
  {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'Destination',
    metadata: { name: 'honeycomb' },
    spec: { type: 'honeycomb', parameters: [{ name: 'api_key', value: CANARY.parameter }] },
  },
  {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'Configuration',
    metadata: { name: 'vault' },
    spec: {
      sources: [{ type: 'otlp' }],
      destinations: [
        { name: 'honeycomb' },
        {
          type: 'honeycomb',
          parameters: [
            { name: 'api_key', value: CANARY.token },
            { name: 'dataset', value: CANARY.marked, sensitive: true },
          ],
        },
      ],
      selector: { matchLabels: { configuration: 'vault' } },
    },
  },
];

beforeEach(async () => {
  scratch = scratchFolder();
  lines = [];
  const line = (text: string): void => void lines.push(text);
  const environment = { COLLIE_USERNAME: 'ada', COLLIE_PASSWORD: CANARY.basic };
  server = await TestApp.start(scratch.path, environment, { line, log: undefined as never });
  agent = await TestAgent.connect({
    url: server.opampUrl,
    secretKey: SECRET_KEY,
    name: 'node-a',
    labels: { configuration: 'vault' },
    // A collector quotes what it refuses, and in forms of its own.
    judge: () =>
      `cannot unmarshal the configuration: 'api_key' ${CANARY.parameter} is bad; token ${CANARY.token}; ` +
      `in base64 ${Buffer.from(CANARY.marked).toString('base64')}; authorization: Bearer ${CANARY.marked}`,
  });
  agent.send({
    effectiveConfig: {
      configMap: { configMap: { 'collector.yaml': { body: Buffer.from(`password: ${CANARY.effective}`) } } },
    },
  });
});

afterEach(async () => {
  await agent.close();
  await server.close();
  scratch.remove();
});

/** Every answer that a planted secret could be in: all routes, good requests and bad ones. */
async function answers(): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  const ask = async (method: string, path: string, body?: unknown): Promise<void> => {
    const abort = new AbortController();
    const response = await fetch(`${server.url}${path}`, {
      method,
      signal: abort.signal,
      headers: {
        'x-bindplane-api-key': API_KEY,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (path.endsWith('/events')) abort.abort();
    else all.set(`${method} ${path}`, `${response.status} ${await response.text()}`);
  };
  const { body } = await server.call('GET', '/v1/collie/access');
  const { body: known } = await server.call('GET', '/v1/agents');
  const uid = known.agents[0].id;
  const names = ['vault', 'honeycomb', uid, 'configuration', 'destination', 'vault:1'];
  for (const { route } of body.routes as { route: string }[]) {
    const [method = '', path = ''] = route.split(' ');
    if (method !== 'GET') continue;
    for (const name of path.includes(':') ? names : ['']) {
      await ask('GET', path.replace(/:\w+/, name).replace(/:\w+/, 'vault'));
    }
  }
  await ask('GET', '/v1/agents?query=rollout-error:vault:1');
  await ask('GET', `/v1/agents?query=${encodeURIComponent('"unclosed')}`);
  await ask('POST', '/v1/apply', { resources: RESOURCES });
  await ask('POST', '/v1/apply', {
    resources: [{ ...RESOURCES[0], spec: { ...RESOURCES[0]?.spec, type: 'nope' } }],
  });
  await ask('POST', '/v1/apply', { resources: [{ ...RESOURCES[0], kind: 'Nope' }] });
  await ask('POST', '/v1/apply', JSON.stringify({ resources: RESOURCES }).slice(0, -3));
  await ask('POST', '/v1/rollouts/vault/start', { options: null });
  await ask('GET', '/');
  return all;
}

describe('SEC-26: what was handed in as a secret', () => {
  it('is in no answer and no line of the log', async () => {
    const origin = {
      repository: 'shop/fleet',
      commit: 'c',
      digest: 'd',
      configurations: { vault: { renderHash: 'h', sourceMap: { password: CANARY.origin } } },
    };
    const applied = await server.call('POST', '/v1/apply', { resources: RESOURCES });
    expect(applied.body.updates.map(({ status }: { status: string }) => status)).toEqual([
      'created',
      'created',
    ]);
    await server.call('POST', '/v1/collie/origins', origin);
    await server.call('POST', '/v1/rollouts/vault/start', { options: null });
    await server.rollout('vault', 'rolled-back', 'failed');
    await server.call('GET', '/v1/agents', undefined, { 'x-bindplane-api-key': CANARY.wrong });
    await server.call('GET', '/v1/agents', undefined, { authorization: `Bearer ${CANARY.wrong}` });
    expect(agent.offers.join(), 'the agent itself gets them').toContain(CANARY.parameter);

    const told = await answers();
    expect(told.size).toBeGreaterThan(80);
    const said = [...told.values()].filter((text) => text.includes('cannot unmarshal'));
    expect(said.length, 'the words themselves are told').toBeGreaterThan(1);
    const log = lines.join('\n');
    for (const [name, secret] of [
      ...Object.entries(CANARY),
      ['API key', API_KEY],
      ['enrolment key', SECRET_KEY],
    ]) {
      const forms = [
        secret ?? '',
        Buffer.from(secret ?? '')
          .toString('base64')
          .replace(/=+$/, ''),
      ];
      for (const form of forms) {
        const leaks = [...told].filter(([, text]) => text.includes(form)).map(([request]) => request);
        expect(leaks, `${name}`).toEqual([]);
        expect(log, `${name}`).not.toContain(form);
      }
    }
  });

  it('lies nowhere in the store as it is (SEC-88)', async () => {
    await server.call('POST', '/v1/apply', { resources: RESOURCES });
    await server.call('POST', '/v1/rollouts/vault/start', { options: null });
    await server.rollout('vault', 'rolled-back', 'failed');
    await agent.close();
    const files = readdirSync(scratch.path).filter((name) => name !== 'encryption.key');
    expect(files).toContain('collie.sqlite');
    const bytes = files.map((name) => readFileSync(join(scratch.path, name), 'latin1')).join('\n');
    const found = [...Object.values(CANARY), API_KEY, SECRET_KEY].filter((secret) => bytes.includes(secret));
    expect(found).toEqual([]);
  });

  it('is found again after it was changed', async () => {
    await server.call('POST', '/v1/apply', { resources: RESOURCES });
    const changed = structuredClone(RESOURCES[0]) as any;
    changed.spec.parameters[0].value = 'canary-7f-changed-since-then';
    await server.call('POST', '/v1/apply', { resources: [changed] });
    const { body } = await server.call('POST', '/v1/rollouts/vault-canary-7f-changed-since-then/start', {
      options: 'canary-7f-changed-since-then',
    });
    expect(JSON.stringify(body)).not.toContain('canary-7f');
  });
});

describe('secrets that other replicas were given', () => {
  it('are known when their resources were heard of, in every version, and until then by nobody', async () => {
    const store = await openSqliteStore(':memory:', () => 0);
    const put = (version: number): Promise<void> =>
      store.resources.put({
        kind: 'Destination',
        name: 'vault',
        version,
        id: 'vault',
        document: {
          spec: { parameters: [{ name: 'key', value: `ordinary words ${version}`, sensitive: true }] },
        },
        modifiedAt: 0,
      });
    const redaction = new Redaction([]);
    await put(1);
    await put(2);
    const first = redaction.learn(store);
    await redaction.learn(store);
    const said = 'ordinary words 1, ordinary words 2, ordinary words 3';
    expect(redaction.text(said)).toMatch(/^‹[^›]+›, ‹[^›]+›, ordinary words 3$/);
    await first;
    await put(3);
    redaction.heard('agents UPDATE');
    await redaction.learn(store);
    expect(redaction.text(said)).toContain('ordinary words 3');
    redaction.heard('resources INSERT');
    await redaction.learn(store);
    expect(redaction.text(said)).not.toContain('ordinary');
    await store.close();
  });

  it('are asked for again where the store did not answer', async () => {
    const redaction = new Redaction([]);
    const document = { value: 'ordinary words of a secret', sensitive: true };
    let fails = true;
    const versions = async () => {
      if (fails) throw new Error('away');
      return [{ kind: 'Source' as const, name: 'a', version: 1, id: 'a', document, modifiedAt: 0 }];
    };
    const tables = { resources: { versions } } as unknown as Store;
    await expect(redaction.learn(tables)).rejects.toThrow('away');
    fails = false;
    await redaction.learn(tables);
    expect(redaction.text('ordinary words of a secret')).not.toContain('ordinary');
  });
});

describe('words without secrets', () => {
  it('stay as they are', async () => {
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('plain', 'x')] });
    const { body } = await server.call('GET', '/v1/configurations/absent');
    expect(body.errors).toEqual(['resource not found']);
  });
});

describe('lines of the log', () => {
  it('hold no credential of this process, whatever is logged, and stay JSON', () => {
    const written: string[] = [];
    const redaction = new Redaction([API_KEY, SECRET_KEY]);
    const log = pino(
      { name: 'collie' },
      redactedLines(redaction, (line) => void written.push(line)),
    );
    log.warn(
      { err: new Error(`refused ${API_KEY}`), headers: { authorization: `Secret-Key ${SECRET_KEY}` } },
      'x',
    );
    log.info(`token ghp_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry "password": "hunter2-hunter2"`);
    const text = written.join('');
    for (const secret of [API_KEY, SECRET_KEY, 'ghp_', 'hunter2']) expect(text).not.toContain(secret);
    for (const line of text.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('are left out when they cannot be looked through', () => {
    const written: string[] = [];
    const broken = {
      text: () => {
        throw new Error('no');
      },
    } as unknown as Redaction;
    pino(
      {},
      redactedLines(broken, (line) => void written.push(line)),
    ).info('a secret');
    expect(written.join('')).toContain('is left out');
    expect(written.join('')).not.toContain('a secret');
  });
});
