import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../app/config.ts';
import { SECRET_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';

/** SEC-64: what an agent says of itself selects, but unlocks no secret. */
let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agents: TestAgent[];

beforeEach(async () => {
  scratch = scratchFolder();
  agents = [];
  const config = join(scratch.path, 'serve.yaml');
  writeFileSync(config, 'identity: {agents: {trustClaimedLabels: false}}\n');
  server = await TestApp.start(scratch.path, {}, { config });
});

afterEach(async () => {
  for (const agent of agents) await agent.close();
  await server.close();
  scratch.remove();
});

async function enrol(
  name: string,
  claimed: Readonly<Record<string, string>>,
  secretKey = SECRET_KEY,
): Promise<any> {
  const agent = await TestAgent.connect({ url: server.opampUrl, secretKey, name, labels: claimed });
  agents.push(agent);
  for (;;) {
    const { body } = await server.call('GET', '/v1/agents');
    const found = body.agents.find((item: { name: string }) => item.name === name);
    if (found !== undefined) return { agent, id: found.id };
  }
}

/** A configuration with a password that people are not shown. */
const SECRET = {
  apiVersion: 'bindplane.observiq.com/v1',
  kind: 'Configuration',
  metadata: { name: 'vault' },
  spec: {
    sources: [{ type: 'otlp' }],
    destinations: [
      {
        type: 'honeycomb',
        parameters: [{ name: 'api_key', value: 'hunter2-hunter2' }],
      },
    ],
    selector: { matchLabels: { env: 'prod' } },
  },
};

async function apply(...resources: readonly object[]): Promise<void> {
  const { body } = await server.call('POST', '/v1/apply', { resources });
  expect(body).toMatchObject({ updates: resources.map(() => ({ status: 'created' })) });
}

async function members(configuration: string): Promise<readonly string[]> {
  await server.call('POST', `/v1/rollouts/${configuration}/start`, { options: null });
  const { body } = await server.call('GET', '/v1/collie/rollouts');
  const { view } = body.rollouts.find((item: any) => item.view.configuration === configuration);
  return [`${view.totals.agents} agents`];
}

describe('SEC-64: labels that agents claim', () => {
  it('select a configuration without secrets', async () => {
    await enrol('node-a', { env: 'prod' });
    await apply(rawConfiguration('plain', 'one', { env: 'prod' }));
    expect(await members('plain')).toEqual(['1 agents']);
  });

  it('do not select one with secrets; the same labels set by us do', async () => {
    await enrol('thief', { env: 'prod' });
    const { id } = await enrol('node-a', { env: 'prod' });
    await apply(SECRET);
    const why = await server.call('GET', '/v1/collie/agents/thief');
    expect(why.body.agent.assigned).toMatchObject({
      configuration: 'vault',
      withheld: expect.stringContaining('only labels that the agent gave itself select it'),
    });
    await server.call('PATCH', `/v1/agents/${id}/labels`, { labels: { env: 'prod' } });
    expect(await members('vault')).toEqual(['1 agents']);
    await server.rollout('vault', 'stable');
    const [thief, node] = agents;
    expect(node?.running).toContain('hunter2-hunter2');
    expect(thief?.offers).toEqual([]);
    await enrol('thief-later', { env: 'prod', configuration: 'vault' });
    await server.call('PATCH', `/v1/agents/${id}/labels`, { labels: { other: 'round' } });
    expect(agents[2]?.offers).toEqual([]);
  });

  it('count when they came with the enrolment key', async () => {
    const made = await server.call('POST', '/v1/collie/enrolment-keys', {
      name: 'prod',
      labels: { env: 'prod' },
    });
    await apply(SECRET);
    const { id } = await enrol('node-a', {}, made.body.key);
    for (;;) {
      const { body } = await server.call('GET', `/v1/agents/${id}/labels`);
      if (body.labels.env === 'prod') break;
    }
    expect(await members('vault')).toEqual(['1 agents']);
  });

  it('count on this machine, where people try things out, and nowhere else by themselves', () => {
    const read = (environment: Record<string, string>): boolean =>
      readConfig({ environment, readFile: () => undefined }).identity.agents.trustClaimedLabels;
    expect(read({})).toBe(true);
    const open = {
      COLLIE_HTTP: '0.0.0.0:3001',
      COLLIE_PLAINTEXT: 'true',
      COLLIE_SECRET_KEY: 'a'.repeat(20),
      COLLIE_API_KEY: 'b'.repeat(20),
      COLLIE_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    };
    expect(read(open)).toBe(false);
  });
});
