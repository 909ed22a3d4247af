import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
const agents: TestAgent[] = [];

beforeAll(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
});

afterAll(async () => {
  for (const agent of agents) await agent.close();
  await server.close();
  scratch.remove();
});

const path = (name: string): string => `/v1/collie/policies/${name}`;

function document(name: string, spec: object): object {
  return { kind: 'RolloutPolicy', metadata: { name }, spec };
}

describe('policies over REST', () => {
  it('are created, replaced, read and deleted as documents', async () => {
    const put = (spec: object): ReturnType<TestApp['call']> =>
      server.call('PUT', path('careful'), document('careful', spec));
    expect((await put({ soak: { batch: '90s' } })).body).toEqual({
      status: 'created',
      policy: {
        apiVersion: 'collie.dev/v1',
        ...document('careful', { soak: { batch: '1m30s' } }),
      },
      warnings: [],
    });
    expect((await put({ soak: { batch: '1m30s' } })).body.status).toBe('unchanged');
    expect((await put({ soak: { batch: '2m' } })).body.status).toBe('configured');
    const { body } = await server.call('GET', path('careful'));
    expect(body.policy.spec).toEqual({ soak: { batch: '2m' } });
    expect((await server.call('GET', '/v1/collie/policies')).body).toEqual({
      policies: [body.policy],
      timings: { deadlineMs: 60_000, unhealthyMs: 5000, absenceMs: 15_000, soakMs: 0 },
    });
    expect((await server.call('DELETE', path('careful'))).status).toBe(204);
    expect((await server.call('DELETE', path('careful'))).status).toBe(404);
    expect((await server.call('GET', path('careful'))).status).toBe(404);
    const { entries } = (await server.call('GET', '/v1/collie/audit')).body;
    const told = entries.flatMap(({ changes }: { readonly changes: readonly Record<string, string>[] }) =>
      changes.map(({ did, object }) => `${did} ${object}`),
    );
    expect(told.toReversed()).toEqual([
      'put RolloutPolicy/careful',
      'put RolloutPolicy/careful',
      'delete RolloutPolicy/careful',
    ]);
  });

  it.each([
    [
      { profile: 'slow', soak: { batch: 'soon' } },
      ['ROL-001: `spec.profile` cannot be `slow`. Allowed: fast, standard, careful.'],
    ],
    [
      { soak: { batch: 'soon' }, gates: { helth: { shadow: true } } },
      [
        'ROL-001: `spec.soak.batch`: `soon` is no duration; write it like 30s, 5m or 1h30m.',
        'ROL-002: There is no gate `helth`; did you mean `health`?',
      ],
    ],
  ])('are refused with everything that is wrong with them: %j', async (spec, errors) => {
    const { status, body } = await server.call('PUT', path('p'), document('p', spec));
    expect([status, body.errors]).toEqual([400, errors]);
    expect((await server.call('GET', '/v1/collie/policies')).body.policies).toEqual([]);
  });

  it('are refused under another name, and as anything but a document', async () => {
    expect((await server.call('PUT', path('a'), document('b', {}))).body.errors).toEqual([
      'the path names policy a, and the document b',
    ]);
    expect((await server.call('PUT', path('a'), [1])).status).toBe(400);
    expect((await server.call('PUT', path('a'), '{')).status).toBe(400);
  });

  it('stay while somebody names them', async () => {
    await server.call('PUT', path('p'), document('p', {}));
    const named = rawConfiguration('node', 'one') as { readonly metadata: object };
    const labels = { 'rollout-policy': 'p' };
    await server.call('POST', '/v1/apply', {
      resources: [{ ...named, metadata: { ...named.metadata, labels } }],
    });
    const { status, body } = await server.call('DELETE', path('p'));
    expect([status, body.errors]).toEqual([409, ['Dependent resources:\nConfiguration node\n']]);
  });
});

describe('a rollout under the policy that its configuration names', () => {
  const STAGES = document('stages', {
    waves: [
      { name: 'dev', selector: { matchLabels: { env: 'dev' } } },
      { name: 'prod', selector: { matchLabels: { env: 'prod' } }, approval: true },
    ],
    soak: { canary: '20ms', batch: '20ms', final: '0s' },
  });

  async function join(name: string, env: string): Promise<void> {
    const labels = { configuration: 'node', env };
    const options = { url: server.opampUrl, secretKey: SECRET_KEY, name, labels };
    agents.push(await TestAgent.connect(options));
  }

  async function roll(note: string): Promise<void> {
    const resource = rawConfiguration('node', note) as { readonly metadata: object };
    const metadata = { ...resource.metadata, labels: { 'rollout-policy': 'stages' } };
    await server.call('POST', '/v1/apply', { resources: [{ ...resource, metadata }] });
    expect((await server.call('POST', '/v1/rollouts/node/start', { options: null })).status).toBe(202);
  }

  const running = (): readonly string[] =>
    agents.map(({ running }) => /# (\w+)/.exec(running)?.[1] ?? 'nothing');

  it('goes through dev, asks before prod, and goes on when somebody promotes it', async () => {
    expect((await server.call('PUT', path('stages'), STAGES)).status).toBe(200);
    for (const name of ['prod-1', 'prod-2']) await join(name, 'prod');
    for (const name of ['dev-1', 'dev-2']) await join(name, 'dev');
    while ((await server.call('GET', '/v1/agents')).body.agents.length < 4);
    await roll('one');
    const paused = await server.rollout('node', 'paused');
    expect(running()).toEqual(['nothing', 'nothing', 'one', 'one']);
    expect(paused.reason).toMatch(/prod/);
    expect((await server.call('PUT', '/v1/rollouts/node/promote')).status).toBeLessThan(300);
    const view = await server.rollout('node', 'stable');
    expect(running()).toEqual(['one', 'one', 'one', 'one']);
    expect(view.waves.map(({ name }: { readonly name: string }) => name)).toEqual([
      'dev canary',
      'dev rest',
      'prod canary',
      'prod rest',
    ]);
  });
});
