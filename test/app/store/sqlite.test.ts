import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  existsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../../app/store/migrations.ts';
import { backUp, restore } from '../../../app/store/sqlite-copies.ts';
import { openFile, wrongPragmas } from '../../../app/store/sqlite-file.ts';
import { sqliteDialect } from '../../../app/store/sqlite-dialect.ts';
import { openSqliteStore, SQLITE_COLUMNS, versionOf } from '../../../app/store/sqlite.ts';
import type { Schema } from '../../../app/store/schema-types.ts';
import { agentRecord } from '../../contracts/store.ts';
import type { Store } from '../../../app/store/store.ts';
import { scratchFolder } from '../../support/app.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

let scratch: ReturnType<typeof scratchFolder>;
let folder: string;
let open: Store[] = [];

beforeEach(() => {
  scratch = scratchFolder();
  folder = join(scratch.path, 'store');
});

afterEach(async () => {
  for (const store of open) await store.close();
  open = [];
  scratch.remove();
});

async function opened(): Promise<Store> {
  const store = await openSqliteStore(folder, () => NOW);
  open.push(store);
  return store;
}

async function closed(): Promise<void> {
  for (const store of open) await store.close();
  open = [];
}

function put(store: Store, name: string): Promise<void> {
  return store.resources.put({ kind: 'Source', name, version: 1, id: name, document: {}, modifiedAt: NOW });
}

async function names(): Promise<string[]> {
  return (await (await opened()).resources.list('Source')).map(({ name }) => name);
}

describe('the file', () => {
  it('is opened with the settings that durability rests on (REL-26)', () => {
    const database = openFile(join(scratch.path, 'x.sqlite'));
    const pragma = (name: string): unknown =>
      Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map(pragma)).toEqual([
      'wal',
      2,
      1,
      5000,
    ]);
    database.exec('PRAGMA synchronous = NORMAL');
    expect(wrongPragmas(database)).toEqual(['synchronous=2']);
    database.close();
  });

  it('is for its owner alone', async () => {
    await opened();
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect(mode(folder)).toBe(0o700);
    expect(mode(join(folder, 'collie.sqlite'))).toBe(0o600);
  });

  it('is for one process, and the sentence names who has it', async () => {
    await opened();
    await expect(openSqliteStore(folder, () => NOW)).rejects.toMatchObject({
      code: 'store-in-use',
      message: expect.stringMatching(
        new RegExp(
          `is in use by another Collie \\(process ${process.pid} on .+, since 2026-01-02T03:04:05.000Z\\)$`,
        ),
      ),
      hint: expect.stringContaining('A folder is for one process'),
    });
    await closed();
    await opened();
  });

  it.skipIf(!existsSync('/proc/self'))(
    'in a place where the kernel makes no folders is refused at once (needs /proc)',
    { timeout: 5000 },
    async () => {
      await expect(openSqliteStore('/proc/none/deeper', () => NOW)).rejects.toMatchObject({
        code: 'store-unusable',
        message: expect.stringContaining("mkdir '/proc/none'"),
      });
    },
  );

  it('that is damaged is refused, with what to do', async () => {
    const store = await opened();
    for (let index = 0; index < 200; index += 1) await put(store, `source-${index}`);
    await closed();
    const path = join(folder, 'collie.sqlite');
    truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
    await expect(opened()).rejects.toMatchObject({
      code: 'store-damaged',
      hint: 'Put the last backup in its place with collie store restore; nothing was changed',
    });
    writeFileSync(path, 'no database at all, but long enough to be looked at '.repeat(100));
    await expect(opened()).rejects.toMatchObject({ code: 'store-damaged' });
  });

  it('that is full says so when it is written to, and takes what comes when there is room again', async () => {
    await (await opened()).close();
    open = [];
    const database = openFile(join(folder, 'collie.sqlite'));
    const db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
    const config = { hash: 'h', text: 'x'.repeat(100_000) };
    const write = (): Promise<unknown> => db.insertInto('effective_configs').values(config).execute();
    database.exec('PRAGMA max_page_count = 1');
    await expect(write()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('full'),
      hint: expect.stringContaining('has room'),
      retryable: true,
    });
    database.exec('PRAGMA max_page_count = 1000000');
    await write();
    await db.destroy();
  });

  it('of an older schema is migrated, and kept as it was before (REL-29)', async () => {
    await olderStore();
    const store = await opened();
    expect((await store.agents.list()).map(({ labels }) => labels)).toEqual([{ kept: 'yes' }]);
    const copy = new DatabaseSync(join(folder, 'collie.sqlite.schema-1'), { readOnly: true });
    expect(versionOf(copy)).toBe(1);
    expect(copy.prepare('select labels from agents').all()).toEqual([{ labels: '{"kept":"yes"}' }]);
    copy.close();
  });

  /** A store as the first schema had it. */
  async function olderStore(): Promise<void> {
    mkdirSync(folder);
    const database = new DatabaseSync(join(folder, 'collie.sqlite'));
    const db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
    await MIGRATIONS[0]?.up(db, SQLITE_COLUMNS);
    const record = JSON.stringify(agentRecord('u1'));
    database
      .prepare('insert into agents (uid, record, labels) values (?, ?, ?)')
      .run('u1', record, '{"kept":"yes"}');
    database.exec('PRAGMA user_version = 1');
    await db.destroy();
  }
});

describe('what was acknowledged', () => {
  it('is there after kill -9', { timeout: 20_000 }, async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    writer.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > 40) writer.kill('SIGKILL');
    });
    await once(writer, 'exit');
    const acknowledged = Number(
      said
        .trim()
        .split('\n')
        .filter((line) => said.includes(`${line}\n`))
        .at(-1),
    );
    expect(acknowledged).toBeGreaterThanOrEqual(39);
    const store = await opened();
    const [a, b] = [
      await store.resources.history('Source', 'a'),
      await store.resources.history('Source', 'b'),
    ];
    expect(a.length).toBeGreaterThanOrEqual(acknowledged);
    expect(
      b.map(({ version }) => version),
      'all or nothing',
    ).toEqual(a.map(({ version }) => version));
    expect(
      a.map(({ version }) => version),
      'no gaps',
    ).toEqual(Array.from(a, (_, index) => a.length - index));
  });
});

describe('backup and restore', () => {
  it('copy a store that is in use, and put it back', async () => {
    const file = join(scratch.path, 'backup.sqlite');
    const store = await opened();
    await put(store, 'before');
    await backUp(folder, file);
    await put(store, 'after');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(scratch.path).toSorted(), 'one file, nothing beside it').toEqual([
      'backup.sqlite',
      'store',
    ]);
    await closed();
    const { kept } = await restore(folder, file, NOW);
    expect(await names()).toEqual(['before']);
    await closed();
    expect(kept).toBe(join(folder, `collie.sqlite.before-restore-${NOW}`));
    copyFileSync(kept ?? '', join(folder, 'collie.sqlite'));
    expect(await names()).toEqual(['after', 'before']);
  });

  it('restore into a folder that has nothing', async () => {
    await put(await opened(), 'a');
    const file = join(scratch.path, 'backup.sqlite');
    await backUp(folder, file);
    await closed();
    folder = join(scratch.path, 'another');
    expect(await restore(folder, file, NOW)).toEqual({});
    expect(await names()).toEqual(['a']);
  });

  it('change nothing while a server runs, or when the backup cannot be used', async () => {
    const file = join(scratch.path, 'backup.sqlite');
    const store = await opened();
    await put(store, 'a');
    await backUp(folder, file);
    await expect(backUp(folder, file)).rejects.toMatchObject({ code: 'file-exists' });
    await expect(backUp(join(scratch.path, 'nowhere'), `${file}2`)).rejects.toMatchObject({
      code: 'store-missing',
    });
    await expect(restore(folder, file, NOW)).rejects.toMatchObject({ code: 'store-in-use' });
    await closed();
    await expect(restore(folder, `${file}2`, NOW)).rejects.toMatchObject({ code: 'file-missing' });
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 9999');
    newer.close();
    await expect(restore(folder, file, NOW)).rejects.toMatchObject({ code: 'store-newer' });
    writeFileSync(file, readFileSync(file).subarray(0, 4096 * 3));
    await expect(restore(folder, file, NOW)).rejects.toMatchObject({ code: 'store-damaged' });
    expect(await names()).toEqual(['a']);
  });
});
