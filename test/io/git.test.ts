import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  EMPTY_TREE,
  gitDefaultBranch,
  gitParents,
  gitRepository,
  gitTopLevel,
  WORKTREE,
} from '../../src/io/git.ts';
import type { RepositoryFile } from '../../src/ports/repository.ts';

let root: string;
let base: string;

function git(...args: string[]): string {
  return execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args],
    {
      cwd: root,
      encoding: 'utf8',
    },
  ).trim();
}

function write(path: string, text: string | Uint8Array): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const texts = (files: readonly RepositoryFile[]): Record<string, string | undefined> =>
  Object.fromEntries(
    files.map((file) => [file.path, file.problem ?? Buffer.from(file.bytes ?? []).toString('utf8')]),
  );

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'collie-git-'));
  git('init', '-q', '-b', 'main');
  write('a.yaml', 'a: 1\n');
  write('fleet/b.yml', 'b: 1\n');
  write('fleet/notes.md', '# no\n');
  write('fleet/größe name.yaml', 'c: ü\n');
  symlinkSync('/etc/passwd', join(root, 'fleet', 'link.yaml'));
  write('big.yaml', Buffer.alloc(7 * 1024 * 1024, 'x'));
  git('add', '-A');
  git('commit', '-q', '-m', 'one');
  base = git('rev-parse', 'HEAD');
  git('checkout', '-q', '-b', 'topic');
  write('a.yaml', 'a: 2\n');
  git('commit', '-q', '-am', 'two');
  write('a.yaml', 'a: on disk\n');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('revisions', () => {
  it('reads files of a commit from git objects, whatever lies on disk', async () => {
    const repository = gitRepository(root);
    expect(texts(await repository.files('main', ['a.yaml']))).toEqual({ 'a.yaml': 'a: 1\n' });
    expect(texts(await repository.files('topic', ['a.yaml']))).toEqual({ 'a.yaml': 'a: 2\n' });
    expect(texts(await repository.files(WORKTREE, ['a.yaml']))).toEqual({ 'a.yaml': 'a: on disk\n' });
    expect(await repository.files(EMPTY_TREE, [])).toEqual([]);
  });

  it('names the merge base and resolves what exists', async () => {
    const repository = gitRepository(root);
    expect(await repository.mergeBase('main', 'topic')).toBe(base);
    expect(await repository.resolve('topic~1')).toBe(base);
    expect(await repository.resolve('no-such-branch')).toBeUndefined();
    expect(await repository.resolve('--help')).toBeUndefined();
    expect(await gitDefaultBranch(root)).toBe('main');
    expect(await gitTopLevel(join(root, 'fleet'))).toBe(root);
  });

  it('knows the parents of a merge, of a first commit and of none', async () => {
    git('stash', '-q');
    git('checkout', '-q', '--detach', base);
    git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
    const merge = git('rev-parse', 'HEAD');
    git('checkout', '-q', 'topic');
    git('stash', 'pop', '-q');
    expect(await gitParents(root, merge)).toEqual([base, git('rev-parse', 'topic')]);
    expect(await gitParents(root, base)).toEqual([]);
    expect(await gitParents(root, '0'.repeat(40))).toEqual([]);
    expect(await gitParents(root, '--all')).toEqual([]);
  });

  it('reads two of them with three processes: two listings, then all blobs at once', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'collie-bin-'));
    const log = join(bin, 'log');
    const program = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$*" >> ${log}\nexec ${program} "$@"\n`, {
      mode: 0o755,
    });
    const [one, two] = [base, git('rev-parse', 'topic')];
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    const repository = gitRepository(root);
    const [older, newer] = await Promise.all([repository.files(one, []), repository.files(two, [])]);
    vi.unstubAllEnvs();
    const calls = readFileSync(log, 'utf8').trim().split('\n');
    expect(calls.map((call) => /ls-tree|cat-file|rev-parse/.exec(call)?.[0])).toEqual([
      'ls-tree',
      'ls-tree',
      'cat-file',
    ]);
    expect(texts(older)['a.yaml']).toBe('a: 1\n');
    expect(texts(newer)['a.yaml']).toBe('a: 2\n');
    rmSync(bin, { recursive: true });
  });

  it('says which revision is missing and what to do', async () => {
    await expect(gitRepository(root).files('0'.repeat(40), [])).rejects.toMatchObject({
      code: 'unknown-revision',
      hint: expect.stringContaining('fetch-depth'),
    });
  });
});

describe.each(['topic', WORKTREE])('files at %s', (revision) => {
  it('are YAML files below the paths; links and giants come without text', async () => {
    const found = texts(await gitRepository(root).files(revision, ['fleet', 'big.yaml']));
    expect(found).toEqual({
      'big.yaml': 'too-large',
      'fleet/b.yml': 'b: 1\n',
      'fleet/größe name.yaml': 'c: ü\n',
      'fleet/link.yaml': 'symlink',
    });
  });

  it('can be chosen by a glob', async () => {
    expect(Object.keys(texts(await gitRepository(root).files(revision, ['fleet/*.yml'])))).toEqual([
      'fleet/b.yml',
    ]);
  });
});

describe('a hostile checkout', () => {
  it('runs no filter, hook or file-system monitor while it is read', async () => {
    const trace = join(root, 'ran');
    git('config', 'filter.evil.smudge', `touch ${trace}`);
    git('config', 'core.fsmonitor', `touch ${trace}; true`);
    git('config', 'core.pager', `touch ${trace}`);
    write('.gitattributes', '*.yaml filter=evil diff=evil\n');
    await gitRepository(root).files('topic', []);
    const files = await gitRepository(root).files(WORKTREE, []);
    expect(files.length).toBeGreaterThan(0);
    expect(existsSync(trace)).toBe(false);
  });

  it('cannot be led elsewhere by GIT_ variables', async () => {
    process.env['GIT_DIR'] = '/nowhere';
    try {
      expect(await gitRepository(root).resolve('main')).toBe(base);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });
});
