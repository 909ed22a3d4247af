import { realpath } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { folderRepository, pathKind } from '../io/disk.ts';
import { gitRepository, gitTopLevel } from '../io/git.ts';
import { isReadPath } from '../io/paths.ts';
import type { Repository } from '../ports/repository.ts';
import { UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** The repository that PATH arguments lie in, and which of its files they name. */
export interface Inputs {
  readonly repository: Repository;
  /** Absolute path of the top: places in findings are relative to it. */
  readonly root: string;
  readonly git: boolean;
  /** Relative to the top, `/`-separated; empty means everything. */
  readonly paths: readonly string[];
  /** Those of `paths` that are files: what is broken in them is always told. */
  readonly named: ReadonlySet<string>;
}

/** The part of a glob before its first wildcard, as a folder. */
function globBase(path: string): string {
  const plain = path.split('/').slice(
    0,
    path.split('/').findIndex((part) => /[*?[{]/.test(part)),
  );
  return plain.length === 0 ? '.' : plain.join('/') || '/';
}

interface Located {
  /** Real folder the path lies in (or is). */
  readonly folder: string;
  /** Real path, or the real folder and the glob. */
  readonly path: string;
  readonly isFile: boolean;
}

async function locate(argument: string, directory: string): Promise<Located> {
  const absolute = resolve(directory, argument);
  const kind = await pathKind(absolute);
  if (kind === 'missing') {
    if (!/[*?[{]/.test(argument)) throw new UsageError(`${argument} does not exist`);
    const base = resolve(directory, globBase(argument));
    const folder = await realpath(base).catch(() => {
      throw new UsageError(`${argument} names no folder that exists`);
    });
    return { folder, path: `${folder}${sep}${relative(base, absolute)}`, isFile: false };
  }
  if (kind === 'folder') {
    const folder = await realpath(absolute);
    return { folder, path: folder, isFile: false };
  }
  // A link to a folder is one the person named: it is followed; a link to a file is reported as what it is.
  const target = kind === 'other' ? await realpath(absolute).catch(() => absolute) : absolute;
  if (kind === 'other' && (await pathKind(target)) === 'folder') {
    return { folder: target, path: target, isFile: false };
  }
  if (!isReadPath(absolute)) throw new UsageError(`${argument} is no YAML file (.yaml or .yml)`);
  const folder = await realpath(dirname(absolute));
  return { folder, path: `${folder}${sep}${basename(absolute)}`, isFile: true };
}

/**
 * The repository and paths that PATH arguments mean (default: the current folder). Inside git the top is the working tree's; outside
 * it is the folder named (the common one of several). Throws UsageError for what does not exist and for
 * files that are not read.
 */
export async function inputsOf(
  args: readonly string[],
  terminal: Pick<Terminal, 'directory'>,
): Promise<Inputs> {
  const located = await Promise.all(
    (args.length === 0 ? ['.'] : args).map((path) => locate(path, terminal.directory)),
  );
  const tops = new Set(await Promise.all(located.map(({ folder }) => gitTopLevel(folder))));
  if (tops.size > 1) {
    throw new UsageError('The paths lie in different repositories; give those of one at a time');
  }
  const [top] = tops;
  const root = top === undefined ? commonFolder(located.map(({ folder }) => folder)) : await realpath(top);
  const toRelative = (path: string): string => relative(root, path).split(sep).join('/');
  const relatives = located.map(({ path }) => toRelative(path));
  return {
    repository: top === undefined ? folderRepository(root) : gitRepository(root),
    root,
    git: top !== undefined,
    paths: relatives.includes('') ? [] : relatives,
    named: new Set(located.filter(({ isFile }) => isFile).map(({ path }) => toRelative(path))),
  };
}

function commonFolder(folders: readonly string[]): string {
  const [first = '/', ...rest] = folders;
  let common = first.split(sep);
  for (const folder of rest) {
    const parts = folder.split(sep);
    const length = common.findIndex((part, index) => parts[index] !== part);
    if (length !== -1) common = common.slice(0, length);
  }
  return common.join(sep) || sep;
}
