import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUTS, NOT_HONOURED } from '../src/action/inputs.ts';
import { planOutputs } from '../src/action/outputs.ts';
import { plan } from './support/values.ts';

/** Rules for everything GitHub runs of ours (SEC-06), and the Action's metadata against the code that reads it. */
const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.github', 'workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: number;
  readonly environment?: unknown;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: { readonly 'cancel-in-progress'?: unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}

interface ActionMetadata {
  readonly inputs: Readonly<Record<string, { readonly description?: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description?: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
}

const workflows = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});

const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as ActionMetadata;

describe.each(workflows)('$name', ({ text, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('pins every action by its full commit id and says the version', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []).filter((uses) => uses !== './');
    for (const uses of used) expect(uses).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/);
    expect([...text.matchAll(/uses: [^\s]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm)]).toHaveLength(used.length);
  });

  it('grants nothing at the top and names what each job needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeTypeOf('object');
      expect(job['timeout-minutes']).toBeTypeOf('number');
    }
  });

  it('puts no expression into a shell', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  it('leaves no token in the checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const checkout of checkouts) expect(checkout.with?.['persist-credentials']).toBe(false);
  });

  it('never runs the code of a pull request with rights of the repository', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    expect(Object.keys(workflow.on)).not.toContain('workflow_run');
  });
});

describe('a release', () => {
  const release = workflows.find(({ name }) => name === 'release.yml');

  it('waits for its turn, asks its environment, and uses no cache', () => {
    expect(release?.workflow.concurrency?.['cancel-in-progress']).toBe(false);
    expect(release?.workflow.jobs['release']?.environment).toBe('release');
    expect(release?.text).not.toMatch(/cache: (?:npm|true)|actions\/cache@/);
  });

  it('attests the bundle and puts it on the tag only', () => {
    const steps = release?.workflow.jobs['release']?.steps ?? [];
    const attested = steps.findIndex(({ uses }) => uses?.startsWith('actions/attest-build-provenance@'));
    const pushed = steps.findIndex(({ run }) => run?.includes('git push') === true);
    expect(attested).toBeGreaterThan(-1);
    expect(pushed).toBeGreaterThan(attested);
    const pushes = [...(steps[pushed]?.run ?? '').matchAll(/git push.*/g)].map(([line]) => line);
    expect(pushes.length).toBeGreaterThan(0);
    for (const push of pushes) expect(push).toContain('refs/tags/');
  });
});

describe('action.yml', () => {
  it('has the inputs that are read, the aliases of the peer, and no others', () => {
    const read = INPUTS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    const peer = ['enable_auto_rollout', ...Object.keys(NOT_HONOURED)];
    expect(Object.keys(action.inputs).sort()).toEqual([...read, ...peer].sort());
  });

  it('describes an input in the words of the code', () => {
    for (const { name, description } of INPUTS) expect(action.inputs[name]?.description).toBe(description);
  });

  it('says what each output is', () => {
    for (const { description = '' } of Object.values(action.outputs)) expect(description).not.toBe('');
  });

  it('declares every output that a plan sets', () => {
    const set = planOutputs(plan(), { cuts: [] });
    expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(Object.keys(set)));
  });

  it('declares no output that nothing sets', () => {
    const folder = join(ROOT, 'src', 'action');
    const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const code = sources.join('\n');
    const unset = Object.keys(action.outputs).filter(
      (name) => !new RegExp(`'${name}'|\\b${name}:`).test(code),
    );
    expect(unset).toEqual([]);
  });

  it('runs the bundle on Node 24', () => {
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/action.mjs',
      post: 'dist/action.mjs',
    });
  });
});

describe('.ci/run', () => {
  const path = join(ROOT, '.ci', 'run');
  const text = readFileSync(path, 'utf8');

  it('is executable and stops at the first failure', () => {
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(text).toContain('set -euo pipefail');
  });

  it('runs the tests, the checks, simulated rollouts and the real collectors, in this order', () => {
    const steps = [...text.matchAll(/^ *step '([^']+)'/gm)].map(([, name]) => name);
    expect(steps).toEqual(['npm test', 'npm run check', 'npm run sim', 'npm run test:collectors']);
  });
});
