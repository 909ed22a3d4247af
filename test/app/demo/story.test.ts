import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDist } from '../../../app/build.ts';
import { demo } from '../../../app/demo/demo.ts';
import type { ReportableRollout } from '../../../src/ports/rollout-feed.ts';
import { tell, type Act, type ToldStory } from './told.ts';

const TELLING_LIMIT_MS = 90_000;
const NODES = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e', 'node-f', 'node-g', 'node-h', 'node-i'];

let dist: string;
let action: string;
let program: string;

beforeAll(async () => {
  dist = mkdtempSync(join(tmpdir(), 'collie-dist-'));
  await buildDist(dist);
  action = join(dist, 'action.mjs');
  program = join(dist, 'collie.mjs');
}, TELLING_LIMIT_MS);

afterAll(() => rmSync(dist, { recursive: true, force: true }));

function act(story: ToldStory, number: number): Act {
  const found = story.acts[number - 1];
  if (found === undefined) throw new Error(`act ${number} was not played:\n${story.terminal.join('\n')}`);
  return found;
}

function newest({ rollouts }: Act): ReportableRollout['view'] {
  const [first] = rollouts;
  if (first === undefined) throw new Error('no rollout was kept');
  return first.view;
}

function commentsBy({ comments }: Act, author: string): string[] {
  return comments.filter((comment) => comment.author === author).map(({ body }) => body);
}

describe('the story of `npm start`', () => {
  let story: ToldStory;

  beforeAll(async () => {
    story = await tell({ action, program });
  }, TELLING_LIMIT_MS);

  it('is told in a terminal within forty lines', async () => {
    expect(story.exitCode).toBe(0);
    expect(story.terminal.length).toBeLessThanOrEqual(40);
    await expect(`${story.terminal.join('\n')}\n`).toMatchFileSnapshot('golden/terminal.txt');
  });

  it('says in the pull request who will refuse it, on which line, before the merge', async () => {
    const [comment, ...others] = commentsBy(act(story, 2), 'github-actions[bot]');
    expect(others).toEqual([]);
    expect(comment).toContain('bindplane/sources.yaml:32');
    await expect(`${comment ?? ''}\n`).toMatchFileSnapshot('golden/incident-comment.md');
  });

  it('brings back what the canary said, in one comment and on the check of the merge commit', async () => {
    const [comment, ...others] = commentsBy(act(story, 2), 'collie[bot]');
    expect(others).toEqual([]);
    expect(comment).toContain("'metrics' has invalid keys: k8s.pod.volume.usage");
    await expect(`${comment ?? ''}\n`).toMatchFileSnapshot('golden/incident-rollout.md');
    expect(act(story, 2).checks).toEqual([
      { name: 'Rollout: shop-node', conclusion: 'failure', notes: ['bindplane/sources.yaml:32'] },
    ]);
  });

  it('touches no more agents than the canary, and brings each back to what it ran', () => {
    const view = newest(act(story, 2));
    expect(view).toMatchObject({ configuration: 'shop-node', state: 'rolled-back' });
    expect(view.totals).toMatchObject({ agents: 9, offered: 1, refused: 1, restored: 1, neverSaw: 8 });
    expect(view.totals.offered).toBeLessThanOrEqual(view.waves[0]?.agents ?? 0);
    for (const name of NODES) expect(act(story, 2).running.get(name)).toBe('shop-node:1');
  });

  it('ends with the repaired change on every agent', () => {
    expect(newest(act(story, 3))).toMatchObject({ state: 'stable', totals: { applied: 9, refused: 0 } });
    for (const name of NODES) expect(act(story, 3).running.get(name)).toBe('shop-node:3');
    expect(act(story, 3).checks).toMatchObject([{ conclusion: 'success' }]);
    expect(act(story, 1).checks).toMatchObject([{ name: 'Rollout: shop-gateway', conclusion: 'success' }]);
  });
});

it(
  'follows the data: another line, another agent, another metric',
  async () => {
    const metric = 'k8s.node.system_container.cpu.time';
    const story = await tell({
      action,
      program,
      without: ['act-1', 'act-3'],
      edits: {
        'agents.yaml': (text) => text.replace('name: node-a', 'name: a-worker'),
        'act-2/bindplane/sources.yaml': (text) =>
          `# one\n# two\n# three\n${text.replace(
            /(type: k8s_kubelet\n.*\n.*\n.*value: shop\n)/,
            `$1    - name: disabled_metrics\n      value: [k8s.pod.volume.usage]\n    - name: enabled_metrics\n      value: [${metric}]\n`,
          )}`,
      },
    });
    // Three lines more above it; then the parameter stands seven lines below the type.
    const place = 'bindplane/sources.yaml:42';
    const terminal = story.terminal.join('\n');
    expect(terminal).toMatch(/9 of 9 agents of shop-node \(1\.80\.1, 1\.86\.0\) will refuse this/);
    expect(terminal).toMatch(new RegExp(`VER-003\\n.*\`${metric}\` is unknown to agent 1\\.80\\.1`));
    expect(terminal).toMatch(
      new RegExp(
        `a-worker 1\\.80\\.1 \\(simulated.*says\\n.*'metrics' has invalid keys: ${metric} +${place}`,
      ),
    );
    expect(terminal).toContain('offered 1 · refused 1 · restored 1 · never saw it 11');
    expect(act(story, 1).checks[0]?.notes).toEqual([place]);
    expect(act(story, 1).running.get('a-worker')).toBe('shop-node:1');
  },
  TELLING_LIMIT_MS,
);

it(
  'ends the same when the control plane is killed in the middle of the rollout',
  async () => {
    const story = await tell({
      action,
      program,
      without: ['act-1', 'act-3'],
      rolloutStarted: async (_number, stage) => void process.kill(stage.serve.pid(), 'SIGKILL'),
    });
    const told = act(story, 1);
    expect(told.restarts).toBe(1);
    expect(story.exitCode).toBe(0);
    expect(story.terminal.join('\n')).toContain('offered 1 · refused 1 · restored 1 · never saw it 11');
    expect(newest(told).state).toBe('rolled-back');
    for (const name of NODES) expect(told.running.get(name)).toBe('shop-node:1');
    expect(commentsBy(told, 'collie[bot]')).toHaveLength(1);
    expect(told.checks).toMatchObject([{ conclusion: 'failure', notes: ['bindplane/sources.yaml:32'] }]);
  },
  TELLING_LIMIT_MS,
);

describe('what stands in its way', () => {
  const silent = { once: true, say: () => undefined };

  it('is said where another program has its address', async () => {
    const other = createServer();
    await new Promise<void>((done) => {
      other.listen(0, '127.0.0.1', done);
    });
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(demo({ ...silent, action, http: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `127.0.0.1:${port} is in use by another program`,
    });
    other.close();
  });

  it('is said where the Action was not built', async () => {
    const free = { http: '127.0.0.1:0', opamp: '127.0.0.1:0' };
    await expect(demo({ ...silent, ...free, action: join(dist, 'none.mjs') })).rejects.toMatchObject({
      code: 'not-built',
      hint: expect.stringContaining('npm run build'),
    });
  });
});
