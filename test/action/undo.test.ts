import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { virtualClock } from '../flows/support.ts';
import { createStage, type JobStage } from './stage.ts';

/** What the pull request changes. */
const FILES = ['bindplane/sources.yaml', 'bindplane/node-config.yaml'];
const REFUSAL = "'metrics' has invalid keys: k8s.pod.volume.usage";
let stage: JobStage;

beforeEach(async () => {
  // The canary takes it; the agent after it is the one that does not.
  stage = await createStage({
    refuses: ({ name }, config) =>
      name === 'node-b' && config.includes('k8s.pod.volume.usage') ? REFUSAL : undefined,
  });
  for (const [name, configuration, version] of [
    ['gateway-a', 'shop-gateway', '1.86.0'],
    ['cluster-a', 'shop-cluster', '1.94.0'],
    ['node-a', 'shop-node', '1.86.0'],
    ['node-b', 'shop-node', '1.86.0'],
  ] as const) {
    const labels = { configuration, fleet: configuration.replace('shop-', '') };
    stage.bindplane.addAgent({ name, version, labels });
  }
});
afterEach(() => stage.close());

const texts = (): readonly string[] =>
  stage.bindplane.agents.filter(({ name }) => name.startsWith('node-')).map(({ text }) => text);
const withoutHeader = (text: string): string => text.replaceAll(/^#.*\n/gm, '');

it('a rollout that goes wrong behind the canary is undone, told on the pull request, and not begun again by another run', async () => {
  await stage.apply(await stage.repository.update(), {}, virtualClock());
  const before = texts().map(withoutHeader);
  const files = Object.fromEntries(
    FILES.map((path) => [path, readFileSync(join(stage.repository.work, path), 'utf8')]),
  );
  const proposal = await stage.propose(2);
  await stage.plan(proposal);
  const commit = await stage.merge(proposal);

  const applied = await stage.apply(commit, { 'fail-on': 'never' }, virtualClock());
  expect(applied.outputs).toMatchObject({ 'reason-code': 'rollout-failed', decision: 'stop' });
  const rollout = stage.comments(proposal.number).find((body) => body.includes('collie:rollout')) ?? '';
  expect(rollout).toContain('### 🔴 Rolled back · `shop-node` 1 → 2 · 2 of 2 agents were touched');
  expect(rollout).toContain('All 2 agents run version 3, which is version 1 again.');
  expect(rollout).toContain(`\`\`\`text\n${REFUSAL}\n\`\`\``);
  expect(rollout).toContain('gates ran</summary>');
  // The library source was changed as well: the version that is brought back names the one before.
  expect(texts().map(withoutHeader)).toEqual(before);

  const starts = (): number =>
    stage.bindplane.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/start'))
      .length;
  const started = starts();
  const again = await stage.apply(commit, { 'fail-on': 'never' }, virtualClock());
  expect(again.code).toBe(1);
  expect(again.log.join('\n')).toContain('is the config of version 2 again, which was given up and undone');
  expect(starts()).toBe(started);
  expect(texts().map(withoutHeader)).toEqual(before);

  // The revert in git: what the files say is what runs already.
  const revert = await stage.proposeFiles(files);
  await stage.plan(revert);
  const reverted = await stage.apply(await stage.merge(revert), { 'fail-on': 'never' }, virtualClock());
  expect(reverted.log.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(reverted.code).toBe(0);
  expect(texts().map(withoutHeader)).toEqual(before);
}, 30_000);
