import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STORES } from '../../../app/store/index.ts';
import { storeContract, type StoreUnderTest } from '../../contracts/store.ts';
import { NO_POSTGRES, TestPostgres } from '../../support/postgres.ts';

const folders = mkdtempSync(join(tmpdir(), 'collie-stores-'));
let postgres: TestPostgres | undefined;

beforeAll(async () => {
  if (NO_POSTGRES === undefined) postgres = await TestPostgres.running();
});

afterAll(async () => {
  rmSync(folders, { recursive: true, force: true });
});

let places = 0;

/** Where each member keeps its stores, and what a newer Collie would have left there. */
const PLACES: Readonly<Record<string, Omit<StoreUnderTest, 'open'>>> = {
  sqlite: {
    place: async () => join(folders, String((places += 1))),
    age: async (folder) => {
      const database = new DatabaseSync(join(folder, 'collie.sqlite'));
      database.exec('PRAGMA user_version = 9999');
      database.close();
    },
  },
  postgres: {
    place: async () => (await postgres?.schema()) ?? '',
    age: async (url) => void (await postgres?.query(url, 'update collie_schema set version = 9999')),
  },
};

for (const member of STORES) {
  const { name } = member;
  const places = PLACES[name];
  const skipped = name === 'postgres' && NO_POSTGRES !== undefined;
  describe.skipIf(skipped)(`${name} of the list`, () => {
    storeContract(name, () => {
      if (places === undefined) throw new Error(`${name} has no place in this test`);
      return { ...places, open: (location, now) => member.open(location, now) };
    });
  });
}

it('each location is for one store', () => {
  const of = (location: string): string[] =>
    STORES.filter((member) => member.accepts(location)).map(({ name }) => name);
  expect(of('./.collie')).toEqual(['sqlite']);
  expect(of('/var/lib/collie')).toEqual(['sqlite']);
  expect(of('postgres://collie@db/collie')).toEqual(['postgres']);
  expect(of('postgresql://collie@db/collie')).toEqual(['postgres']);
  expect(of('mysql://collie@db/collie')).toEqual([]);
});
