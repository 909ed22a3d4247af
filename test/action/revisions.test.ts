import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionEvent } from '../../src/action/event.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { endsOf } from '../../src/action/revisions.ts';
import { EMPTY_TREE, gitRepository } from '../../src/io/git.ts';
import { action, type ActionResult } from './support.ts';

let root: string;
let first: string;
let main: string;
let head: string;
let merge: string;

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' }).trim();
}

function commit(file: string): string {
  writeFileSync(join(root, file), `${file}\n`);
  git('add', '-A');
  git('commit', '-q', '-m', file);
  return git('rev-parse', 'HEAD');
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'collie-revisions-'));
  git('init', '-q', '-b', 'main');
  first = commit('a.yaml');
  git('checkout', '-q', '-b', 'change');
  head = commit('b.yaml');
  git('checkout', '-q', 'main');
  // Somebody else merged meanwhile.
  main = commit('c.yaml');
  git('checkout', '-q', '--detach');
  git('merge', '-q', '--no-ff', '-m', 'merge', 'change');
  merge = git('rev-parse', 'HEAD');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function event(fields: Partial<ActionEvent>): ActionEvent {
  const nothing: ActionEvent = {
    name: 'push',
    apiUrl: '',
    serverUrl: '',
    owner: 'shop',
    repo: 'telemetry',
    sha: merge,
    branch: 'main',
    defaultBranch: 'main',
    untrusted: [],
  };
  return { ...nothing, ...fields };
}

describe('what is compared', () => {
  it('on a pull request: what would be merged now, with the base as it is now', async () => {
    const pullRequest = { number: 1, headSha: head, baseSha: first, baseRef: 'main', fork: false };
    const ends = await endsOf(gitRepository(root), root, event({ name: 'pull_request', pullRequest }));
    expect(ends).toEqual({ base: main, head: merge });
  });

  it('on a pull request whose head is checked out: the head, with where it left the base', async () => {
    const pullRequest = { number: 1, headSha: head, baseSha: main, baseRef: 'main', fork: false };
    const ends = await endsOf(gitRepository(root), root, event({ sha: head, pullRequest }));
    expect(ends).toEqual({ base: first, head });
  });

  it('on a push of a merge without what was before: its first parent, never everything', async () => {
    expect(await endsOf(gitRepository(root), root, event({}))).toEqual({ base: main, head: merge });
  });

  it('on a push of a first commit: everything', async () => {
    const ends = await endsOf(gitRepository(root), root, event({ sha: first }));
    expect(ends).toEqual({ base: EMPTY_TREE, head: first });
  });
});

describe('SEC-02: where the job has secrets', () => {
  const pull = { number: 1, head: { sha: '' }, base: { sha: '', ref: 'main' } };
  const run = async (name: string, checkedOut: string, payload: JsonMap): Promise<ActionResult> => {
    git('checkout', '-q', '--detach', checkedOut);
    return action({
      environment: { GITHUB_EVENT_NAME: name, GITHUB_WORKSPACE: root, GITHUB_SHA: main },
      event: payload,
    });
  };
  const target = (): JsonMap => ({
    pull_request: { ...pull, head: { sha: head }, base: { sha: main, ref: 'main' } },
  });

  it.each(['head', 'merge'] as const)('a checkout of the %s ends the run before it reads', async (which) => {
    const { code, log, outputs } = await run(
      'pull_request_target',
      which === 'head' ? head : merge,
      target(),
    );
    expect(code).toBe(1);
    expect(log.join('\n')).toContain("the pull request's own commit is checked out; nothing of it was read");
    expect(outputs).toMatchObject({ decision: 'stop', 'reason-code': 'untrusted-checkout' });
    expect(outputs['plan-path']).toBeUndefined();
  });

  it('a checkout of a pull request that started another workflow does too', async () => {
    const event = { workflow_run: { event: 'pull_request', head_sha: head } };
    expect((await run('workflow_run', head, event)).code).toBe(1);
  });

  it('the base may be checked out: the pull request is read from git objects alone', async () => {
    expect((await run('pull_request_target', main, target())).code).toBe(0);
  });

  it('on pull_request, which has no secrets of strangers, nothing is refused', async () => {
    expect((await run('pull_request', merge, target())).code).toBe(0);
  });
});
