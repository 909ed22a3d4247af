import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { errorText, OperationError } from '../ports/operation-error.ts';
import type { Repository, RepositoryFile } from '../ports/repository.ts';
import { IO_LIMITS } from './limits.ts';
import { isUnder, isReadPath, leadsThrough } from './paths.ts';

/** Folders that never hold a team's resources. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules', '.collie']);

/** Whether anything below `folder` can be wanted. */
function mayContain(folder: string, paths: readonly string[]): boolean {
  return (
    paths.length === 0 ||
    paths.some(
      (wanted) =>
        wanted.startsWith(`${folder}/`) || isUnder(folder, [wanted]) || leadsThrough(wanted, folder),
    )
  );
}

/** The system's words for an error, without the path (which the finding has). */
function reasonOf(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined;
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : errorText(error);
}

/** An item of a listing that is neither a folder nor an ordinary file. */
function problemOf(item: Dirent): RepositoryFile['problem'] {
  if (item.isSymbolicLink()) return 'symlink';
  return item.isFile() ? undefined : 'special';
}

async function readFileOf({ path, problem }: Listed, root: string): Promise<RepositoryFile> {
  if (problem !== undefined) return { path, problem, size: 0 };
  try {
    // O_NOFOLLOW: between the listing and this call the file may have been replaced by a link.
    const handle = await open(
      join(root, path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const { size } = await handle.stat();
      if (size > IO_LIMITS.maxFileBytes) return { path, problem: 'too-large', size };
      return { path, bytes: await handle.readFile(), size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { path, problem: 'unreadable', reason: reasonOf(error), size: 0 };
  }
}

interface Listed {
  readonly path: string;
  readonly problem: RepositoryFile['problem'];
}

/** What a walk found: files to read, and folders that could not be listed. */
interface Walked {
  readonly files: readonly Listed[];
  readonly unreadable: readonly RepositoryFile[];
}

async function walk(root: string, paths: readonly string[]): Promise<Walked> {
  const files: Listed[] = [];
  const unreadable: RepositoryFile[] = [];
  let seen = 0;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let items: Dirent[] = [];
    try {
      items = await readdir(join(root, folder), { withFileTypes: true });
    } catch (error) {
      const reason = reasonOf(error);
      if (folder === '') {
        throw new OperationError({
          code: 'unreadable-folder',
          message: `${root} cannot be read: ${reason}`,
          hint: 'Give this user the right to list it',
        });
      }
      unreadable.push({ path: folder, problem: 'unreadable-folder', reason, size: 0 });
    }
    for (const item of items) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (++seen > IO_LIMITS.maxTreeEntries || files.length > IO_LIMITS.maxFiles) {
        throw new OperationError({
          code: 'repository-too-large',
          message: `${root} holds more than ${IO_LIMITS.maxFiles} YAML files`,
          hint: 'Name the folders to read',
        });
      }
      if (item.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(item.name) && mayContain(path, paths)) folders.push(path);
      } else if (isReadPath(path) && isUnder(path, paths)) {
        files.push({ path, problem: problemOf(item) });
      }
    }
  }
  return { files, unreadable };
}

/**
 * YAML files on disk under `paths` (relative to `root`), sorted by path. Symbolic links are reported, never followed; what the
 * system does not let be read is reported too. Rejects with OperationError when `root` itself cannot be read or holds too much.
 */
export async function diskFiles(root: string, paths: readonly string[]): Promise<readonly RepositoryFile[]> {
  const walked = await walk(root, paths);
  const files = [...walked.unreadable];
  let total = 0;
  for (const listed of walked.files) {
    const file = await readFileOf(listed, root);
    total += file.bytes?.length ?? 0;
    if (total > IO_LIMITS.maxTotalBytes) {
      throw new OperationError({
        code: 'repository-too-large',
        message: `${root} holds more than ${IO_LIMITS.maxTotalBytes / 1024 / 1024} MB of YAML`,
        hint: 'Name the folders to read',
      });
    }
    files.push(file);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A folder outside git as a repository: every revision but `none` is what lies on disk. */
export function folderRepository(root: string): Repository {
  return {
    async resolve(revision) {
      return revision;
    },
    async mergeBase() {
      return undefined;
    },
    async files(revision, paths) {
      return revision === 'none' ? [] : diskFiles(root, paths);
    },
  };
}

/** Whether a path exists, and as what (a link counts as what it is, not what it points at). */
export async function pathKind(path: string): Promise<'file' | 'folder' | 'other' | 'missing'> {
  try {
    const stat = await lstat(path);
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'missing';
  }
}
