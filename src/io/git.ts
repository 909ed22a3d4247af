import { spawn } from 'node:child_process';
import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { OperationError } from '../ports/operation-error.ts';
import type { Repository, RepositoryFile } from '../ports/repository.ts';
import { diskFiles } from './disk.ts';
import { IO_LIMITS } from './limits.ts';
import { isUnder, isReadPath } from './paths.ts';

/** The revision that stands for the files on disk instead of a commit. */
export const WORKTREE = 'worktree';

/** The revision without files: the base of a first plan. */
export const EMPTY_TREE = 'none';

/** Configuration that keeps a hostile checkout from running or fetching anything while its objects are read. */
const SAFE_CONFIG = [
  'safe.directory=*',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'protocol.allow=never',
  'core.quotePath=false',
].flatMap((setting) => ['-c', setting]);

/** A commit id written out (SHA-1 or SHA-256). */
const FULL_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Objects are read from this checkout alone: no variables that point git elsewhere, no user or system configuration. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TMPDIR } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
  };
}

interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git with an argument array (never a shell); rejects only when it cannot run, hangs or prints beyond the limit. */
function git(directory: string, args: readonly string[], input?: string): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...SAFE_CONFIG, ...args], {
      cwd: directory,
      env: gitEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let late = false;
    // Not spawn's own `timeout`: where git cannot be started that one keeps the process alive until it runs out.
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, IO_LIMITS.gitTimeoutMs);
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let overflow = false;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > IO_LIMITS.maxGitListingBytes + IO_LIMITS.maxTotalBytes) {
        overflow = true;
        child.kill('SIGKILL');
        return;
      }
      chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 4096) stderr += chunk.toString('utf8');
    });
    child.stdin.on('error', () => {
      // git ended before it read everything; its exit code says why.
    });
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(
        new OperationError({
          code: 'git-missing',
          message: `git could not be started in ${directory}: ${cause.message}`,
          hint: 'Install git, or give paths outside a repository with --base none',
          cause,
        }),
      );
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (overflow || signal !== null) {
        const why = overflow
          ? 'printed more than the limit'
          : late
            ? `took longer than ${IO_LIMITS.gitTimeoutMs / 1000} s`
            : `was ended by ${signal ?? 'a signal'}`;
        reject(
          new OperationError({
            code: 'git-limit',
            message: `git ${args[0] ?? ''} ${why}`,
            hint: 'Name the folders to read (PATH arguments or the `paths` input)',
          }),
        );
        return;
      }
      resolve({ code: code ?? 1, stdout: Buffer.concat(chunks), stderr: stderr.trim() });
    });
    child.stdin.end(input ?? '');
  });
}

/** Top folder of the working tree that contains `directory`; undefined outside git or without git. */
export async function gitTopLevel(directory: string): Promise<string | undefined> {
  try {
    // The usual case, a folder with its own `.git`, needs no process.
    if ((await lstat(join(directory, '.git')).catch(() => undefined))?.isDirectory() === true) {
      return await realpath(directory);
    }
    const result = await git(directory, ['rev-parse', '--show-toplevel']);
    return result.code === 0 ? result.stdout.toString('utf8').replace(/\r?\n$/, '') : undefined;
  } catch {
    return undefined;
  }
}

/** The ref of the remote's default branch (`origin/main`), else a local `main` or `master`; undefined when there is none. */
export async function gitDefaultBranch(root: string): Promise<string | undefined> {
  const head = await git(root, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  if (head.code === 0) return head.stdout.toString('utf8').trim();
  for (const candidate of ['origin/main', 'origin/master', 'main', 'master']) {
    if ((await resolveCommit(root, candidate)) !== undefined) return candidate;
  }
  return undefined;
}

/** Whether history is cut off in this checkout. */
export async function gitIsShallow(root: string): Promise<boolean> {
  const result = await git(root, ['rev-parse', '--is-shallow-repository']);
  return result.stdout.toString('utf8').trim() === 'true';
}

/** Commit id of `HEAD`; undefined outside git. */
export async function gitCommit(root: string): Promise<string | undefined> {
  return resolveCommit(root, 'HEAD');
}

/** Parents of a commit (the first one is the branch it was merged into); none of a first commit and of one that is not here. */
export async function gitParents(root: string, commit: string): Promise<readonly string[]> {
  const result = await git(root, ['rev-list', '--no-walk', '--parents', '--end-of-options', commit]);
  // `<commit> <parent> <parent>…`
  return result.code === 0 ? result.stdout.toString('utf8').trim().split(' ').slice(1) : [];
}

async function resolveCommit(root: string, revision: string): Promise<string | undefined> {
  if (revision === '' || revision.includes('\0')) return undefined;
  const result = await git(root, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
}

interface TreeEntry {
  readonly mode: string;
  readonly object: string;
  readonly size: number;
  readonly path: string;
}

/** `git ls-tree -r -z -l`: `<mode> <type> <object> <size>\t<path>\0` (git-ls-tree(1)). */
function parseTree(listing: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const line of listing.toString('utf8').split('\0')) {
    const tab = line.indexOf('\t');
    if (tab === -1) continue;
    const [mode = '', , object = '', size = ''] = line.slice(0, tab).split(/ +/);
    entries.push({ mode, object, size: Number(size) || 0, path: line.slice(tab + 1) });
  }
  return entries;
}

function problemOf(entry: TreeEntry): RepositoryFile['problem'] {
  if (entry.mode === '120000') return 'symlink';
  if (entry.mode === '160000') return 'submodule';
  return entry.size > IO_LIMITS.maxFileBytes ? 'too-large' : undefined;
}

/** Contents by object id from `git cat-file --batch`: `<object> blob <size>\n<bytes>\n` an object. */
async function readBlobs(root: string, objects: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const blobs = new Map<string, Uint8Array>();
  if (objects.length === 0) return blobs;
  const { stdout } = await git(root, ['cat-file', '--batch'], `${objects.join('\n')}\n`);
  let at = 0;
  while (at < stdout.length) {
    const newline = stdout.indexOf(10, at);
    if (newline === -1) break;
    const [object = '', type, size = ''] = stdout.toString('latin1', at, newline).split(' ');
    if (type !== 'blob') {
      at = newline + 1;
      continue;
    }
    const start = newline + 1;
    const end = start + Number(size);
    blobs.set(object, stdout.subarray(start, end));
    at = end + 1;
  }
  return blobs;
}

/** The listing of a revision's tree; undefined when it is not here. */
async function listTree(root: string, revision: string): Promise<Buffer | undefined> {
  const commit = await idOf(root, revision);
  if (commit === undefined) return undefined;
  const { code, stdout } = await git(root, [
    'ls-tree',
    '-r',
    '-z',
    '-l',
    '--full-tree',
    '--end-of-options',
    commit,
  ]);
  return code === 0 ? stdout : undefined;
}

/** Whether a file of a checkout is part of its repository, as the index has it. `path` is absolute. */
export async function gitTracks(root: string, path: string): Promise<boolean> {
  const inside = relative(root, path).split(sep).join('/');
  if (inside === '' || inside.startsWith('../') || isAbsolute(inside)) return false;
  const { code, stdout } = await git(root, ['ls-files', '-z', '--', `:(top,literal)${inside}`]);
  return code === 0 && stdout.length > 0;
}

/** A full id needs no looking up: what uses it fails just as well when it is missing. */
async function idOf(root: string, revision: string): Promise<string | undefined> {
  return FULL_ID.test(revision) ? revision : resolveCommit(root, revision);
}

interface BlobReader {
  /** Waits for a listing; blobs are not read before every listing that goes on is there. */
  after<T>(listing: Promise<T>): Promise<T>;
  blobs(objects: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Reads each blob of a repository once, and those of revisions that are read together with one process. */
function blobReader(root: string): BlobReader {
  const known = new Map<string, Uint8Array>();
  const listings = new Set<Promise<unknown>>();
  let wanted = new Set<string>();
  let next: Promise<void> | undefined;
  const readWanted = async (): Promise<void> => {
    await Promise.allSettled(listings);
    // Whoever waited for one of them says what it wants of it.
    await turn();
    const objects = [...wanted];
    wanted = new Set();
    next = undefined;
    for (const [object, bytes] of await readBlobs(root, objects)) known.set(object, bytes);
  };
  return {
    after: (listing) => {
      listings.add(listing);
      return listing.finally(() => listings.delete(listing));
    },
    blobs: async (objects) => {
      for (const object of objects) if (!known.has(object)) wanted.add(object);
      next ??= readWanted();
      await next;
      return known;
    },
  };
}

function tooMany(what: string): OperationError {
  return new OperationError({
    code: 'repository-too-large',
    message: `The repository holds more than ${what}`,
    hint: 'Name the folders to read (PATH arguments or the `paths` input)',
  });
}

/**
 * A checkout whose revisions are read from git objects: symlinks, submodules, filters, hooks and attributes never take
 * effect. The revision `worktree` reads the files on disk (no symlink is followed), `none` has no files.
 */
export function gitRepository(root: string): Repository {
  const read = blobReader(root);

  async function treeFiles(revision: string, paths: readonly string[]): Promise<readonly RepositoryFile[]> {
    const listing = await read.after(listTree(root, revision));
    if (listing === undefined) {
      throw new OperationError({
        code: 'unknown-revision',
        message: `Revision ${revision} is not in this checkout`,
        hint: 'In a workflow, check out with fetch-depth: 0; locally, fetch it first',
      });
    }
    const entries = parseTree(listing).filter(({ path }) => isReadPath(path) && isUnder(path, paths));
    if (entries.length > IO_LIMITS.maxFiles) throw tooMany(`${IO_LIMITS.maxFiles} YAML files and scripts`);
    const readable = entries.filter((entry) => problemOf(entry) === undefined);
    if (readable.reduce((sum, { size }) => sum + size, 0) > IO_LIMITS.maxTotalBytes) {
      throw tooMany(`${IO_LIMITS.maxTotalBytes / 1024 / 1024} MB of YAML`);
    }
    const blobs = await read.blobs(readable.map(({ object }) => object));
    return entries.map((entry): RepositoryFile => {
      const problem = problemOf(entry);
      const bytes = blobs.get(entry.object);
      return {
        path: entry.path,
        size: entry.size,
        ...(problem === undefined ? {} : { problem }),
        ...(problem === undefined && bytes !== undefined ? { bytes } : {}),
      };
    });
  }

  return {
    async resolve(revision) {
      if (revision === WORKTREE || revision === EMPTY_TREE) return revision;
      return resolveCommit(root, revision);
    },
    async mergeBase(a, b) {
      const [left, right] = await Promise.all([idOf(root, a), idOf(root, b)]);
      if (left === undefined || right === undefined) return undefined;
      const result = await git(root, ['merge-base', '--end-of-options', left, right]);
      return result.code === 0 ? result.stdout.toString('utf8').trim().split('\n')[0] : undefined;
    },
    async files(revision, paths) {
      if (revision === EMPTY_TREE) return [];
      return revision === WORKTREE ? diskFiles(root, paths) : treeFiles(revision, paths);
    },
  };
}
