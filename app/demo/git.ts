import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const AUTHOR = {
  GIT_AUTHOR_NAME: 'shop platform',
  GIT_AUTHOR_EMAIL: 'platform@shop.example',
  GIT_COMMITTER_NAME: 'shop platform',
  GIT_COMMITTER_EMAIL: 'platform@shop.example',
  // The same files give the same commits, so that two runs tell the same story to the letter.
  GIT_AUTHOR_DATE: '2026-01-05T09:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-05T09:00:00Z',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** One act: the branch it is proposed on, the pull request's title and body, the folder of changed files. */
export interface Act {
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly folder: string;
}

/** A working copy and the bare repository it pushes to, made anew for each run from plain folders. */
export interface DemoRepository {
  readonly bare: string;
  readonly work: string;
  /** Commits the act's files on its own branch, pushes it, and returns the head commit. */
  propose(act: Act): Promise<{ readonly head: string; readonly base: string }>;
  /** Brings the working copy to the tip of main in the bare repository and returns that commit. */
  update(): Promise<string>;
}

/** Creates both repositories under `folder` with `base` as the first commit on main. */
export async function createRepository(folder: string, base: string): Promise<DemoRepository> {
  const bare = join(folder, 'shop.git');
  const work = join(folder, 'shop');
  await rm(bare, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await git(folder, 'init', '-q', '--bare', '-b', 'main', bare);
  await git(folder, 'init', '-q', '-b', 'main', work);
  await cp(base, work, { recursive: true });
  await git(work, 'add', '-A');
  await git(work, 'commit', '-q', '-m', 'How the shop’s collectors are configured');
  await git(work, 'remote', 'add', 'origin', bare);
  await git(work, 'push', '-q', 'origin', 'main');

  async function update(): Promise<string> {
    await git(work, 'fetch', '-q', 'origin');
    await git(work, 'checkout', '-q', '-B', 'main', 'origin/main');
    return git(work, 'rev-parse', 'HEAD');
  }

  async function propose(act: Act): Promise<{ head: string; base: string }> {
    const from = await update();
    await git(work, 'checkout', '-q', '-B', act.branch);
    await cp(act.folder, work, {
      recursive: true,
      filter: (source) => !source.endsWith('PULL_REQUEST.md'),
    });
    await git(work, 'add', '-A');
    await git(work, 'commit', '-q', '-m', act.title);
    await git(work, 'push', '-q', '-f', 'origin', act.branch);
    return { head: await git(work, 'rev-parse', 'HEAD'), base: from };
  }

  return { bare, work, propose, update };
}

/** Reads an act's folder: the first line of PULL_REQUEST.md is the title, the rest the body. */
export async function readAct(folder: string, branch: string): Promise<Act> {
  const text = await readFile(join(folder, 'PULL_REQUEST.md'), 'utf8');
  const [title = branch, ...rest] = text.split('\n');
  return { branch, folder, title: title.trim(), body: rest.join('\n').trim() };
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const environment = { PATH: process.env['PATH'] ?? '', HOME: folder, ...AUTHOR };
  const { stdout } = await run('git', args, { cwd: folder, env: environment });
  return stdout.trim();
}
