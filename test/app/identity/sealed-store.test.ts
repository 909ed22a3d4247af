import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { createCipher, makeEncryptionKey } from '../../../app/identity/cipher.ts';
import { sealedStore } from '../../../app/identity/sealed-store.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import { eventsOf } from '../../../src/core/rollout/events.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import type { Store } from '../../../app/store/store.ts';
import { agentRecord, storeContract } from '../../contracts/store.ts';

const folders = mkdtempSync(join(tmpdir(), 'collie-sealed-'));
const KEY = makeEncryptionKey();
const CANARY = 'hunter2-the-canary';
let places = 0;

afterAll(() => rmSync(folders, { recursive: true, force: true }));

const place = async (): Promise<string> => join(folders, String((places += 1)));

async function open(location: string, ...keys: readonly string[]): Promise<Store> {
  return openAt(location, () => 0, ...keys);
}

async function openAt(location: string, now: () => number, ...keys: readonly string[]): Promise<Store> {
  return sealedStore(await openSqliteStore(location, now), createCipher(keys));
}

storeContract('sealed sqlite', () => ({
  place,
  open: (location, now) => openAt(location, now, KEY),
  age: async (folder) => {
    const database = new DatabaseSync(join(folder, 'collie.sqlite'));
    database.exec('PRAGMA user_version = 9999');
    database.close();
  },
}));

/** Writes the canary into every place that may hold a secret. */
async function plant(store: Store): Promise<void> {
  const document = { kind: 'Source', spec: { parameters: [{ name: 'password', value: CANARY }] } };
  await store.transaction(async (tables) => {
    await tables.resources.put({ kind: 'Source', name: 'a', version: 1, id: 'a', document, modifiedAt: 0 });
    await tables.configs.put({
      hash: 'h',
      configuration: 'node',
      version: 1,
      text: `password: ${CANARY}`,
      raw: `inline: ${CANARY}`,
    });
    await tables.configs.putEffective('e', `password: ${CANARY}`);
    const config = { hash: 'h', state: 'failed', message: `cannot decode ${CANARY}`, at: 0 } as const;
    const pools = { 'shop/gateway': { healthy: false, status: '0/3', lastError: CANARY } };
    const health = { healthy: false, lastError: CANARY, status: '', digest: 'd', pools };
    const connectionSettings = { hash: 'h', state: 'failed', message: CANARY } as const;
    const packages = [{ name: 'p', version: '1', state: 'failed', message: CANARY }] as const;
    const said = { config, health, connectionSettings, packages };
    await tables.agents.put({ record: agentRecord('agent-1', said), labels: {} });
    await tables.refusals.add({ agent: 'agent-1', hash: 'h', message: CANARY, at: 0 });
    await tables.origins.put({
      configuration: 'node',
      renderHash: 'h',
      repository: 'shop/fleet',
      commit: 'c',
      digest: 'd',
      sourceMap: { tree: { password: CANARY } },
      receivedAt: 0,
    });
    const fault = { kind: 'refused', message: CANARY, at: 0 } as const;
    const rollout: Rollout = {
      id: 'r',
      configuration: 'node',
      version: 1,
      targetHash: 'h',
      state: 'failed',
      phase: 0,
      policy: {
        initial: 1,
        multiplier: 2,
        maximum: 10,
        maxErrors: 0,
        rollbackOnFailure: true,
        deadlineMs: 1,
        soakMs: 1,
        unhealthyMs: 1,
        absenceMs: 1,
      },
      members: [
        {
          agent: 'agent-1',
          name: 'a',
          version: '1',
          state: 'restored',
          fault,
          restoreMessage: CANARY,
          falls: [{ at: 0, message: CANARY }],
        },
      ],
      timeline: [{ at: 0, text: `refused: ${CANARY}` }],
      startedAt: 0,
      reason: CANARY,
      held: CANARY,
      pause: { kind: 'gate', text: CANARY },
      gates: [
        { gate: 'health', phase: 0, verdict: 'fail', action: 'pause', shadow: false, evidence: CANARY },
      ],
      checks: [{ name: 'smoke', phase: 0, verdict: 'fail', evidence: CANARY }],
    };
    const quiet: Rollout = {
      ...rollout,
      state: 'started',
      members: rollout.members.map(({ agent, name, version }) => ({
        agent,
        name,
        version,
        state: 'offered',
      })),
      timeline: [],
      reason: 'nothing yet',
    };
    await tables.rollouts.put(quiet, eventsOf(undefined, quiet, 0));
    await tables.rollouts.put(rollout, eventsOf(quiet, rollout, 1));
  });
}

function bytesIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

describe('SEC-88: what lies on disk', () => {
  it('holds no secret, in the file or beside it, while open and after; without sealing it does', async () => {
    const [sealed, plain] = [await place(), await place()];
    const store = await open(sealed, KEY);
    await plant(store);
    expect(existsSync(join(sealed, 'collie.sqlite-wal'))).toBe(true);
    expect(bytesIn(sealed)).not.toContain(CANARY);
    expect(JSON.stringify(await store.resources.list('Source'))).toContain(CANARY);
    await store.close();
    expect(bytesIn(sealed)).not.toContain(CANARY);

    const bare = await openSqliteStore(plain, () => 0);
    await plant(bare);
    await bare.close();
    expect(bytesIn(plain)).toContain(CANARY);
  });

  it('is read with the old key, and written with the new one', async () => {
    const folder = await place();
    const before = await open(folder, KEY);
    await plant(before);
    await before.close();
    const newer = makeEncryptionKey();
    const rotated = await open(folder, newer, KEY);
    expect((await rotated.configs.byHash('h'))?.text).toBe(`password: ${CANARY}`);
    await plant(rotated);
    await rotated.close();
    const after = await open(folder, newer);
    expect((await after.configs.byHash('h'))?.text).toBe(`password: ${CANARY}`);
    expect((await after.resources.get('Source', 'a'))?.document['kind']).toBe('Source');
    await after.close();
  });

  it('is refused with a sentence without its key, and the rest goes on', async () => {
    const folder = await place();
    const before = await open(folder, KEY);
    await plant(before);
    await before.close();
    const stranger = await open(folder, makeEncryptionKey());
    await expect(stranger.configs.byHash('h')).rejects.toThrow(
      /^A stored value cannot be read: it is sealed with the key [0-9a-f]{8}, which is not among the keys$/,
    );
    expect(await stranger.configs.statuses()).toEqual([]);
    await stranger.resources.put({
      kind: 'Source',
      name: 'b',
      version: 1,
      id: 'b',
      modifiedAt: 0,
      document: { kind: 'Source' },
    });
    expect((await stranger.resources.get('Source', 'b'))?.name).toBe('b');
    await stranger.close();
  });

  it('that was written before there was a key is still read', async () => {
    const folder = await place();
    const before = await openSqliteStore(folder, () => 0);
    await plant(before);
    await before.close();
    const sealed = await open(folder, KEY);
    expect((await sealed.configs.byHash('h'))?.text).toBe(`password: ${CANARY}`);
    expect((await sealed.agents.get('agent-1'))?.record.config?.message).toBe(`cannot decode ${CANARY}`);
    await sealed.close();
  });
});

describe('a sealed text', () => {
  const cipher = createCipher([KEY]);

  it('opens where it was sealed, and nowhere else', () => {
    const sealed = cipher.seal('täxt', 'resource Source/a');
    expect(cipher.open(sealed, 'resource Source/a')).toBe('täxt');
    expect(() => cipher.open(sealed, 'resource Source/b')).toThrow('it was changed since it was stored');
  });

  it('does not open with one character changed', () => {
    const sealed = cipher.seal('text', 'place');
    const at = sealed.length - 5;
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
    expect(() => cipher.open(changed, 'place')).toThrow('it was changed since it was stored');
  });

  it('is another one each time', () => {
    expect(cipher.seal('text', 'place')).not.toBe(cipher.seal('text', 'place'));
  });

  it.each(['', 'short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    'has no key %j',
    (key) => {
      expect(() => createCipher([key])).toThrow('An encryption key has 32 bytes');
    },
  );
});
