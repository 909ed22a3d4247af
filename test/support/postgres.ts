import { spawn, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { QueryResult } from 'pg';
import { Client } from 'pg';

/** PostgreSQL refuses to run as root; tests that do hand it to the user that owns nothing. */
const NOBODY = 65_534;

/** Not ordered byte by byte: what the store promises must not come from the database's own collation. */
const LOCALE = ['-E', 'UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];

const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/lib/postgresql/17/bin',
  '/usr/lib/postgresql/16/bin',
  '/usr/lib/postgresql/15/bin',
];

const INITDB = programOf('initdb');
const POSTGRES = programOf('postgres');

/** Why tests against a real PostgreSQL cannot run here; undefined where they can. */
export const NO_POSTGRES: string | undefined =
  INITDB === undefined || POSTGRES === undefined
    ? 'initdb and postgres are not installed here (a server package such as postgresql-15 has them)'
    : undefined;

if (NO_POSTGRES !== undefined) {
  process.stderr.write(`Tests with a real PostgreSQL are skipped: ${NO_POSTGRES}\n`);
}

function programOf(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * A PostgreSQL server for the tests of one process, in a temporary folder and on a Unix socket alone. It is started when
 * it is first asked for (about a second) and ends with the process, whatever becomes of that.
 */
export class TestPostgres {
  static #running: Promise<TestPostgres> | undefined;
  readonly #folder: string;
  #databases = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static running(): Promise<TestPostgres> {
    return (TestPostgres.#running ??= TestPostgres.#start());
  }

  /** Nothing is synced to the disk: no test pulls the plug. */
  static async #start(): Promise<TestPostgres> {
    if (INITDB === undefined || POSTGRES === undefined) throw new Error(NO_POSTGRES);
    const folder = mkdtempSync(join(tmpdir(), 'collie-pg-'));
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    if ('uid' in user) chownSync(folder, NOBODY, NOBODY);
    const data = join(folder, 'data');
    const flags = ['-D', data, '-U', 'collie', '-A', 'trust', ...LOCALE, '--no-sync'];
    const made = spawnSync(INITDB, flags, { ...user, cwd: folder, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);
    // The shell's input ends with this process; then it ends the server and takes the folder away.
    const script = '"$0" "$@" & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid; cd /; rm -rf "$FOLDER"';
    const settings = ['fsync=off', 'listen_addresses=', 'max_connections=60', 'logging_collector=off'];
    const server = spawn(
      '/bin/sh',
      ['-c', script, POSTGRES, '-D', data, '-k', folder, ...settings.flatMap((item) => ['-c', item])],
      { ...user, cwd: folder, stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, FOLDER: folder } },
    );
    const postgres = new TestPostgres(folder);
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      if (server.exitCode !== null) throw new Error('postgres did not start');
      if (existsSync(join(folder, '.s.PGSQL.5432')) && (await postgres.#answers())) {
        server.unref();
        return postgres;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    server.stdin.end();
    throw new Error('postgres did not answer');
  }

  /** The URL of a new and empty database. */
  async database(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query('postgres', `create database ${name}`);
    return this.#url(name);
  }

  /** The URL of a new and empty schema: as good as a database for one process, and much faster made. */
  async schema(): Promise<string> {
    this.#databases += 1;
    const name = `schema_${this.#databases}`;
    await this.query('postgres', `create schema ${name}`);
    return `${this.#url('postgres')}&options=${encodeURIComponent(`-c search_path=${name}`)}`;
  }

  /** Runs statements as another program would. */
  async query(database: string, text: string): Promise<QueryResult> {
    const client = new Client({
      connectionString: database.includes('://') ? database : this.#url(database),
    });
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }

  #url(database: string): string {
    return `postgres://collie@localhost/${database}?host=${encodeURIComponent(this.#folder)}`;
  }

  async #answers(): Promise<boolean> {
    return this.query('postgres', 'select 1').then(
      () => true,
      () => false,
    );
  }
}
