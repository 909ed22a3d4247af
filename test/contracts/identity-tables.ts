import { describe, expect, it } from 'vitest';
import type { AuditEntry, StoredCredential, StoredToken } from '../../app/store/identity.ts';
import type { Store } from '../../app/store/store.ts';

const NOW = 1_790_000_000_000;

function token(id: string, change: Partial<StoredToken> = {}): StoredToken {
  return { id, name: `name ${id}`, hash: 'h', scopes: ['read'], createdAt: NOW, createdBy: 'ada', ...change };
}

function credential(id: string, change: Partial<StoredCredential> = {}): StoredCredential {
  return { id, uid: 'agent-1', project: 'default', labels: {}, state: 'offered', issuedAt: NOW, ...change };
}

function entry(id: string): AuditEntry {
  const actor = { kind: 'user', id: 'ada', name: 'ada' } as const;
  return {
    id,
    at: NOW,
    actor,
    from: '10.0.0.1',
    action: 'POST',
    request: id,
    result: 'done',
    changes: [],
    more: 0,
  };
}

/** What every store promises of tokens, keys, credentials and the audit log (`app/store/identity.ts`). */
export function identityContract(opened: () => Store): void {
  describe('tokens', () => {
    it('come back as they were put, and one of each source', async () => {
      const store = opened();
      const long = token('b', { expiresAt: NOW + 1, source: 'github:1', scopes: ['apply', 'rollout'] });
      expect(await store.tokens.add(token('a'))).toBe(true);
      expect(await store.tokens.add(long)).toBe(true);
      expect(await store.tokens.add(token('c', { source: 'github:1' }))).toBe(false);
      expect(await store.tokens.list()).toEqual([token('a'), long]);
      expect(await store.tokens.get('b')).toEqual(long);
      expect(await store.tokens.get('c')).toBeUndefined();
    });

    it('are revoked once, and forgotten when they ended', async () => {
      const store = opened();
      await store.tokens.add(token('a'));
      await store.tokens.add(token('b', { expiresAt: NOW }));
      expect(await store.tokens.revoke('a', NOW + 5)).toBe(true);
      expect(await store.tokens.revoke('a', NOW + 6)).toBe(false);
      expect(await store.tokens.revoke('nobody', NOW)).toBe(false);
      expect((await store.tokens.get('a'))?.revokedAt).toBe(NOW + 5);
      await store.tokens.forget(NOW + 1);
      expect((await store.tokens.list()).map(({ id }) => id)).toEqual(['a']);
    });
  });

  it('enrolment keys come back as they were put, and are revoked once', async () => {
    const store = opened();
    const key = {
      id: 'k',
      name: 'prod',
      hash: 'h',
      project: 'default',
      labels: { env: 'prod' },
      createdAt: NOW,
      createdBy: 'ada',
    };
    await store.enrolmentKeys.add(key);
    expect(await store.enrolmentKeys.get('k')).toEqual(key);
    expect(await store.enrolmentKeys.revoke('k', NOW + 1)).toBe(true);
    expect(await store.enrolmentKeys.revoke('k', NOW + 2)).toBe(false);
    expect(await store.enrolmentKeys.list()).toEqual([{ ...key, revokedAt: NOW + 1 }]);
  });

  it('credentials are found by id, agent and certificate, the newest first', async () => {
    const store = opened();
    const older = credential('a', { certificate: 'f1' });
    const newer = credential('b', { certificate: 'f2', issuedAt: NOW + 1, labels: { env: 'prod' } });
    await store.credentials.put(older);
    await store.credentials.put(newer);
    await store.credentials.put(credential('c', { uid: 'agent-2' }));
    expect(await store.credentials.of('agent-1')).toEqual([newer, older]);
    expect(await store.credentials.byCertificate('f1')).toEqual(older);
    expect(await store.credentials.byCertificate('f3')).toBeUndefined();
    await store.credentials.put({ ...older, state: 'active', seenAt: NOW + 2 });
    expect(await store.credentials.get('a')).toEqual({ ...older, state: 'active', seenAt: NOW + 2 });
    expect((await store.credentials.list()).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });

  it('the audit log gives entries newest first, in pages, and keeps each one', async () => {
    const store = opened();
    for (const id of ['1', '2', '3']) await store.audit.append(entry(id));
    expect((await store.audit.list(2)).map(({ id }) => id)).toEqual(['3', '2']);
    expect(await store.audit.list(2, '2')).toEqual([entry('1')]);
    await expect(store.audit.append(entry('1'))).rejects.toMatchObject({ code: 'conflict', retryable: true });
    expect(await store.audit.list(10)).toHaveLength(3);
  });

  it('an entry is gone with the transaction that it stands in', async () => {
    const store = opened();
    const failing = store.transaction(async (tables) => {
      await tables.audit.append(entry('1'));
      await tables.tokens.add(token('a'));
      throw new Error('power cut');
    });
    await expect(failing).rejects.toThrow('power cut');
    expect(await store.audit.list(10)).toEqual([]);
    expect(await store.tokens.list()).toEqual([]);
  });
}
