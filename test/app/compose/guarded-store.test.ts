import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openGuardedStore, type GuardedStore } from '../../../app/compose/guarded-store.ts';
import { Redaction } from '../../../app/identity/redaction.ts';
import { scratchFolder } from '../../support/app.ts';
import { ManualClock } from '../manual-clock.ts';

let scratch: ReturnType<typeof scratchFolder>;

beforeEach(() => {
  scratch = scratchFolder();
});

afterEach(() => scratch.remove());

function open(store: string, encryptionKeys: readonly string[] = []): Promise<GuardedStore> {
  return openGuardedStore({ store, encryptionKeys }, new ManualClock(), new Redaction([]));
}

it('says in words that a file is no folder of a store', async () => {
  const file = join(scratch.path, 'file');
  writeFileSync(file, '');
  await expect(open(file)).rejects.toMatchObject({ code: 'store-unusable' });
});

it('keeps the key that it made, and makes none in a folder that another process holds', async () => {
  const folder = join(scratch.path, 'new');
  const first = await open(folder);
  const key = readFileSync(join(folder, 'encryption.key'), 'utf8');
  await expect(open(folder)).rejects.toMatchObject({ code: 'store-in-use' });
  await first.store.close();
  const second = await open(folder);
  expect(readFileSync(join(folder, 'encryption.key'), 'utf8')).toBe(key);
  await second.store.close();
});

it('lets go of the store when its key is none', async () => {
  await expect(open(scratch.path, ['short'])).rejects.toMatchObject({ code: 'bad-settings' });
  const opened = await open(scratch.path);
  await opened.store.close();
});
