import type { IdentityTables, StoredCredential } from '../../../app/store/identity.ts';
import { alreadyThere } from '../../../app/store/store-errors.ts';
import type { Database } from './database.ts';
import { byBytes, type Run } from './tables.ts';

function inOrder<T>(rows: ReadonlyMap<string, T>): T[] {
  return [...rows.keys()].sort(byBytes).flatMap((key) => rows.get(key) ?? []);
}

/** Tables of the identity room (contract: `app/store/identity.ts`). */
export function identityTables(database: Database, run: Run): IdentityTables {
  const { tokens, enrolmentKeys, credentials, audit } = database.rows;
  const newestFirst = (a: StoredCredential, b: StoredCredential): number =>
    b.issuedAt - a.issuedAt || byBytes(a.id, b.id);
  return {
    tokens: {
      list: () => run('tokens.list', () => inOrder(tokens)),
      get: (id) => run('tokens.get', () => tokens.get(id)),
      add: (token) =>
        run('tokens.add', () => {
          const { id, source } = token;
          const isTaken = [...tokens.values()].some(
            (other) => source !== undefined && other.source === source,
          );
          if (isTaken || tokens.has(id)) return false;
          database.write('tokens', id, token);
          return true;
        }),
      revoke: (id, revokedAt) =>
        run('tokens.revoke', () => {
          const token = tokens.get(id);
          if (token === undefined || token.revokedAt !== undefined) return false;
          database.write('tokens', id, { ...token, revokedAt });
          return true;
        }),
      forget: (at) =>
        run('tokens.forget', () => {
          for (const { id, expiresAt } of tokens.values()) {
            if (expiresAt !== undefined && expiresAt < at) database.write('tokens', id, undefined);
          }
        }),
    },
    enrolmentKeys: {
      list: () => run('enrolmentKeys.list', () => inOrder(enrolmentKeys)),
      get: (id) => run('enrolmentKeys.get', () => enrolmentKeys.get(id)),
      add: (key) =>
        run('enrolmentKeys.add', () => {
          if (enrolmentKeys.has(key.id)) throw alreadyThere('enrolment_keys');
          database.write('enrolmentKeys', key.id, key);
        }),
      revoke: (id, revokedAt) =>
        run('enrolmentKeys.revoke', () => {
          const key = enrolmentKeys.get(id);
          if (key === undefined || key.revokedAt !== undefined) return false;
          database.write('enrolmentKeys', id, { ...key, revokedAt });
          return true;
        }),
    },
    credentials: {
      list: () =>
        run('credentials.list', () =>
          [...credentials.values()].sort((a, b) => byBytes(a.uid, b.uid) || newestFirst(a, b)),
        ),
      get: (id) => run('credentials.get', () => credentials.get(id)),
      of: (uid) =>
        run('credentials.of', () =>
          [...credentials.values()].filter((credential) => credential.uid === uid).sort(newestFirst),
        ),
      byCertificate: (fingerprint) =>
        run('credentials.byCertificate', () => {
          const same = [...credentials.values()].filter(({ certificate }) => certificate === fingerprint);
          return same.sort(newestFirst)[0];
        }),
      put: (credential) =>
        run('credentials.put', () => database.write('credentials', credential.id, credential)),
    },
    audit: {
      append: (entry) =>
        run('audit.append', () => {
          if (audit.has(entry.id)) throw alreadyThere('audit');
          database.write('audit', entry.id, entry);
        }),
      list: (limit, before) =>
        run('audit.list', () => {
          const entries = inOrder(audit).reverse();
          return entries.filter(({ id }) => before === undefined || byBytes(id, before) < 0).slice(0, limit);
        }),
    },
  };
}
