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

describe('a merge that is handed over to the app', () => {
  const handOver = (commit: string): Promise<ActionResult> =>
    stage.apply(commit, { 'control-plane': '', 'app-url': server.url, 'api-key': API_KEY }, systemClock);
  /** Hands a merge over without a job, and waits until the app is done with it. */
  const worked = async (commit: string): Promise<void> => {
    const merge = { repository: 'shop/telemetry', branch: 'main', commit };
    const { status, body } = await server.call('POST', '/v1/collie/applies', merge);
    expect(status).toBe(202);
    await until(async () => {
      const now = await server.call('GET', `/v1/collie/applies/${body.id}`);
      return now.body.state === 'applied' ? now : undefined;
    });
  };
  const stopped = (number: number): readonly string[] =>
    stage.gitHub.state.comments
      .filter((comment) => comment.number === number && comment.body.includes('Not applied'))
      .map(({ author, body }) => `${author.login}: ${body}`);

  it('is planned again, compared and applied by it, and the job waits for its rollouts', async () => {
    await start(gitHubApp());
    const proposal = await stage.propose(1);
    await stage.plan(proposal, inputs());
    const applied = await handOver(await stage.merge(proposal));
    expect(applied.log.filter((line) => line.startsWith('error'))).toEqual([]);
    expect([applied.code, applied.outputs['reason-code']]).toEqual([0, 'applied']);
    const { body } = await server.call('GET', '/v1/collie/applies');
    expect(body.applies).toMatchObject([{ state: 'applied', pullRequest: proposal.number }]);
    expect(body.applies[0].started.length).toBeGreaterThan(0);
    const audit = await server.call('GET', '/v1/collie/audit?limit=100');
    const actors = new Set(audit.body.entries.map(({ actor }: { actor: { name: string } }) => actor.name));
    expect([...actors].some((name) => /^API key \(merge [0-9a-f]{8}\)$/.test(String(name)))).toBe(true);
    const tokens = await server.call('GET', '/v1/collie/tokens');
    expect(tokens.body.tokens.map(({ state }: { state: string }) => state)).toEqual(['revoked']);
  });

  it('fails the job with the agents\u2019 own words where they refuse it', async () => {
    await start(gitHubApp());
    const proposal = await stage.propose(2);
    await stage.plan(proposal, inputs());
    const applied = await handOver(await stage.merge(proposal));
    expect([applied.code, applied.outputs['reason-code']]).toEqual([1, 'rollout-failed']);
    expect(applied.summary).toContain(WORDS);
    const told = await rolloutComments(proposal.number);
    expect(told.map(({ user }) => user)).toEqual(['collie[bot]']);
  });

  it(
    'comes with a later one whose job was quicker, and its own job finds it done',
    { timeout: 60_000 },
    async () => {
      await start(gitHubApp());
      const base = await stage.repository.update();
      const state = { repository: 'shop/telemetry', branch: 'main', commit: base, base, first: base };
      await server.app.store.handovers.putBranch(state);
      const first = await stage.propose(1);
      await stage.plan(first, inputs());
      const older = await stage.merge(first);
      const second = await stage.proposeFiles({
        'bindplane/extra.yaml':
          'apiVersion: bindplane.observiq.com/v1\nkind: Destination\nmetadata: {name: extra}\nspec: {type: dev_null}\n',
      });
      await stage.plan(second, inputs());
      const newer = await stage.merge(second);
      await worked(newer);
      const applied = await handOver(older);
      expect(applied.code).toBe(0);
      const { body } = await server.call('GET', '/v1/collie/applies');
      const ends = body.applies.map(({ commit, state }: Record<string, string>) => [commit, state]);
      expect(ends.slice(0, 3)).toEqual([
        [older, 'applied'],
        [older, 'applied'],
        [newer, 'applied'],
      ]);
      expect((await server.call('GET', '/v1/destinations/extra')).status).toBe(200);
    },
  );

  it('is not applied where it is not what was reviewed, and the pull request says why', async () => {
    await start(gitHubApp());
    const proposal = await stage.propose(1);
    await stage.plan(proposal, inputs());
    const { state } = stage.gitHub;
    for (const status of state.statuses) {
      Object.assign(status, { description: status.description?.replace(/[0-9a-f]{64}/, 'f'.repeat(64)) });
    }
    const applied = await handOver(await stage.merge(proposal));
    expect([applied.code, applied.outputs['reason-code']]).toEqual([1, 'plan-differs']);
    expect(stopped(proposal.number)).toHaveLength(1);
    expect(stopped(proposal.number)[0]).toMatch(/^collie\[bot\]: /);
  });
});
