import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { appliedBehind, startAppStandIn, type AppStandIn, type Word } from './app-stand-in.ts';
import { createStage, type JobStage } from './stage.ts';
import type { ActionResult } from './support.ts';

let stage: JobStage;
let base: string;
let commit: string;
let app: AppStandIn;

beforeAll(async () => {
  stage = await createStage();
  for (const [name, configuration, version] of [
    ['gateway-a', 'shop-gateway', '1.86.0'],
    ['cluster-a', 'shop-cluster', '1.94.0'],
    ['node-a', 'shop-node', '1.86.0'],
  ] as const) {
    stage.bindplane.addAgent({ name, version, labels: { configuration, fleet: configuration.slice(5) } });
  }
  base = await stage.repository.update();
  await stage.apply(base);
  const proposal = await stage.propose(1);
  commit = await stage.merge(proposal);
});
afterEach(() => app.close());
afterAll(() => stage.close());

async function handedOver(
  words: readonly Word[],
  inputs: Readonly<Record<string, string>> = {},
  cancelled?: AbortSignal,
  views?: readonly RolloutView[],
): Promise<ActionResult> {
  app = await startAppStandIn(stage.bindplane.url, words);
  app.views = views;
  const all = { 'control-plane': '', 'app-url': `${app.url}/`, ...inputs };
  return stage.apply(commit, all, undefined, undefined, cancelled);
}

/** A text without what differs from run to run. */
function steady(text: string): string {
  return `${text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(commit, 'COMMIT')
    .replaceAll(commit.slice(0, 7), 'COMMIT7')
    .replaceAll(base, 'BASE')
    .replaceAll(base.slice(0, 7), 'BASE7')
    .replaceAll(/`\d\d:\d\d:\d\d`/g, '`TIME`')
    .trim()}\n`;
}

async function expectGolden({ log, summary }: ActionResult, name: string): Promise<void> {
  const golden = (file: string): string => resolve(import.meta.dirname, 'golden/hand-over', file);
  await expect(steady(log.join('\n'))).toMatchFileSnapshot(golden(`${name}.log.txt`));
  await expect(steady(summary)).toMatchFileSnapshot(golden(`${name}.md`));
}

const lines = ({ log }: ActionResult, level: string): readonly string[] =>
  log.filter((line) => line.startsWith(`${level}: `)).map((line) => line.slice(level.length + 2));

/** Requests that change something. */
const writes = (): readonly string[] => app.requests.filter((request) => !request.startsWith('GET '));

function view(state: RolloutView['state'], more: Partial<RolloutView> = {}): RolloutView {
  return {
    configuration: 'shop-gateway',
    fromVersion: 1,
    toVersion: 2,
    state,
    waves: [],
    totals: { agents: 1, offered: 1, applied: 0, refused: 0, restored: 0, neverSaw: 0 },
    errors: [],
    timeline: [],
    engine: 'collie',
    ...more,
  };
}

const STARTED = { state: 'applied', started: ['shop-gateway:2'] } as const;

describe('a merge that is not applied', () => {
  it('is told with the app’s sentence and what it would have changed; nothing else is asked of the server', async () => {
    const result = await handedOver([
      {},
      {
        state: 'stopped',
        reason: 'plan-differs',
        sentence:
          'What would be applied is not what was reviewed: something that touches the same resources was merged in between, or the types changed.',
      },
    ]);
    await expectGolden(result, 'stopped');
    expect(result.code).toBe(1);
    expect(result.outputs).toMatchObject({ 'reason-code': 'plan-differs', decision: 'stop', updates: '1' });
    expect(writes()).toEqual(['POST /v1/collie/applies']);
    expect(app.merges).toEqual([{ repository: 'shop/telemetry', branch: 'main', commit }]);
  });

  it('has its causes one by one in the summary, and not in the title', async () => {
    const sentence =
      'The plan has 2 findings at or above `error` (VER-003). Mend what they name.\n  bindplane/sources.yaml:32: VER-003: one\n  bindplane/sources.yaml:40: VER-003: two';
    const result = await handedOver([{ state: 'stopped', reason: 'findings', sentence }]);
    expect(result.outputs['reason-code']).toBe('findings');
    expect(lines(result, 'error')).toEqual([`Not applied. ${sentence}`]);
    expect(result.summary).toMatch(/Mend what they name\.\n\n- .*sources\.yaml:32.*\n- .*sources\.yaml:40/);
  });

  it('for a reason that nobody here has a word for is told all the same', async () => {
    const { outputs, log } = await handedOver([
      { state: 'stopped', reason: 'new-moon', sentence: 'Not today.' },
    ]);
    expect(outputs['reason-code']).toBe('stopped');
    expect(log).toContain('error: Not applied. Not today.');
    const silent = await handedOver([{ state: 'stopped' }]);
    expect(silent.log).toContain('error: Not applied. The app gives no reason.');
  });

  it('is no failure where a later one was applied that has it in it', async () => {
    const result = await handedOver([{ waitsFor: 1 }, { state: 'included', includedIn: 'f00df00df00d' }]);
    await expectGolden(result, 'included');
    expect(result.code).toBe(0);
    expect(result.outputs).toMatchObject({ 'reason-code': 'included', 'rollout-ids': '' });
  });

  it('and is no failure has a green check that says so', async () => {
    const permissions = { contents: 'read', checks: 'write' } as const;
    app = await startAppStandIn(stage.bindplane.url, [{ state: 'included', includedIn: 'f00df00df00d' }]);
    const inputs = { 'control-plane': '', 'app-url': app.url };
    // Without the right to read pull requests, which the job of an app does not need.
    const { code, outputs } = await stage.apply(commit, inputs, undefined, permissions);
    expect(code).toBe(0);
    const [check] = stage.gitHub.state.checks;
    expect(outputs['check-id']).toBe(String(check?.id));
    expect(check).toMatchObject({ conclusion: 'success', title: 'Included in f00df00' });
  });

  it('is left to the app when the wait is over before its turn', async () => {
    const result = await handedOver([{ waitsFor: 3 }], { wait: '5m' });
    await expectGolden(result, 'not-over');
    expect(result.code).toBe(1);
    expect(result.outputs['reason-code']).toBe('handover-unfinished');
  });

  it('is handed over and left to the app where nobody waits', async () => {
    const result = await handedOver([{ waitsFor: 3 }], { wait: '0' });
    await expectGolden(result, 'not-waited');
    expect(result.code).toBe(0);
    expect(result.outputs['reason-code']).toBe('handed-over');
    expect(app.requests.filter((request) => request.includes('/collie/applies'))).toHaveLength(1);
  });
});

describe('a server', () => {
  it('without the route is told from one with it, with what to do', async () => {
    const result = await handedOver([{ status: 404, text: 'no such path: POST /v1/collie/applies' }]);
    expect(result.code).toBe(1);
    expect(result.outputs['reason-code']).toBe('not-supported');
    expect(lines(result, 'error').map(steady)).toEqual([
      'The control plane at 127.0.0.1:PORT takes no merges. Leave the input app-url out and set control-plane: then the job applies by itself\n',
    ]);
  });

  it('whose app is not installed says so', async () => {
    const text = 'The app is not installed on shop/telemetry';
    const result = await handedOver([{ status: 409, text }]);
    expect(result.outputs['reason-code']).toBe('conflict');
    expect(lines(result, 'error')[0]).toContain(text);
    expect(lines(result, 'error')[0]).not.toContain('goes on by itself');
  });

  it('that does not take it at once is asked again', async () => {
    const result = await handedOver([{ status: 503, text: 'starting' }, { state: 'included' }]);
    expect(result.outputs['reason-code']).toBe('included');
    expect(app.merges).toHaveLength(2);
    expect(result.summary).toContain('Included in a later merge');
  });

  it('that is away for a while is asked until it is back, which is said once', async () => {
    const away: Word = { status: 503, text: 'restarting' };
    const result = await handedOver([{}, ...Array.from({ length: 12 }, () => away), { state: 'included' }]);
    expect(result.outputs['reason-code']).toBe('included');
    expect(lines(result, 'warning').map(steady)).toEqual([
      'The control plane at 127.0.0.1:PORT answered 503 for /collie/applies/17: restarting. The server could not do it; its log says why. The app has the merge; it is asked again.\n',
    ]);
  });

  it('that stays away ends the job with the wait, and not the apply', async () => {
    const result = await handedOver([{ state: 'applying' }, { status: 503, text: 'gone' }], { wait: '2m' });
    expect(result.outputs['reason-code']).toBe('handover-unfinished');
    expect(lines(result, 'error')).toEqual([
      'After 2 min the app is still applying it. The app goes on by itself; run the job again to see how it ends.',
    ]);
  });

  it.each([
    [{ status: 400, text: 'no' }, 'refused'],
    [{ status: 404, text: 'resource not found' }, 'not-found'],
  ])('that answers %j once it has the merge ends the job, and not the apply', async (word, reason) => {
    const result = await handedOver([{}, word]);
    expect(result.outputs['reason-code']).toBe(reason);
    expect(lines(result, 'error')[0]).toMatch(/The app has the merge and goes on by itself/);
    expect(result.summary).toContain('goes on by itself');
  });
});

it('a job that is cancelled while it waits says that the app goes on by itself', async () => {
  const cancel = new AbortController();
  const cut = await handedOver(
    [
      { waitsFor: 1 },
      () => {
        cancel.abort();
        return { waitsFor: 1 };
      },
    ],
    {},
    cancel.signal,
  );
  expect(cut.code).toBe(130);
  expect(lines(cut, 'error')[0]).toBe(
    'Cancelled. The app has the merge and goes on by itself; run the job again to see how it ends.',
  );
  expect(cut.outputs).toMatchObject({ decision: 'stop', 'reason-code': 'cancelled' });
});

it('takes along what the job asks for, and says what is kept', async () => {
  await handedOver([{ state: 'included' }], {
    paths: 'bindplane\nk8s',
    rollout: 'manual',
    prune: 'true',
    'require-reviewed': 'true',
    'fail-on': 'warning',
    'collector-version': '0.129.0',
  });
  expect(app.merges[0]?.options).toEqual({
    paths: ['bindplane', 'k8s'],
    rollout: 'manual',
    prune: true,
    requireReviewed: true,
    failOn: 'warning',
    collectorVersion: '0.129.0',
  });
});

describe('a merge that the app applies', () => {
  it('waits for its turn, prints what the app does, and follows the rollout to its end', async () => {
    let done: Awaited<ReturnType<typeof appliedBehind>>;
    const result = await handedOver([
      { waitsFor: 2 },
      { waitsFor: 2 },
      { waitsFor: 1 },
      {},
      { state: 'applying' },
      async () => {
        done = await appliedBehind(stage.bindplane.url, stage.repository.work, commit);
        return { state: 'applying', steps: done.steps?.slice(0, 2) ?? [] };
      },
      () => done,
    ]);
    await expectGolden(result, 'applied');
    expect(result.code).toBe(0);
    expect(result.outputs).toMatchObject({
      'reason-code': 'applied',
      decision: 'continue',
      'rollout-ids': 'shop-gateway:2',
    });
  });

  it('again has nothing left to do; its rollout is looked at', async () => {
    const result = await handedOver([{ state: 'applied' }]);
    expect(lines(result, 'info')).toContain(
      'look at the rollout of shop-gateway: unchanged: version 2 is rolled out',
    );
    expect(result.outputs).toMatchObject({ 'reason-code': 'no-changes', changes: '0', 'rollout-ids': '' });
    expect(result.code).toBe(0);
  });

  it('and whose rollout is undone fails the job, with the agents’ own words', async () => {
    const words = "'metrics' has invalid keys: k8s.pod.volume.usage";
    const errors = [{ message: words, agents: [{ name: 'gateway-a', version: '1.86.0' }], findings: [] }];
    const totals = { agents: 1, offered: 1, applied: 0, refused: 1, restored: 1, neverSaw: 0 };
    const result = await handedOver([STARTED], {}, undefined, [view('rolled-back', { errors, totals })]);
    expect(result.code).toBe(1);
    expect(result.outputs).toMatchObject({
      'reason-code': 'rollout-failed',
      'rollout-ids': 'shop-gateway:2',
    });
    expect(result.summary).toContain(words);
    expect(result.log.join('\n')).toContain(words);
  });

  it('and whose rollout goes on after the wait fails the job', async () => {
    const result = await handedOver([STARTED], { wait: '1m' }, undefined, [view('started')]);
    expect(result.outputs['reason-code']).toBe('rollout-unfinished');
    expect(lines(result, 'error')[0]).toContain('not over after 60 s');
  });

  it('and whose rollout a later merge takes over is fine', async () => {
    const newer = view('started', { fromVersion: 2, toVersion: 3 });
    const result = await handedOver([STARTED], {}, undefined, [view('replaced'), newer]);
    expect(result.code).toBe(0);
    expect(lines(result, 'info')).toContain(
      'wait for the rollout of shop-gateway: done: a newer version took the place of version 2',
    );
  });

  it('and whose rollout is long past is fine', async () => {
    // The server has version 2 and tells of no rollout any more.
    const result = await handedOver([{ state: 'applied', started: ['shop-gateway:1'] }], {}, undefined, []);
    expect(result.code).toBe(0);
    expect(lines(result, 'info')).toContain(
      'wait for the rollout of shop-gateway: done: a newer version took the place of version 1',
    );
  });

  it('and that the server renders otherwise is rolled out to nobody', async () => {
    const said = 'the server renders shop-gateway differently from what was reviewed; no rollout is started';
    const result = await handedOver([
      {
        state: 'failed',
        reason: 'gate-zero',
        sentence: 'The server renders shop-gateway otherwise than what was reviewed.',
        differences: ['shop-gateway'],
        steps: [
          { text: 'update Configuration shop-gateway', state: 'done', said: 'configured, version 2' },
          { text: "read the server's renders back", state: 'failed', said },
          { text: 'roll out shop-gateway', state: 'skipped', said: 'not done' },
        ],
      },
    ]);
    await expectGolden(result, 'gate-zero');
    expect(result.outputs['reason-code']).toBe('gate-zero');
    expect(result.code).toBe(1);
  });

  it('and that fails before its first step says why', async () => {
    const sentence = 'GitHub does not give the files of this commit.';
    const result = await handedOver([{ state: 'failed', reason: 'apply-failed', sentence }]);
    expect(lines(result, 'error')).toEqual([sentence]);
    expect(result.outputs['reason-code']).toBe('apply-failed');
    expect(result.summary).toContain(sentence);
  });
});

it('a plan asks the same server', async () => {
  app = await startAppStandIn(stage.bindplane.url, []);
  const result = await stage.plan(await stage.propose(3), { 'app-url': app.url });
  expect(result.code).toBe(0);
  expect(app.requests).toContain('GET /v1/configurations');
  expect(writes()).toEqual([]);
});
