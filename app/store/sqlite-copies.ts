import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { OperationError } from '../../src/ports/operation-error.ts';
import { pendingSteps } from './pending-steps.ts';
import { versionOf } from './sqlite.ts';
import { checkWhole, holdFolder, STORE_FILE } from './sqlite-file.ts';

/**
 * Copies the store in a folder to `file`, also while a server uses it: the copy is the store at one moment, whole and
 * checked, readable by its owner alone (it holds secrets). Rejects with OperationError when there is no store or `file`
 * is there already.
 */
export async function backUp(folder: string, file: string): Promise<void> {
  const path = join(folder, STORE_FILE);
  if (!existsSync(path)) {
    throw problem('store-missing', `There is no store in ${folder}`, 'Name its folder with --store');
  }
  if (existsSync(file)) throw problem('file-exists', `${file} is there already`, 'Name a file that is not');
  const source = new DatabaseSync(path, { readOnly: true });
  const unfinished = `${file}.unfinished`;
  try {
    await backup(source, unfinished);
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(unfinished);
  // A backup is one file: nothing of it may stay in a log beside it.
  copy.exec('PRAGMA journal_mode = DELETE');
  checkWhole(copy, unfinished);
  copy.close();
  putInPlace(unfinished, file);
}

/**
 * Puts a backup in the place of the store in a folder; what was there is kept beside it under the name it gives. Rejects
 * with OperationError when a server uses the folder, the backup is damaged, or a newer Collie wrote it; nothing is
 * changed then.
 */
export async function restore(
  folder: string,
  file: string,
  now: number,
): Promise<{ readonly kept?: string }> {
  if (!existsSync(file)) {
    throw problem('file-missing', `There is no file ${file}`, 'Name a file that collie store backup wrote');
  }
  const hold = holdFolder(folder, now);
  try {
    const path = join(folder, STORE_FILE);
    const unfinished = `${path}.unfinished`;
    rmSync(unfinished, { force: true });
    const source = new DatabaseSync(file, { readOnly: true });
    try {
      checkWhole(source, file);
      pendingSteps(versionOf(source), file);
      await backup(source, unfinished);
    } finally {
      if (source.isOpen) source.close();
    }
    const kept = existsSync(path) ? `${path}.before-restore-${now}` : undefined;
    if (kept !== undefined) foldLog(path);
    if (kept !== undefined) renameSync(path, kept);
    putInPlace(unfinished, path);
    return kept === undefined ? {} : { kept };
  } finally {
    hold.release();
  }
}

/** Brings what stands in the write-ahead log into the file, so that the file alone is the store. */
function foldLog(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } catch {
    // A damaged store is kept as it is: it is restored over because it is damaged.
  } finally {
    database.close();
  }
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

/** Durable before it has its name, and its name durable too. */
function putInPlace(unfinished: string, file: string): void {
  chmodSync(unfinished, 0o600);
  sync(unfinished);
  renameSync(unfinished, file);
  sync(dirname(file));
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function problem(code: string, message: string, hint: string): OperationError {
  return new OperationError({ code, message, hint });
}
