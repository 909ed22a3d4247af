import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../app/config.ts';
import { Audit } from '../../../app/identity/audit.ts';
import type { StoredResource } from '../../../app/store/store.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import { API_KEY, TestApp, rawConfiguration, scratchFolder } from '../../support/app.ts';
import { ManualClock } from '../manual-clock.ts';

let scratch: ReturnType<typeof scratchFolder>;
let server: TestApp;

beforeEach(async () => {
  scratch = scratchFolder();
  server = await TestApp.start(scratch.path);
});

afterEach(async () => {
  await server.close();
  scratch.remove();
});

/** Every entry, oldest first, as one line: who, what, what came of it. */
async function told(): Promise<readonly string[]> {
  const { body } = await server.call('GET', '/v1/collie/audit');
  return body.entries
    .toReversed()
    .map(({ actor, action, result, changes, from }: any) =>
      [
        `${actor.kind} ${actor.name} from ${from}: ${action}: ${result}`,
        ...changes.map(({ object, did, version, state }: any) =>
          [did, object, version, state].filter((part) => part !== undefined).join(' '),
        ),
      ].join(' | '),
    );
}

describe('where a request comes from', () => {
  const from = async (forwarded: string): Promise<string> => {
    const headers = { 'x-bindplane-api-key': API_KEY, 'x-forwarded-for': forwarded };
    await server.call(
      'POST',
      '/v1/apply',
      { resources: [rawConfiguration(`c${forwarded.length}`, 'x')] },
      headers,
    );
    const { body } = await server.call('GET', '/v1/collie/audit?limit=1');
    return body.entries[0].from;
  };

  it('is not believed on a stranger’s word', async () => {
    expect(await from('10.9.8.7')).toBe('127.0.0.1');
  });

  it('is what a trusted proxy says, and not what its client made up', async () => {
    await server.close();
    server = await TestApp.start(scratch.path, { COLLIE_TRUSTED_PROXIES: '127.0.0.0/8, 10.1.0.0/16' });
    expect(await from('6.6.6.6, 192.0.2.7, 10.1.2.3')).toBe('192.0.2.7');
  });

  it.each(['proxy.example', '10.0.0.0/40', '10.0.0.0/8/8', '0.0.0.0/0'])('%s is nobody to trust', (proxy) => {
    const environment = { COLLIE_TRUSTED_PROXIES: proxy };
    expect(() => readConfig({ environment, readFile: () => undefined })).toThrow(
      'COLLIE_TRUSTED_PROXIES holds',
    );
  });
});

describe('the audit log', () => {
  it('tells who changed what, once for each request', async () => {
    await server.call('POST', '/v1/apply', {
      resources: [rawConfiguration('node', 'one'), rawConfiguration('edge', 'one')],
    });
    await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'one')] });
    await server.call('POST', '/v1/rollouts/node/start', { options: null });
    const { body } = await server.call('POST', '/v1/collie/tokens', { name: 'ci', scopes: ['apply'] });
    const token = { 'x-bindplane-api-key': body.key };
    await server.call('DELETE', '/v1/configurations/edge', undefined, token);
    await server.call('POST', '/v1/rollouts/node/start', { options: null }, token);
    await server.call('DELETE', `/v1/collie/tokens/${body.token.id}`);
    expect((await told()).map((line) => line.replaceAll(body.token.id, 'ID'))).toEqual([
      'api-key API key from 127.0.0.1: POST /v1/apply: done | put Configuration/node 1 | put Configuration/edge 1',
      'api-key API key from 127.0.0.1: POST /v1/apply: unchanged',
      'api-key API key from 127.0.0.1: POST /v1/rollouts/node/start: done | put Rollout/node 1 started',
      'api-key API key from 127.0.0.1: POST /v1/collie/tokens: done | put Token/ci ID',
      'token ci from 127.0.0.1: DELETE /v1/configurations/edge: done | delete Configuration/edge',
      'token ci from 127.0.0.1: POST /v1/rollouts/node/start: denied',
      'api-key API key from 127.0.0.1: DELETE /v1/collie/tokens/ID: done | revoke Token/ID',
    ]);
  });

  it('tells nothing of what was refused whole, or only read', async () => {
    await server.call('GET', '/v1/agents');
    await server.call('POST', '/v1/apply', { resources: [{ kind: 'Nothing' }] });
    await server.call('DELETE', '/v1/sources/absent');
    expect(await told()).toEqual([]);
  });

  it('comes in pages', async () => {
    for (let version = 1; version <= 5; version += 1) {
      await server.call('POST', '/v1/apply', { resources: [rawConfiguration(`c${version}`, 'x')] });
    }
    const first = await server.call('GET', '/v1/collie/audit?limit=2');
    const second = await server.call('GET', `/v1/collie/audit?limit=2&before=${first.body.next}`);
    const last = await server.call('GET', `/v1/collie/audit?limit=2&before=${second.body.next}`);
    const objects = (answer: typeof first) =>
      answer.body.entries.map((entry: any) => entry.changes[0].object);
    expect([objects(first), objects(second), objects(last)]).toEqual([
      ['Configuration/c5', 'Configuration/c4'],
      ['Configuration/c3', 'Configuration/c2'],
      ['Configuration/c1'],
    ]);
    expect(last.body.next).toBeNull();
  });

  it('names no more than 200 changes of one request, and counts the rest', async () => {
    const resources = Array.from({ length: 203 }, (_, index) => rawConfiguration(`c${index}`, 'x'));
    await server.call('POST', '/v1/apply', { resources });
    const { body } = await server.call('GET', '/v1/collie/audit');
    expect(body.entries[0].changes).toHaveLength(200);
    expect(body.entries[0].more).toBe(3);
  });
});

it('SEC-86: the database refuses to change or remove an entry', async () => {
  await server.call('POST', '/v1/apply', { resources: [rawConfiguration('node', 'one')] });
  await server.close();
  const database = new DatabaseSync(join(scratch.path, 'collie.sqlite'));
  expect(() => database.exec("UPDATE audit SET entry = '{}'")).toThrow('the audit log is append-only');
  expect(() => database.exec('DELETE FROM audit')).toThrow('the audit log is append-only');
  database.close();
  server = await TestApp.start(scratch.path);
  expect(await told()).toHaveLength(1);
});

describe('SEC-86: an entry and its change', () => {
  const actor = { kind: 'user', id: 'ada', name: 'ada' } as const;
  const request = { actor, from: '10.0.0.1', action: 'POST /v1/apply' };
  const resource: StoredResource = {
    kind: 'Source',
    name: 'a',
    version: 1,
    id: 'a-1',
    document: { kind: 'Source' },
    modifiedAt: 0,
  };

  it('are both gone when the transaction fails', async () => {
    const audit = new Audit(new ManualClock());
    const store = audit.over(await openSqliteStore(':memory:', () => 0));
    const failing = audit.run(request, () =>
      store.transaction(async (tables) => {
        await tables.resources.put(resource);
        throw new Error('power cut');
      }),
    );
    await expect(failing).rejects.toThrow('power cut');
    expect(await store.resources.list('Source')).toEqual([]);
    expect(await store.audit.list(10)).toEqual([]);
  });

  it('are both gone when the entry cannot be written', async () => {
    const audit = new Audit(new ManualClock());
    const opened = await openSqliteStore(':memory:', () => 0);
    const refuse = async (): Promise<void> => {
      throw new Error('disk full');
    };
    const store = audit.over({
      ...opened,
      transaction: (work) =>
        opened.transaction((tables) => work({ ...tables, audit: { ...tables.audit, append: refuse } })),
    });
    const failing = audit.run(request, () => store.transaction((tables) => tables.resources.put(resource)));
    await expect(failing).rejects.toThrow('disk full');
    expect(await store.resources.list('Source')).toEqual([]);
  });

  it('go together for a write outside a transaction as well', async () => {
    const audit = new Audit(new ManualClock());
    const store = audit.over(await openSqliteStore(':memory:', () => 0));
    await audit.run(request, () => store.resources.put(resource));
    expect(await store.audit.list(10)).toMatchObject([
      { actor, changes: [{ object: 'Source/a', did: 'put', version: 1 }] },
    ]);
    await store.resources.delete('Source', 'a');
    expect(await store.audit.list(10), 'what nobody asked for is nobody’s').toHaveLength(1);
  });
});
