import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { APP_KEYS } from '../app/github/world.ts';
import { API_KEY, scratchFolder, SECRET_KEY, TestApp } from '../support/app.ts';
import { TestAgent } from '../support/opamp-agent.ts';
import { createStage, type JobStage, type Proposal } from './stage.ts';
import type { ActionResult } from './support.ts';
import { until } from '../support/until.ts';

const WORDS = "'metrics' has invalid keys: k8s.pod.volume.usage";
const APP_ID = 4242;

let stage: JobStage;
let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;
let agents: TestAgent[];

beforeEach(async () => {
  stage = await createStage({}, { appId: APP_ID, appPublicKey: APP_KEYS.publicKey });
  scratch = scratchFolder();
  agents = [];
});
afterEach(async () => {
  for (const agent of agents) await agent.close();
  await server.close();
  await stage.close();
  scratch.remove();
});

const gitHubApp = (): Record<string, string> => ({
  APP_ID: String(APP_ID),
  PRIVATE_KEY: APP_KEYS.privateKey,
  WEBHOOK_SECRET: 'b3f1c2d4e5a697887766554433221100',
  GHE_HOST: new URL(stage.gitHub.url).host,
  GHE_PROTOCOL: 'http',
});

/** A Collie server with an agent for each configuration, that refuse the metric of act 2, on the base of the repository. */
async function start(environment: Readonly<Record<string, string>>): Promise<void> {
  server = await TestApp.start(scratch.path, environment);
  for (const [name, configuration, version] of [
    ['node-a', 'shop-node', '1.80.1'],
    ['gateway-a', 'shop-gateway', '1.86.0'],
    ['cluster-a', 'shop-cluster', '1.94.0'],
  ] as const) {
    agents.push(
      await TestAgent.connect({
        url: server.opampUrl,
        secretKey: SECRET_KEY,
        name,
        version,
        labels: { configuration },
        judge: (config) => (config.includes('k8s.pod.volume.usage') ? WORDS : undefined),
      }),
    );
  }
  const first = await apply(await stage.repository.update());
  expect(first.code).toBe(0);
}

const inputs = (): Record<string, string> => ({ 'control-plane': server.url, 'api-key': API_KEY });

const apply = (commit: string): Promise<ActionResult> => stage.apply(commit, inputs(), systemClock);

async function act2(): Promise<{ readonly applied: ActionResult; readonly proposal: Proposal }> {
  const proposal = await stage.propose(2);
  await stage.plan(proposal, inputs());
  return { applied: await apply(await stage.merge(proposal)), proposal };
}

/** Comments about the rollout on a pull request, once there is one. */
async function rolloutComments(pullRequest: number): Promise<readonly { user: string; body: string }[]> {
  return until(() => {
    const found = stage.gitHub.state.comments
      .filter(({ number, body }) => number === pullRequest && body.startsWith('<!-- collie:rollout'))
      .map(({ author, body }) => ({ user: author.login, body }));
    return found.some(({ body }) => body.includes('Rolled back')) ? found : undefined;
  });
}

describe('a rollout on a Collie server', () => {
  it('is told once, by the app that is installed; the job fails and prints it all the same', async () => {
    await start(gitHubApp());
    const { applied, proposal } = await act2();
    expect(applied.outputs['reason-code']).toBe('rollout-failed');
    expect(applied.code).toBe(1);
    expect(applied.log.join('\n')).toContain('offered 1 · refused 1 · restored 1 · never saw it 0');
    expect(applied.summary).toContain(WORDS);
    const told = await rolloutComments(proposal.number);
    expect(told.map(({ user }) => user)).toEqual(['collie[bot]']);
    expect(told[0]?.body).toContain(WORDS);
  });

  it('is told by the Action where the server has no app', async () => {
    await start({});
    const { applied, proposal } = await act2();
    expect(applied.outputs['reason-code']).toBe('rollout-failed');
    const told = await rolloutComments(proposal.number);
    expect(told.map(({ user }) => user)).toEqual(['github-actions[bot]']);
    expect(told[0]?.body).toContain(WORDS);
    expect(told[0]?.body).toContain('bindplane/sources.yaml:');
    expect(told[0]?.body).toContain('| all | 1 | 0 | 1 | 1 |');
  });

  it('is told by the Action where the app is not installed on the repository', async () => {
    stage.gitHub.state.installations.length = 0;
    await start(gitHubApp());
    const { proposal } = await act2();
    const told = await rolloutComments(proposal.number);
    expect(told.map(({ user }) => user)).toEqual(['github-actions[bot]']);
  });
});
