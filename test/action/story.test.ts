import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type JobStage } from './stage.ts';
import type { ActionResult } from './support.ts';

const REFUSAL =
  "Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'receivers' error reading configuration for \"kubeletstats/shop-kubelet\": decoding failed due to the following error(s):\n\n'metrics' has invalid keys: k8s.pod.volume.usage";

let stage: JobStage;

beforeEach(async () => {
  stage = await createStage({
    refuses: (agent, config) =>
      agent.version === 'v1.80.1' && config.includes('k8s.pod.volume.usage') ? REFUSAL : undefined,
  });
  for (const [name, configuration, version] of [
    ['gateway-a', 'shop-gateway', '1.86.0'],
    ['cluster-a', 'shop-cluster', '1.94.0'],
    ['node-a', 'shop-node', '1.80.1'],
    ['node-b', 'shop-node', '1.80.1'],
  ] as const) {
    stage.bindplane.addAgent({
      name,
      version,
      labels: { configuration, fleet: configuration.replace('shop-', '') },
    });
  }
});
afterEach(() => stage.close());

/** The first apply, to agents as their manifests say. Afterwards one of the nodes is newer. */
async function begin(): Promise<ActionResult> {
  const first = await stage.apply(await stage.repository.update());
  stage.bindplane.addAgent({
    name: 'node-c',
    version: '1.86.0',
    labels: { configuration: 'shop-node', fleet: 'node' },
  });
  return first;
}

const bodyOf = (comments: readonly string[], start: RegExp): string =>
  comments.find((body) => start.test(body)) ?? '';

/** Requests that change a BindPlane server; places are only offered, in case it is a Collie server. */
const writes = (): number =>
  stage.bindplane.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/collie/origins'))
    .length;

describe('from a pull request to a fleet on a BindPlane server', () => {
  it('plans, applies and rolls out a good change; a second run changes nothing', async () => {
    const first = await begin();
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

    const before = writes();
    const again = await stage.apply(commit);
    expect(again.outputs['reason-code']).toBe('no-changes');
    expect(again.code).toBe(0);
    expect(writes()).toBe(before);
  });

  it('brings the agents’ own words back to the merged pull request, with the line, and fails the job', async () => {
    await begin();
    const proposal = await stage.propose(2);
    const planned = await stage.plan(proposal);
    expect(planned.code).toBe(1);
    const [plan = ''] = stage.comments(proposal.number);
    expect(plan).toContain('k8s.pod.volume.usage');

    const commit = await stage.merge(proposal);
    const applied = await stage.apply(commit);
    expect(applied.code).toBe(1);
    expect(applied.outputs).toMatchObject({ 'reason-code': 'rollout-failed', decision: 'stop' });

    // One canary of three agents; the words as the agent sent them; the line of the source whose type turns the metric on.
    const rollout = bodyOf(stage.comments(proposal.number), /collie:rollout/);
    const sources = readFileSync(join(stage.repository.work, 'bindplane/sources.yaml'), 'utf8').split('\n');
    const line = sources.findIndex((text) => text.includes('type: k8s_kubelet')) + 1;
    expect(line).toBeGreaterThan(0);
    expect(rollout).toContain('### 🔴 Stopped · `shop-node` 1 → 2 · 1 of 3 agents refused, 2 never saw it');
    expect(rollout).toContain('**`node-a` (1.80.1) refused the config:**');
    expect(rollout).toContain(`\`\`\`text\n${REFUSAL}\n\`\`\``);
    expect(rollout).toContain(`Caused by [\`bindplane/sources.yaml:${line}\`]`);
    expect(rollout).toContain(`/blob/${commit}/bindplane/sources.yaml#L${line}`);
    expect(rollout).toContain('the plan had said so (`VER-003`)');
    expect(rollout).toContain('| canary | 1 | 0 | 1 |');
    expect(rollout).toContain('| rest | 2 |');
    expect(rollout).toContain('BindPlane stops a rollout and restores nobody.');
    expect(applied.summary).toContain(REFUSAL);
    const log = applied.log.join('\n');
    expect(log).toContain('offered 1 · refused 1 · restored 0 · never saw it 2');
    expect(log).toContain(`caused by bindplane/sources.yaml:${line} (certainty: exact)`);
    expect(stage.comments(proposal.number)).toHaveLength(2);
  });

  it('a second run of the failed one makes no version and no rollout, and fails again', async () => {
    await begin();
    const proposal = await stage.propose(2);
    await stage.plan(proposal);
    const commit = await stage.merge(proposal);
    await stage.apply(commit);
    const before = writes();
    const again = await stage.apply(commit);
    expect(writes()).toBe(before);
    expect(again.code).toBe(1);
    expect(again.outputs).toMatchObject({ 'reason-code': 'rollout-failed', changes: '0', 'rollout-ids': '' });
    expect(again.summary).toContain(REFUSAL);
    expect(stage.comments(proposal.number)).toHaveLength(2);
  });

  it('a run after one that was cut off before its rollout says so, and starts nothing by itself', async () => {
    await begin();
    const proposal = await stage.propose(1);
    await stage.plan(proposal);
    const commit = await stage.merge(proposal);
    stage.bindplane.fault({
      matches: (method, path) => method === 'POST' && path.endsWith('/start'),
      status: 500,
    });
    const cut = await stage.apply(commit);
    expect(cut.outputs['reason-code']).toBe('apply-failed');
    expect(cut.log.join('\n')).toMatch(/^error: roll out shop-gateway: failed: /m);
    const again = await stage.apply(commit);
    expect(again.code).toBe(1);
    expect(again.log.join('\n')).toContain('start it with: collie rollout start shop-gateway');
  });
});

describe('what stops an apply', () => {
  const started = (): readonly string[] =>
    stage.bindplane.requests.filter(({ path }) => path.endsWith('/start')).map(({ path }) => path);

  it('something else than what was reviewed', async () => {
    await begin();
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

  it('findings that `fail-on` names, though they were reviewed; nothing is stored', async () => {
    await begin();
    const proposal = await stage.propose(2);
    await stage.plan(proposal);
    const before = writes();
    const commit = await stage.merge(proposal);
    const applied = await stage.apply(commit, { 'fail-on': 'error' });
    expect(applied.code).toBe(1);
    expect(applied.outputs['reason-code']).toBe('findings');
    expect(writes()).toBe(before);
    const told = bodyOf(stage.comments(proposal.number), /apply%2Dstopped/);
    expect(told).toContain('VER-003');
    expect(told).toContain('`fail-on: never`');
  });

  it('errors about agents that no review showed, unless they are wanted', async () => {
    await begin();
    const commit = await stage.merge(await stage.propose(2));
    const before = writes();
    const stopped = await stage.apply(commit);
    expect(stopped.outputs['reason-code']).toBe('findings');
    expect(stopped.log.join('\n')).toContain('Nobody reviewed this.');
    expect(stopped.log.join('\n')).toContain('`fail-on: never`');
    expect(writes()).toBe(before);
    const applied = await stage.apply(commit, { 'fail-on': 'never' });
    expect(applied.outputs['reason-code']).toBe('rollout-failed');
  });

  it('what cannot be applied as it is written, though it was reviewed and whatever `fail-on` says', async () => {
    await begin();
    const proposal = await stage.proposeFiles({
      'bindplane/loop.yaml':
        'apiVersion: bindplane.observiq.com/v1\nkind: Configuration\nmetadata:\n  name: loop\nspec:\n  sources:\n    - name: nowhere\n  selector:\n    matchLabels:\n      configuration: loop\n',
    });
    await stage.plan(proposal);
    const before = writes();
    const applied = await stage.apply(await stage.merge(proposal), { 'fail-on': 'never' });
    expect(applied.outputs['reason-code']).toBe('not-applyable');
    expect(writes()).toBe(before);
    const told = bodyOf(stage.comments(proposal.number), /apply%2Dstopped/);
    expect(told).toContain('bindplane/loop.yaml:7:');
    expect(told).toContain('nowhere');
  });

  it('another merge between only when it touches the same resources', async () => {
    await begin();
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
    await begin();
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

it('an apply that is cancelled says what was done by then', async () => {
  const cancel = new AbortController();
  let goOn = (): void => undefined;
  stage.bindplane.fault({
    matches: (method, path) => {
      const isIt = method === 'POST' && path.endsWith('/start');
      if (isIt) cancel.abort();
      return isIt;
    },
    until: new Promise<void>((resolve) => {
      goOn = resolve;
    }),
  });
  const commit = await stage.repository.update();
  const cut = await stage.apply(commit, {}, undefined, undefined, cancel.signal);
  expect(cut.code).toBe(130);
  expect(cut.outputs).toMatchObject({ decision: 'stop', 'reason-code': 'cancelled' });
  expect(Number(cut.outputs['changes'])).toBeGreaterThan(5);
  expect(cut.summary).toContain('### ⏹️ Cancelled');
  expect(cut.summary).toContain('What was done stays; run the job again to go on from there.');
  expect(cut.summary).toContain('- create Destination shop-backend: done: created, version 1');
  goOn();
});

describe('a control plane that does not answer', () => {
  const nobody = { 'control-plane': 'http://127.0.0.1:9' };

  it('leaves a plan of the files that says so, and a red job', async () => {
    const proposal = await stage.propose(1);
    const planned = await stage.plan(proposal, nobody);
    expect(planned.code).toBe(1);
    expect(planned.outputs).toMatchObject({
      decision: 'stop',
      'reason-code': 'server-not-asked',
      changes: '2',
    });
    expect(stage.comments(proposal.number)[0]).toContain('the server could not be asked');
    const wanted = await stage.plan(proposal, { ...nobody, 'fail-on': 'never' });
    expect(wanted.code).toBe(0);
  });

  it('stops an apply in a sentence, in log, summary, outputs and check', async () => {
    const permissions = { contents: 'read', pull_requests: 'write', checks: 'write' } as const;
    const commit = await stage.repository.update();
    const applied = await stage.apply(commit, nobody, undefined, permissions);
    expect(applied.code).toBe(1);
    expect(applied.outputs).toMatchObject({ decision: 'stop', 'reason-code': 'unreachable' });
    expect(applied.log.filter((line) => line.startsWith('error'))).toHaveLength(1);
    expect(applied.summary).toContain('### 🔴 Collie could not finish');
    const [check] = stage.gitHub.state.checks;
    expect(check).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(applied.outputs['check-id']).toBe(String(check?.id));
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
    expect(planned.log.filter((line) => line.startsWith('notice')).join('\n')).toContain(
      'pull-requests: write',
    );
    expect(planned.summary).toContain('shop-gateway');
  });

  it('makes no writes on the server and asks it at most fifteen times and once a touched configuration', async () => {
    await begin();
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
