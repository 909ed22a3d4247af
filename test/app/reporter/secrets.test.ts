import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/document/digest.ts';
import { scratchFolder, SECRET_KEY, TestApp } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { until } from '../../support/until.ts';
import { APP_KEYS, createWorld, REPOSITORY, type World } from '../github/world.ts';

/** Words that no pattern takes for a secret: only whoever knows them can take them out. */
const secretOf = (version: number): string => `ordinary words of version ${version}`;

let world: World;
let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agent: TestAgent;

beforeEach(async () => {
  world = await createWorld();
  scratch = scratchFolder();
  await start();
});

afterEach(async () => {
  await agent.close();
  await server.close();
  await world.close();
  scratch.remove();
});

/** The app with one agent, which quotes the secret of what it refuses. */
async function start(): Promise<void> {
  const config = join(scratch.path, 'collie.yaml');
  writeFileSync(config, 'limits: {reportIntervalMs: 1, reportTickMs: 20}\n');
  const environment = {
    APP_ID: '4242',
    PRIVATE_KEY: APP_KEYS.privateKey,
    WEBHOOK_SECRET: 'b3f1c2d4e5a697887766554433221100',
    GHE_HOST: new URL(world.server.url).host,
    GHE_PROTOCOL: 'http',
  };
  server = await TestApp.start(scratch.path, environment, { config });
  agent = await TestAgent.connect({
    url: server.opampUrl,
    secretKey: SECRET_KEY,
    name: 'node-a',
    uid: new Uint8Array(16).fill(7),
    labels: { configuration: 'vault' },
    judge: (text) => `cannot use ${/ordinary words of version \d/.exec(text)?.[0]}`,
  });
}

async function apply(version: number): Promise<void> {
  const parameters = [{ name: 'api_key', value: secretOf(version) }];
  const resource = {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'Configuration',
    metadata: { name: 'vault' },
    spec: {
      sources: [{ type: 'otlp' }],
      destinations: [{ type: 'honeycomb', parameters }],
      selector: { matchLabels: { configuration: 'vault' } },
    },
  };
  const { body } = await server.call('POST', '/v1/apply', { resources: [resource] });
  expect(body.updates).toMatchObject([{ status: version === 1 ? 'created' : 'configured' }]);
}

/** Merges a pull request, and says that the configuration as it is now came from there. */
async function merge(): Promise<void> {
  await world.commit('change', 'Change', { 'bindplane/sources.yaml': 'one\n2\nthree\n' });
  const { number } = await world.server.openPullRequest(REPOSITORY, {
    title: 'Change',
    head: 'change',
    login: 'ada',
  });
  const commit = await world.server.mergePullRequest(REPOSITORY, number, 'ada');
  const { body } = await server.call('GET', '/v1/configurations/vault');
  const configurations = { vault: { renderHash: sha256(body.raw), sourceMap: {} } };
  const origin = { repository: REPOSITORY, pullRequest: number, commit, digest: 'd', configurations };
  expect((await server.call('POST', '/v1/collie/origins', origin)).status).toBeLessThan(300);
}

async function refused(): Promise<void> {
  await server.call('POST', '/v1/rollouts/vault/start', { options: null });
  await server.rollout('vault', 'rolled-back', 'failed');
}

/** All that was written to GitHub, when both the comment and the check speak of the end. */
async function told(): Promise<string> {
  const { comments, checks } = world.server.state;
  await until(() => checks.find(({ status }) => status === 'completed'));
  await until(() => comments.find(({ body }) => body.includes('cannot use')));
  return JSON.stringify([comments, checks]);
}

describe('what an agent quotes of a secret (INV-15, SEC-26)', () => {
  it('is not told on GitHub, and does not wait in the store to be', async () => {
    await apply(1);
    await merge();
    await refused();
    expect(agent.offers.join(), 'the agent itself gets it').toContain(secretOf(1));
    expect(await told()).not.toContain(secretOf(1));
    await server.close();
    const files = readdirSync(scratch.path).filter((name) => name.startsWith('collie.sqlite'));
    const bytes = files.map((name) => readFileSync(join(scratch.path, name), 'latin1')).join('\n');
    expect(bytes).toContain('cannot use');
    expect(bytes).not.toContain(secretOf(1));
    await start();
  });

  it('is not told after the secret was changed and the server started anew', async () => {
    await apply(1);
    await merge();
    world.server.fail({ path: /\/(?:issues|check-runs|commits)/, status: 503, times: 1000 });
    await refused();
    await apply(2);
    await agent.close();
    await server.close();
    world.server.heal();
    await start();
    expect(await told()).not.toContain(secretOf(1));
  });
});
