import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationError } from '../ports/operation-error.ts';
import type { Repository, RepositoryFile } from '../ports/repository.ts';
import { IO_LIMITS } from './limits.ts';
import { isUnder, isYamlPath } from './paths.ts';

/** Folders that never hold a team's resources. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules', '.collie']);

/** Whether anything below `folder` can be wanted; globs are tried on files alone. */
function mayContain(folder: string, paths: readonly string[]): boolean {
  return (
    paths.length === 0 ||
    paths.some(
      (wanted) => /[*?[{]/.test(wanted) || wanted.startsWith(`${folder}/`) || isUnder(folder, [wanted]),
    )
  );
}

async function readFileOf(root: string, path: string, isLink: boolean): Promise<RepositoryFile> {
  if (isLink) return { path, problem: 'symlink', size: 0 };
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
}

/**
 * YAML files on disk under `paths` (relative to `root`), sorted by path. Symbolic links are reported, never followed.
 */
export async function diskFiles(root: string, paths: readonly string[]): Promise<readonly RepositoryFile[]> {
  const found: { path: string; isLink: boolean }[] = [];
  let seen = 0;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const item of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (++seen > IO_LIMITS.maxTreeEntries || found.length > IO_LIMITS.maxFiles) {
        throw new OperationError({
          code: 'repository-too-large',
          message: `${root} holds more than ${IO_LIMITS.maxFiles} YAML files`,
          hint: 'Name the folders to read',
        });
      }
      if (item.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(item.name) && mayContain(path, paths)) folders.push(path);
      } else if ((item.isFile() || item.isSymbolicLink()) && isYamlPath(path) && isUnder(path, paths)) {
        found.push({ path, isLink: item.isSymbolicLink() });
      }
    }
  }
  found.sort((a, b) => (a.path < b.path ? -1 : 1));
  const files: RepositoryFile[] = [];
  let total = 0;
  for (const { path, isLink } of found) {
    const file = await readFileOf(root, path, isLink);
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
  return files;
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
