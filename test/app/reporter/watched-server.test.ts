import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckRecord, CommentRecord } from '../../../app/demo/github/state.ts';
import { manifestOf } from '../../../src/core/bindplane/manifest.ts';
import type { Resource } from '../../../src/core/bindplane/resource.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { connectControlPlane } from '../../../src/io/control-planes/index.ts';
import type { ControlPlane } from '../../../src/ports/control-plane.ts';
import { createStage, type JobStage, type Proposal } from '../../action/stage.ts';
import { rawConfiguration, scratchFolder, TestApp } from '../../support/app.ts';
import { folderView } from '../../support/repository.ts';
import { APP_KEYS } from '../github/world.ts';
import { until } from '../../support/until.ts';

const REFUSAL =
  "failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'receivers' error reading configuration for \"kubeletstats/shop-kubelet\": decoding failed due to the following error(s):\n\n'metrics' has invalid keys: k8s.pod.volume.usage";
const APP_ID = 4242;
const WEBHOOK_SECRET = 'b3f1c2d4e5a697887766554433221100';
const BINDPLANE_KEY = 'the-key-of-bindplane';

let stage: JobStage;
let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let plane: ControlPlane;
let said: string[];

beforeEach(async () => {
  said = [];
  scratch = scratchFolder();
  stage = await createStage(
    {
      credentials: { apiKey: BINDPLANE_KEY },
      refuses: ({ version }, config) =>
        version === 'v1.80.1' && config.includes('k8s.pod.volume.usage') ? REFUSAL : undefined,
    },
    { appId: APP_ID, appPublicKey: APP_KEYS.publicKey },
  );
  for (const [name, version] of [
    ['node-a', '1.80.1'],
    ['node-b', '1.80.1'],
    ['node-c', '1.86.0'],
  ] as const) {
    stage.bindplane.addAgent({ name, version, labels: { configuration: 'shop-node', fleet: 'node' } });
  }
  const { url } = stage.bindplane;
  const connected = connectControlPlane({ url, apiKey: BINDPLANE_KEY, clock: systemClock });
  if (connected === undefined) throw new Error('no control plane');
  plane = connected;
  await start();
});

afterEach(async () => {
  await server.close();
  await stage.close();
  scratch.remove();
});

/** The app, which looks at everything as often as it can. */
async function start(): Promise<void> {
  const config = join(scratch.path, 'collie.yaml');
  writeFileSync(config, 'limits: {watchPollMs: 1, watchIdleMs: 1, reportIntervalMs: 1, reportTickMs: 20}\n');
  const environment = {
    APP_ID: String(APP_ID),
    PRIVATE_KEY: APP_KEYS.privateKey,
    WEBHOOK_SECRET,
    GHE_HOST: new URL(stage.gitHub.url).host,
    GHE_PROTOCOL: 'http',
    BINDPLANE_REMOTE_URL: stage.bindplane.url,
    BINDPLANE_API_KEY: BINDPLANE_KEY,
  };
  server = await TestApp.start(scratch.path, environment, { config, say: (line) => void said.push(line) });
  stage.gitHub.sendWebhooksTo(`${server.url}/api/github/webhooks`, WEBHOOK_SECRET);
}

/** What any tool does that applies files to BindPlane and rolls out. */
async function rollOut(...configurations: readonly string[]): Promise<void> {
  const { resources } = folderView(stage.repository.work).repository;
  const turnOf = ({ kind }: Resource): number => (kind === 'Configuration' ? 1 : kind === 'Fleet' ? 2 : 0);
  const ordered = [...resources.values()].toSorted((a, b) => turnOf(a) - turnOf(b));
  await plane.apply(ordered.map(manifestOf));
  for (const name of configurations) await plane.startRollout(name, null);
}

const comments = ({ number }: Proposal): readonly CommentRecord[] =>
  stage.gitHub.state.comments.filter(
    (comment) => comment.number === number && comment.body.startsWith('<!-- collie:rollout'),
  );

const completedCheck = (commit: string): Promise<CheckRecord> =>
  until(() => stage.gitHub.state.checks.find(({ sha, status }) => sha === commit && status === 'completed'));

/** The line of the source whose type turns the metric on. */
function faultyLine(): number {
  const text = readFileSync(join(stage.repository.work, 'bindplane/sources.yaml'), 'utf8');
  return text.split('\n').findIndex((line) => line.includes('type: k8s_kubelet')) + 1;
}

async function incident(): Promise<{ readonly proposal: Proposal; readonly commit: string }> {
  await stage.repository.update();
  await rollOut('shop-node');
  const proposal = await stage.propose(2);
  return { proposal, commit: await stage.merge(proposal) };
}

describe('a refusal on a BindPlane server', () => {
  it('comes back to the merged pull request: counts, words, version, line, and an annotation there', async () => {
    const { proposal, commit } = await incident();
    await rollOut('shop-node');
    const told = await until(() => comments(proposal).find(({ body }) => body.includes('Stopped')));
    const line = faultyLine();
    expect(told.author.login).toBe('collie[bot]');
    expect(told.body).toContain('### 🔴 Stopped · `shop-node` 1 → 2 · 1 of 3 agents refused, 2 never saw it');
    expect(told.body).toContain('**`node-a` (1.80.1) refused the config:**');
    expect(told.body).toContain(`\`\`\`text\n${REFUSAL}\n\`\`\``);
    expect(told.body).toContain(`Caused by [\`bindplane/sources.yaml:${line}\`]`);
    expect(told.body).toContain(`/shop/telemetry/blob/${commit}/bindplane/sources.yaml#L${line}`);
    expect(told.body).toContain('| canary | 1 | 0 | 1 |');
    expect(told.body).toContain('BindPlane stops a rollout and restores nobody.');
    expect(await completedCheck(commit)).toMatchObject({
      name: 'Rollout: shop-node',
      conclusion: 'failure',
      annotations: [{ path: 'bindplane/sources.yaml', startLine: line, level: 'failure' }],
    });
    expect(comments(proposal)).toHaveLength(1);
    expect(said.join('\n')).toContain(`Rollouts of the BindPlane server ${stage.bindplane.url} are watched`);
  });

  it('is told once where the Action tells it too; the app adds the check', async () => {
    const inputs = { 'control-plane': stage.bindplane.url, 'api-key': BINDPLANE_KEY };
    await stage.repository.update();
    await rollOut('shop-node');
    const proposal = await stage.propose(2);
    await stage.plan(proposal, inputs);
    const commit = await stage.merge(proposal);
    // The app looks after the Action has written, so that it is not left to chance who was first.
    await server.close();
    const applied = await stage.apply(commit, inputs);
    expect(applied.outputs['reason-code']).toBe('rollout-failed');
    await start();
    const check = await completedCheck(commit);
    expect(check.annotations).toMatchObject([{ startLine: faultyLine() }]);
    expect(comments(proposal).map(({ author }) => author.login)).toEqual(['github-actions[bot]']);
  });

  it('is told all the same after the app was away', async () => {
    const { proposal, commit } = await incident();
    // What GitHub was answered for is on disk, whether it was worked off or not.
    await server.close();
    await rollOut('shop-node');
    await start();
    await completedCheck(commit);
    await until(() => comments(proposal).find(({ body }) => body.includes('Stopped')));
    expect(comments(proposal).map(({ body }) => body)).toEqual([
      expect.stringContaining(`bindplane/sources.yaml:${faultyLine()}`),
    ]);
  });
});

it('rollouts of both servers are on the pages', async () => {
  await incident();
  await rollOut('shop-node');
  await server.call('POST', '/v1/apply', { resources: [rawConfiguration('own', 'one')] });
  await server.call('POST', '/v1/rollouts/own/start', { options: null });
  for (let page = ''; !page.includes('<strong>shop-node</strong>');) {
    page = await (await fetch(server.url)).text();
    expect(page).toContain('<strong>own</strong>');
  }
});

it('nothing is watched without the app, and that is said', async () => {
  await server.close();
  const before = stage.bindplane.requests.length;
  const environment = { BINDPLANE_REMOTE_URL: stage.bindplane.url, BINDPLANE_API_KEY: BINDPLANE_KEY };
  server = await TestApp.start(scratch.path, environment, { say: (line) => void said.push(line) });
  expect(said.at(-1)).toMatch(/^BINDPLANE_REMOTE_URL is not watched: without the app nobody knows/);
  expect((await fetch(server.url)).status).toBe(200);
  expect(stage.bindplane.requests).toHaveLength(before);
});
