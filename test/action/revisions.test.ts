import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionEvent } from '../../src/action/event.ts';
import { endsOf } from '../../src/action/revisions.ts';
import { EMPTY_TREE, gitRepository } from '../../src/io/git.ts';

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
