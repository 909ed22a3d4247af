import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type {
  CheckRecord,
  CommentRecord,
  ReviewCommentRecord,
  ReviewRecord,
  StatusRecord,
} from '../../app/demo/github/state.ts';
import {
  ALL,
  buildAction,
  type BuiltAction,
  mergeOf,
  planned,
  pushed,
  queued,
  RAW,
  READ_ONLY,
} from './built.ts';
import { createStage, type JobStage, type Proposal } from './stage.ts';

/** Runs of the bundle in a process of its own, as a runner starts it, against a GitHub and a BindPlane on loopback. */
let action: BuiltAction;
let stage: JobStage;
/** Pull requests with the demo's acts 1 and 2: a good change, and one that agents refuse. */
let good: Proposal;
let refused: Proposal;

beforeAll(async () => {
  [action, stage] = await Promise.all([buildAction(), createStage()]);
  good = await stage.propose(1);
  refused = await stage.propose(2);
});
afterAll(async () => {
  await stage.close();
  action.remove();
});

const OUTPUTS = Object.keys(
  (
    parse(readFileSync(resolve(import.meta.dirname, '../../action.yml'), 'utf8')) as {
      outputs: Record<string, unknown>;
    }
  ).outputs,
);
const PLAN_OUTPUTS = OUTPUTS.filter((name) => name !== 'rollout-ids');

const FLEET = `apiVersion: bindplane.observiq.com/v1
kind: Fleet
metadata:
  name: canary
spec:
  configuration: shop-node
selector:
  matchLabels:
    fleet: canary
`;

/** What GitHub has on one pull request and its head commit. */
function on({ number, head }: Pick<Proposal, 'number' | 'head'>): {
  readonly comments: readonly CommentRecord[];
  readonly statuses: readonly StatusRecord[];
  readonly reviews: readonly ReviewRecord[];
  readonly lines: readonly ReviewCommentRecord[];
  readonly checks: readonly CheckRecord[];
} {
  const { comments, statuses, reviews, reviewComments, checks } = stage.gitHub.state;
  return {
    comments: comments.filter((item) => item.number === number),
    statuses: statuses.filter(({ sha }) => sha === head),
    reviews: reviews.filter((item) => item.number === number),
    lines: reviewComments.filter((item) => item.number === number),
    checks: checks.filter(({ sha }) => sha === head),
  };
}

function lines(log: string, start: string): readonly string[] {
  return log.split('\n').filter((line) => line.startsWith(start));
}

describe('a plan on a pull request', () => {
  it('is in comment, status, check, summary, log and outputs', async () => {
    const { exitCode, outputs, summary, log, state } = await planned(action, stage, good);
    expect(exitCode).toBe(0);
    const { comments, statuses, checks } = on(good);
    expect([comments.length, statuses.length, checks.length]).toEqual([1, 1, 1]);
    expect(checks).toMatchObject([
      {
        name: 'collie/plan',
        status: 'completed',
        conclusion: 'success',
        detailsUrl: `${stage.gitHub.url}/shop/telemetry/actions/runs/1`,
      },
    ]);
    expect(Object.keys(outputs).sort()).toEqual([...PLAN_OUTPUTS].sort());
    expect(outputs).toMatchObject({
      changes: '2',
      creates: '1',
      updates: '1',
      deletes: '0',
      'comment-id': String(comments[0]?.id),
      'check-id': String(checks[0]?.id),
      truncated: 'false',
      decision: 'continue',
      'reason-code': 'changes',
    });
    expect(outputs['comment-url']).toBe(
      `${stage.gitHub.url}/shop/telemetry/pull/${good.number}#issuecomment-${comments[0]?.id}`,
    );
    expect(outputs['affected-agents']).toMatch(/^\d+$/);
    expect(outputs['risk']).toMatch(/^(?:none|low|medium|high)$/);
    const { result, ...others } = outputs;
    expect(JSON.parse(result ?? '')).toEqual(others);
    expect(summary).toContain('shop-gateway');
    expect(comments[0]?.body).toContain(summary.trim());
    expect(log).toContain('shop-gateway · effective collector config');
    expect(lines(log, '::').filter((line) => !line.startsWith('::add-mask::'))).toEqual([]);
    expect(state).toEqual({ started: 'true', check: '' });
  });

  it('leaves files that a later step uploads; without `checks: write` the job has the annotations', async () => {
    const { checks: _, ...permissions } = ALL;
    const { exitCode, outputs, log, state } = await planned(action, stage, refused, {
      permissions,
    });
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ decision: 'stop', 'reason-code': 'findings', 'check-id': '' });
    expect(lines(log, '::error file=bindplane/sources.yaml')).not.toEqual([]);
    // A permission that nobody has to give is not asked for.
    expect(log).not.toContain('checks: write');
    expect(state).toEqual({ started: 'true', check: '' });
    const read = (name: string): string => readFileSync(outputs[name] ?? '', 'utf8');
    expect(JSON.parse(read('plan-path'))).toMatchObject({ digest: outputs['plan-id'] });
    const page = read('report-path');
    expect(outputs['report-path']).toMatch(/\/collie\/collie\/report\.html$/);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('k8s.pod.volume.usage');
    expect(page).not.toMatch(/<(?:script|img|link|iframe)\b/);
    expect(readFileSync(resolve(outputs['report-path'] ?? '', '../report.md'), 'utf8')).toContain('### ');
    const sarif = JSON.parse(read('sarif-path')) as { runs: { results: unknown[] }[] };
    expect(sarif.runs[0]?.results.length).toBeGreaterThan(0);
  });

  it('has its fixes on its lines, once', async () => {
    const proposal = await stage.proposeFiles({ 'bindplane/canary.yaml': FLEET });
    const run = await planned(action, stage, proposal);
    expect(run.log).toContain('Offered 1 fix as a suggestion');
    await planned(action, stage, proposal);
    const { comments, reviews, lines } = on(proposal);
    expect(reviews).toMatchObject([{ state: 'COMMENTED', commitSha: proposal.head }]);
    expect(lines).toMatchObject([{ path: 'bindplane/canary.yaml', startLine: 7, line: 9 }]);
    expect(lines[0]?.body).toContain(
      '```suggestion\n  selector:\n    matchLabels:\n      fleet: canary\n```',
    );
    expect(comments).toHaveLength(1);
  });

  it('is not told over a newer one', async () => {
    const proposal = await stage.proposeFiles({ 'bindplane/older.yaml': FLEET });
    const pull = stage.gitHub.state.repositories[0]?.pulls.get(proposal.number);
    Object.assign(pull ?? {}, { headSha: refused.head });
    const { exitCode, outputs, log, summary } = await planned(action, stage, proposal, {
      inputs: { 'fail-on': 'never' },
    });
    expect(exitCode).toBe(0);
    const { comments, statuses, lines: onLines, checks } = on(proposal);
    expect([comments, statuses, onLines]).toEqual([[], [], []]);
    expect(outputs['comment-id']).toBe('');
    expect(lines(log, '::notice')).toEqual([
      `::notice::The pull request moved on to ${refused.head.slice(0, 7)}; this plan is only in the job summary.`,
    ]);
    expect(summary).toContain('canary');
    // The check stands on the commit that was planned: it is completed, and no redder than the job.
    expect(checks).toMatchObject([{ status: 'completed', conclusion: 'neutral' }]);
  });

  it('of a fork is in summary, log and annotations; the job is green', async () => {
    const proposal = await stage.proposeFiles({ 'bindplane/fork.yaml': FLEET });
    const run = await planned(action, stage, proposal, {
      fork: true,
      permissions: READ_ONLY,
      // The server's address is no secret; its key is one, and is not there.
      inputs: { 'control-plane': stage.bindplane.url, 'api-key': '', 'fail-on': 'never' },
    });
    expect(run.exitCode).toBe(0);
    const { comments, statuses, lines: onLines, checks } = on(proposal);
    expect([comments, statuses, onLines, checks]).toEqual([[], [], [], []]);
    expect(stage.bindplane.requests).toEqual([]);
    expect(lines(run.log, '::notice')).toEqual([
      '::notice::GitHub gives no secrets to pull requests from a fork: the control plane was not asked.',
      '::notice::This pull request comes from a fork, for which GitHub gives a token that only reads: the plan is in the job summary and in this log.',
    ]);
    expect(lines(run.log, '::error')).toEqual([expect.stringMatching(/^::error file=bindplane\/fork\.yaml/)]);
    expect(run.summary).toContain('canary');
    expect(run.outputs).toMatchObject({ decision: 'continue', 'reason-code': 'changes', 'comment-id': '' });
  });
});

describe('a comment that GitHub does not take', () => {
  const POST = { method: 'POST', path: /issues\/\d+\/comments$/ };
  const message = 'Validation Failed: body is too long (maximum is 65536 characters)';

  it('as too long is written shorter, and says what is missing', async () => {
    const includes = Array.from(
      { length: 200 },
      (_, index) => `          - /var/log/application-${index}/*.log`,
    );
    const proposal = await stage.proposeFiles({
      'bindplane/raw.yaml': RAW.replace('INCLUDES', includes.join('\n').trimStart()),
    });
    stage.gitHub.fail({ ...POST, status: 422, message, times: 2 });
    const run = await planned(action, stage, proposal, { inputs: { suggestions: 'false' } });
    const { comments, lines } = on(proposal);
    const bytes = Buffer.byteLength(comments[0]?.body ?? '');
    expect(bytes).toBeLessThanOrEqual(8000);
    expect(comments[0]?.body).toContain('Left out to fit');
    expect(run.outputs).toMatchObject({ truncated: 'true', 'comment-id': String(comments[0]?.id) });
    expect(Buffer.byteLength(run.summary)).toBeGreaterThan(bytes);
    expect(lines).toEqual([]);
  });

  it('at any length fails the job; summary, status, check and outputs are there', async () => {
    const proposal = await stage.proposeFiles({
      'bindplane/b.yaml': FLEET.replace('selector', '# selector'),
    });
    stage.gitHub.fail({ ...POST, status: 422, message, times: 3 });
    const run = await planned(action, stage, proposal, { inputs: { 'fail-on': 'never' } });
    expect(run.exitCode).toBe(1);
    expect(run.outputs).toMatchObject({
      decision: 'stop',
      'reason-code': 'not-told',
      changes: '1',
      'comment-id': '',
    });
    expect(lines(run.log, '::error::')).toEqual([expect.stringContaining('body is too long')]);
    expect(run.summary).toContain('canary');
    const { statuses, checks } = on(proposal);
    expect(statuses).toHaveLength(1);
    expect(checks).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
  });
});

it('a merge queue gets the plan of all its pull requests, on its own commit; nobody gets a comment', async () => {
  const head = mergeOf(stage, mergeOf(stage, good.base, good.head), refused.head);
  const before = stage.gitHub.state.comments.length;
  const run = await queued(action, stage, { base: good.base, head }, { inputs: { mode: 'apply' } });
  expect(run.exitCode).toBe(1);
  expect(run.outputs).toMatchObject({
    changes: '4',
    'reason-code': 'findings',
    decision: 'stop',
    'comment-id': '',
  });
  expect(run.summary).toContain('shop-gateway');
  expect(run.summary).toContain('shop-node');
  expect(lines(run.log, '::notice')).toEqual([
    '::notice::On merge_group nothing is applied; this is the plan.',
  ]);
  expect(stage.gitHub.state.comments).toHaveLength(before);
  const { checks, statuses } = on({ number: 0, head });
  expect(statuses).toEqual([]);
  expect(checks).toMatchObject([{ name: 'collie/plan', status: 'completed', conclusion: 'failure' }]);
  expect(run.outputs['check-id']).toBe(String(checks[0]?.id));
  // On the lines by the check: the job does not say them once more.
  expect(checks[0]?.annotations[0]).toMatchObject({ path: 'bindplane/sources.yaml', level: 'failure' });
  expect(lines(run.log, '::error')).toEqual([
    expect.stringMatching(/^::error::🔴 .* \(findings are annotations of the check collie\/plan\)$/),
  ]);
});

it('an apply on push puts out what it started, or what is known when it fails; its check is on the pushed commit', async () => {
  for (const [name, configuration, version] of [
    ['gateway', 'shop-gateway', '1.86.0'],
    ['node', 'shop-node', '1.80.1'],
    ['cluster', 'shop-cluster', '1.94.0'],
  ] as const) {
    stage.bindplane.addAgent({ name, version, labels: { configuration, fleet: name } });
  }
  const inputs = { mode: 'apply', 'control-plane': stage.bindplane.url, wait: '0' };
  const check = (): unknown => stage.gitHub.state.checks.at(-1);
  const first = await stage.repository.update();
  const applied = await pushed(action, stage, first, { inputs });
  expect(lines(applied.log, '::error')).toEqual([]);
  expect(applied.exitCode).toBe(0);
  expect(Object.keys(applied.outputs).sort()).toEqual([...OUTPUTS].sort());
  expect(applied.outputs).toMatchObject({ decision: 'continue', 'reason-code': 'applied' });
  expect(applied.outputs['rollout-ids']?.split('\n').sort()).toEqual([
    'shop-cluster:1',
    'shop-gateway:1',
    'shop-node:1',
  ]);
  expect(check()).toMatchObject({
    sha: first,
    name: 'collie/apply',
    status: 'completed',
    conclusion: 'success',
  });
  expect(readFileSync(applied.outputs['report-path'] ?? '', 'utf8')).toContain('What was done');

  stage.bindplane.fault({
    matches: (method, path) => method === 'POST' && path === '/v1/apply',
    status: 400,
    body: JSON.stringify({ errors: ['failed to decode definition'] }),
  });
  const failed = await pushed(action, stage, await stage.merge(good), { inputs });
  expect(failed.exitCode).toBe(1);
  expect(Object.keys(failed.outputs).sort()).toEqual([...OUTPUTS].sort());
  expect(failed.outputs).toMatchObject({ decision: 'stop', 'reason-code': 'apply-failed', changes: '2' });
  expect(check()).toMatchObject({
    name: 'collie/apply',
    status: 'completed',
    conclusion: 'failure',
    title: expect.stringMatching(
      /^create Processor shop-memory-limiter: bindplane\/processors\.yaml:\d+/,
    ) as unknown,
  });
});

describe('a run that is cut off', () => {
  let silent: Server;
  beforeEach(async () => {
    // A control plane that takes requests and never answers.
    silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterEach(() => {
    silent.closeAllConnections();
    silent.close();
  });

  /** Starts a plan, and ends its process as soon as it waits for the control plane and its check is there. */
  async function cut(
    proposal: Proposal,
    signal: NodeJS.Signals,
  ): Promise<Awaited<ReturnType<typeof planned>>> {
    const { port } = silent.address() as AddressInfo;
    const asked = once(silent, 'request');
    let child: ChildProcess | undefined;
    const open = stage.gitHub.state.checks.length;
    const run = planned(action, stage, proposal, {
      inputs: { 'control-plane': `http://127.0.0.1:${port}` },
      onStart: (started) => {
        child = started;
      },
    });
    await asked;
    while (stage.gitHub.state.checks.length === open) await new Promise<void>((next) => setImmediate(next));
    child?.kill(signal);
    return run;
  }

  it('by SIGTERM completes its check and puts out what it knows', async () => {
    const proposal = await stage.propose(3);
    const run = await cut(proposal, 'SIGTERM');
    expect(run.exitCode).toBe(130);
    const { checks, comments } = on(proposal);
    expect(checks).toMatchObject([{ status: 'completed', conclusion: 'cancelled' }]);
    expect(run.outputs).toMatchObject({
      decision: 'stop',
      'reason-code': 'cancelled',
      'check-id': String(checks[0]?.id),
    });
    expect(run.summary).toContain('Cancelled before anything was done.');
    expect(run.state['check']).toBe('');
    expect(comments).toEqual([]);
  });

  it('by SIGKILL leaves its check to the process that the runner starts after the job', async () => {
    const proposal = await stage.proposeFiles({ 'bindplane/killed.yaml': FLEET });
    const { state } = await cut(proposal, 'SIGKILL');
    expect(on(proposal).checks).toMatchObject([{ status: 'in_progress' }]);
    const after = await planned(action, stage, proposal, { state });
    expect(after.exitCode).toBe(0);
    const { checks, comments } = on(proposal);
    expect(checks).toMatchObject([
      { status: 'completed', conclusion: 'cancelled', title: 'The run ended before it was done' },
    ]);
    expect(comments).toEqual([]);
    // Where nothing is left to do it does nothing.
    const requests = stage.gitHub.state.exchanges.length;
    await planned(action, stage, proposal, { state: { started: 'true', check: '' } });
    expect(stage.gitHub.state.exchanges).toHaveLength(requests);
  });
});
