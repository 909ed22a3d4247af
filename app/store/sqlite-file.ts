import { chmodSync, existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperationError } from '../../src/ports/operation-error.ts';

/** The file of the store in its folder. */
export const STORE_FILE = 'collie.sqlite';

/** WAL with synchronous=FULL: what was acknowledged survives a power cut (REL-26). */
const PRAGMAS = [
  ['busy_timeout', 5000],
  ['journal_mode', 'wal'],
  ['synchronous', 2],
  ['foreign_keys', 1],
] as const;

/** File systems on which locks or memory maps of other machines do not hold (statfs(2)): NFS, SMB, CIFS. */
const NETWORK_TYPES = [0x69_69, 0x51_7b, 0xff_53_4d_42, 0xfe_53_4d_42];

/** One process's hold of a folder; it ends with the process, whatever becomes of it. */
export interface Hold {
  release(): void;
}

/**
 * Takes a folder for this process alone, and makes it where it is missing. The lock is one of the operating system's (on
 * a file of its own, so that the store can be read for a backup meanwhile); who holds it is written beside it for people.
 * Throws OperationError `store-in-use` or `store-unusable`.
 */
export function holdFolder(folder: string, since: number): Hold {
  const owner = join(folder, 'collie.owner');
  let database: DatabaseSync | undefined;
  try {
    // Rendered configs hold secrets, so the folder is for its owner alone.
    makeFolder(resolve(folder));
    if (NETWORK_TYPES.includes(statfsSync(folder).type)) {
      throw new Error('it is on a network file system, where locks of several machines cannot be relied on');
    }
    const lock = new DatabaseSync(join(folder, 'collie.lock'));
    database = lock;
    lock.exec('PRAGMA locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(
      owner,
      `process ${process.pid} on ${hostname()}, since ${new Date(since).toISOString()}\n`,
      { mode: 0o600 },
    );
    return { release: () => lock.close() };
  } catch (cause) {
    database?.close();
    if (!isBusy(cause)) throw unusable(folder, cause);
    throw new OperationError({
      code: 'store-in-use',
      message: `The store ${folder} is in use by another Collie${holder(owner)}`,
      hint: 'A folder is for one process. End the other one, name another folder in COLLIE_STORE, or let both use one PostgreSQL',
      cause,
    });
  }
}

/** `recursive` of Node's own call never comes back where the kernel makes no folders (`/proc`), so parents are made one by one. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(folder)) throw error;
  }
}

function holder(owner: string): string {
  try {
    return ` (${readFileSync(owner, 'utf8').trim().slice(0, 200)})`;
  } catch {
    return '';
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /database is locked/.test(error.message);
}

/**
 * Opens the file of a store with the settings that durability rests on, and looks whether it is whole. `:memory:` keeps
 * nothing. Throws OperationError `store-unusable` or `store-damaged`.
 */
export function openFile(path: string): DatabaseSync {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path);
    if (path !== ':memory:') chmodSync(path, 0o600);
    for (const [name, value] of PRAGMAS) database.exec(`PRAGMA ${name} = ${value}`);
  } catch (cause) {
    throw isDamage(cause) ? damaged(path, cause) : unusable(path, cause);
  }
  const wrong = path === ':memory:' ? [] : wrongPragmas(database);
  if (wrong.length > 0) {
    database.close();
    throw unusable(path, new Error(`the file system does not allow ${wrong.join(', ')}`));
  }
  checkWhole(database, path);
  return database;
}

/** Settings that are not as they were asked for: SQLite leaves them as they are without a word where it cannot do it. */
export function wrongPragmas(database: DatabaseSync): readonly string[] {
  return PRAGMAS.flatMap(([name, value]) => {
    const row = database.prepare(`PRAGMA ${name}`).get() ?? {};
    return Object.values(row)[0] === value ? [] : [`${name}=${value}`];
  });
}

/** Throws OperationError `store-damaged` when pages of the file contradict each other. */
export function checkWhole(database: DatabaseSync, path: string): void {
  let said: string;
  try {
    said = String(Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0] ?? '');
  } catch (cause) {
    said = cause instanceof Error ? cause.message : String(cause);
  }
  if (said === 'ok') return;
  database.close();
  throw damaged(path, new Error(said));
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && /malformed|not a database/.test(error.message);
}

function damaged(path: string, cause: unknown): OperationError {
  return new OperationError({
    code: 'store-damaged',
    message: `The store ${path} is damaged: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'Put the last backup in its place with collie store restore; nothing was changed',
    cause,
  });
}

function unusable(path: string, cause: unknown): OperationError {
  return new OperationError({
    code: 'store-unusable',
    message: `The store ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'COLLIE_STORE names a folder on a local disk that this process may write to',
    cause,
  });
}
