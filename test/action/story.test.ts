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
