import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Repository, RepositoryFile } from '../ports/repository.ts';
import { EMPTY_TREE } from './git.ts';
import {
  gitHubCalls,
  integer,
  type GitHubClient,
  type JsonObject,
  record,
  records,
  text,
} from './github-client.ts';
import { IO_LIMITS } from './limits.ts';
import { isUnder, isReadPath } from './paths.ts';

/** Files of commits, read where there is no checkout. */
export interface CommitFiles extends Pick<Repository, 'files'> {
  /** The first parent; undefined for a repository's first commit. Rejects with OperationError. */
  parent(commit: string): Promise<string | undefined>;
  /** Whether any file differs between two revisions; reads no contents. Rejects with OperationError. */
  differ(a: string, b: string): Promise<boolean>;
}

export interface GitHubFilesOptions {
  /** `owner/name`. */
  readonly repository: string;
  readonly clock: Clock;
  /** What was read before; shared by all readers of a process. */
  readonly blobs: BlobMemory;
}

interface Entry {
  readonly path: string;
  readonly mode: string;
  readonly object: string;
  readonly size: number;
}

/** Contents by object id, the ones used last, of each repository its own. A content never changes. */
export class BlobMemory {
  readonly #bytes = new Map<string, Uint8Array>();
  #size = 0;

  get(key: string): Uint8Array | undefined {
    const bytes = this.#bytes.get(key);
    if (bytes === undefined) return undefined;
    this.#bytes.delete(key);
    this.#bytes.set(key, bytes);
    return bytes;
  }

  put(key: string, bytes: Uint8Array): void {
    this.#size += bytes.length - (this.#bytes.get(key)?.length ?? 0);
    this.#bytes.delete(key);
    this.#bytes.set(key, bytes);
    for (const [oldest, { length }] of this.#bytes) {
      if (this.#size <= IO_LIMITS.maxRememberedBytes) break;
      this.#bytes.delete(oldest);
      this.#size -= length;
    }
  }
}

/**
 * YAML files of a repository's commits over GitHub's API: one request a listing and one for each content not read before. Symbolic links
 * and submodules are named and never followed. Calls reject with OperationError: `repository-too-large` beyond the limits, and what
 * GitHub's refusals are; a single file that cannot be read comes back as unreadable.
 */
export function gitHubFiles(client: GitHubClient, options: GitHubFilesOptions): CommitFiles {
  const [owner = '', repo = ''] = options.repository.split('/');
  const calls = gitHubCalls(client, options.clock);
  const call = async (route: string, parameters: JsonObject): Promise<JsonObject> =>
    record(await calls(`GET /repos/{owner}/{repo}/git/${route}`, { owner, repo, ...parameters }));

  const listings = new Map<string, Promise<readonly Entry[]>>();

  function list(revision: string): Promise<readonly Entry[]> {
    const known = listings.get(revision);
    if (known !== undefined) return known;
    const listing = revision === EMPTY_TREE ? Promise.resolve([]) : entriesOf(revision);
    listings.set(revision, listing);
    return listing;
  }

  async function entriesOf(revision: string): Promise<readonly Entry[]> {
    const tree = await call('trees/{tree_sha}', { tree_sha: revision, recursive: '1' });
    if (tree['truncated'] === true) throw tooLarge('more files than GitHub lists at once');
    const files = records(tree['tree']).filter(({ type }) => type !== 'tree');
    return files.map(entryOf).filter(({ path }) => isReadPath(path));
  }

  async function read(entry: Entry): Promise<RepositoryFile> {
    const { path, size } = entry;
    const problem = problemOf(entry);
    if (problem !== undefined) return { path, size, problem };
    const key = `${options.repository.toLowerCase()} ${entry.object}`;
    const known = options.blobs.get(key);
    if (known !== undefined) return { path, size, bytes: known };
    try {
      const bytes = bytesOf(await call('blobs/{file_sha}', { file_sha: entry.object }));
      options.blobs.put(key, bytes);
      return { path, size, bytes };
    } catch (error) {
      if (!(error instanceof OperationError) || error.retryable) throw error;
      return { path, size, problem: 'unreadable', reason: error.message };
    }
  }

  return {
    async parent(commit) {
      const { parents } = await call('commits/{commit_sha}', { commit_sha: commit });
      return text(records(parents)[0]?.['sha']) || undefined;
    },
    async differ(a, b) {
      const [before, after] = await Promise.all([a, b].map(list));
      return JSON.stringify(before) !== JSON.stringify(after);
    },
    async files(revision, paths) {
      const entries = (await list(revision)).filter(({ path }) => isUnder(path, paths));
      checkLimits(entries);
      const files: RepositoryFile[] = [];
      for (let at = 0; at < entries.length; at += IO_LIMITS.maxGitHubReads) {
        files.push(...(await Promise.all(entries.slice(at, at + IO_LIMITS.maxGitHubReads).map(read))));
      }
      return files;
    },
  };
}

function entryOf(item: JsonObject): Entry {
  return {
    path: text(item['path']),
    mode: text(item['mode']),
    object: text(item['sha']),
    size: integer(item['size']),
  };
}

function problemOf({ mode, size }: Entry): RepositoryFile['problem'] {
  if (mode === '120000') return 'symlink';
  if (mode === '160000') return 'submodule';
  return size > IO_LIMITS.maxFileBytes ? 'too-large' : undefined;
}

function checkLimits(entries: readonly Entry[]): void {
  const readable = entries.filter((entry) => problemOf(entry) === undefined);
  if (readable.length > IO_LIMITS.maxGitHubFiles) {
    throw tooLarge(`${readable.length} YAML files; ${IO_LIMITS.maxGitHubFiles} are read`);
  }
  if (readable.reduce((sum, { size }) => sum + size, 0) > IO_LIMITS.maxGitHubBytes) {
    throw tooLarge(`more than ${IO_LIMITS.maxGitHubBytes / 1_048_576} MB of YAML`);
  }
}

function bytesOf(blob: JsonObject): Uint8Array {
  if (text(blob['encoding']) === 'base64') return Buffer.from(text(blob['content']), 'base64');
  throw new OperationError({
    code: 'rejected',
    message: `GitHub sent it as ${text(blob['encoding']) || 'nothing known'} instead of base64`,
    hint: '',
  });
}

function tooLarge(what: string): OperationError {
  return new OperationError({
    code: 'repository-too-large',
    message: `The repository is too large to be read through GitHub's API: it has ${what}`,
    hint: 'Keep the collector resources in a repository of their own',
  });
}
