import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type JobStage } from './stage.ts';

const REFUSAL =
  "Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'receivers' error reading configuration for \"kubeletstats/shop-kubelet\": decoding failed due to the following error(s):\n\n'metrics' has invalid keys: k8s.pod.volume.usage";

let stage: JobStage;

beforeEach(async () => {
  stage = await createStage({
    refuses: (agent, config) =>
      agent.version === 'v1.80.1' && config.includes('k8s.pod.volume.usage') ? REFUSAL : undefined,
  });
  for (const name of ['node-a', 'node-b']) {
    stage.bindplane.addAgent({
      name,
      version: '1.80.1',
      labels: { configuration: 'shop-node', fleet: 'node' },
    });
  }
  stage.bindplane.addAgent({
    name: 'node-c',
    version: '1.86.0',
    labels: { configuration: 'shop-node', fleet: 'node' },
  });
});
afterEach(() => stage.close());

const bodyOf = (comments: readonly string[], start: RegExp): string =>
  comments.find((body) => start.test(body)) ?? '';

describe('from a pull request to a fleet on a BindPlane server', () => {
  it('plans, applies and rolls out a good change; a second run changes nothing', async () => {
    const first = await stage.apply(await stage.repository.update());
    expect(first.log.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(first.code).toBe(0);

    const proposal = await stage.propose(1);
    const planned = await stage.plan(proposal);
    expect(planned.code).toBe(0);
    expect(planned.outputs['comment-url']).toMatch(/#issuecomment-\d+$/);
    expect(stage.comments(proposal.number)).toHaveLength(1);

    const commit = await stage.merge(proposal);
    const applied = await stage.apply(commit);
    expect(applied.log.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(applied.outputs['reason-code']).toBe('applied');
    expect(applied.code).toBe(0);

    const writes = (): number => stage.bindplane.requests.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    const again = await stage.apply(commit);
    expect(again.outputs['reason-code']).toBe('no-changes');
    expect(again.code).toBe(0);
    expect(writes()).toBe(before);
  });

  it('brings the agents’ own words back to the merged pull request, with the line, and fails the job', async () => {
    await stage.apply(await stage.repository.update());
    const proposal = await stage.propose(2);
    const planned = await stage.plan(proposal);
    expect(planned.code).toBe(1);
    const [plan = ''] = stage.comments(proposal.number);
    expect(plan).toContain('k8s.pod.volume.usage');

    const applied = await stage.apply(await stage.merge(proposal));
    expect(applied.code).toBe(1);
    expect(applied.outputs['reason-code']).toBe('rollout-failed');
    const rollout = bodyOf(stage.comments(proposal.number), /collie:rollout/);
    expect(rollout).toContain("'metrics' has invalid keys: k8s.pod.volume.usage");
    expect(rollout).toMatch(/bindplane\/\S+\.yaml(:|#L)\d+/);
    expect(rollout).toContain('1.80.1');
    expect(applied.summary).toContain("'metrics' has invalid keys");
  });
});

describe('what stops an apply', () => {
  const started = (): readonly string[] =>
    stage.bindplane.requests.filter(({ path }) => path.endsWith('/start')).map(({ path }) => path);

  it('something else than what was reviewed', async () => {
    await stage.apply(await stage.repository.update());
    const proposal = await stage.propose(1);
    await stage.plan(proposal);
    // The same files change once more before the merge: the reviewed status stays on a commit that is not the head any more.
    const status = stage.gitHub.state.statuses.find(({ context }) => context === 'collie/reviewed');
    if (status === undefined || status.description === null) throw new Error('no status was written');
    Object.assign(status, { description: status.description.replace(/[0-9a-f]{64}/, '0'.repeat(64)) });
    const commit = await stage.merge(proposal);
    const before = stage.bindplane.stored('Source').length;
    const applied = await stage.apply(commit);
    expect(applied.code).toBe(1);
    expect(applied.outputs['reason-code']).toBe('plan-differs');
    expect(stage.bindplane.stored('Source')).toHaveLength(before);
    expect(bodyOf(stage.comments(proposal.number), /apply%2Dstopped/)).toContain('not what was reviewed');
  });

  it('another merge between only when it touches the same resources', async () => {
    await stage.apply(await stage.repository.update());
    const first = await stage.propose(1);
    await stage.plan(first);
    const second = await stage.propose(2);
    await stage.plan(second);
    expect((await stage.apply(await stage.merge(first))).outputs['reason-code']).toBe('applied');
    const merged = await stage.apply(await stage.merge(second));
    expect(merged.outputs['reason-code']).toBe('rollout-failed');
  });

  it('an unreviewed commit, when reviews are required', async () => {
    const applied = await stage.apply(await stage.repository.update(), { 'require-reviewed': 'true' });
    expect(applied.code).toBe(1);
    expect(applied.outputs['reason-code']).toBe('not-reviewed');
    expect(stage.bindplane.stored('Source')).toEqual([]);
  });

  it('gate zero: a server that renders something else; both texts are told and nothing is rolled out', async () => {
    await stage.apply(await stage.repository.update());
    const proposal = await stage.propose(1);
    await stage.plan(proposal);
    const commit = await stage.merge(proposal);
    const startedBefore = started().length;
    let reads = 0;
    stage.bindplane.fault({
      matches: (method, path) => {
        if (method !== 'GET' || !/^\/v1\/configurations\/[^/]+:latest$/.test(decodeURIComponent(path))) {
          return false;
        }
        reads += 1;
        return true;
      },
      status: 200,
      body: JSON.stringify({
        configuration: {
          apiVersion: 'bindplane.observiq.com/v1',
          kind: 'Configuration',
          metadata: { name: 'shop-gateway', version: 2 },
          spec: {},
        },
        raw: 'receivers:\n    somebody_elses: null\n',
      }),
    });
    const applied = await stage.apply(commit);
    expect(reads).toBe(1);
    expect(applied.code).toBe(1);
    expect(applied.outputs['reason-code']).toBe('gate-zero');
    expect(started()).toHaveLength(startedBefore);
    const told = bodyOf(stage.comments(proposal.number), /apply%2Dstopped/);
    expect(told).toContain('somebody_elses');
    expect(told).toContain('As reviewed');
  });

  it('a step that the server refuses; what depends on it is not done', async () => {
    stage.bindplane.fault({
      matches: (method, path) => method === 'POST' && path === '/v1/apply',
      status: 400,
      body: JSON.stringify({ errors: ['failed to decode definition'] }),
    });
    const applied = await stage.apply(await stage.repository.update());
    expect(applied.code).toBe(1);
    expect(applied.outputs['reason-code']).toBe('apply-failed');
    const failed = applied.log.find((line) => line.startsWith('error'));
    expect(failed).toMatch(/bindplane\/\S+\.yaml:\d+:\d+: .*failed to decode definition/);
    expect(started()).toEqual([]);
    expect(applied.summary).toContain('did not succeed');
  });
});

describe('a plan', () => {
  it('from a fork, with a read-only token, is in the job summary and says so', async () => {
    const proposal = await stage.propose(1);
    const planned = await stage.plan(
      proposal,
      {},
      { contents: 'read', pull_requests: 'read', statuses: 'read' },
    );
    expect(planned.code).toBe(0);
    expect(stage.comments(proposal.number)).toEqual([]);
    expect(planned.log.filter((line) => line.startsWith('warning')).join('\n')).toContain(
      'pull-requests: write',
    );
    expect(planned.summary).toContain('shop-gateway');
  });

  it('makes no writes on the server and asks it at most fifteen times and once a touched configuration', async () => {
    await stage.apply(await stage.repository.update());
    const before = stage.bindplane.requests.length;
    const planned = await stage.plan(await stage.propose(2));
    const asked = stage.bindplane.requests.slice(before);
    expect(asked.every(({ method }) => method === 'GET')).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(15 + 1);
    expect(planned.summary).toContain('preview checked against the server: 1 of 1 equal');
  });

  it('that runs twice keeps one comment', async () => {
    const proposal = await stage.propose(1);
    await stage.plan(proposal);
    await stage.plan(proposal);
    expect(stage.comments(proposal.number)).toHaveLength(1);
  });
});
