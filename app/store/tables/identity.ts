import type { Kysely } from 'kysely';
import type {
  AuditEntry,
  AuditTable,
  CredentialTable,
  EnrolmentKeyTable,
  IdentityTables,
  StoredCredential,
  StoredEnrolmentKey,
  StoredToken,
  TokenTable,
} from '../identity.ts';
import type { Schema } from '../schema-types.ts';

/** Tables of the identity room over one connection or transaction (contract: `../identity.ts`). */
export function identityTablesOver(db: Kysely<Schema>): IdentityTables {
  return {
    tokens: tokenTable(db),
    enrolmentKeys: enrolmentKeyTable(db),
    credentials: credentialTable(db),
    audit: auditTable(db),
  };
}

function tokenTable(db: Kysely<Schema>): TokenTable {
  return {
    async list() {
      return (await db.selectFrom('tokens').selectAll().orderBy('id').execute()).map(storedToken);
    },
    async get(id) {
      const row = await db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : storedToken(row);
    },
    async add(token) {
      const row = {
        id: token.id,
        name: token.name,
        hash: token.hash,
        scopes: JSON.stringify(token.scopes),
        created_at: token.createdAt,
        created_by: token.createdBy,
        expires_at: token.expiresAt ?? null,
        revoked_at: token.revokedAt ?? null,
        source: token.source ?? null,
      };
      const result = await db
        .insertInto('tokens')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    async revoke(id, at) {
      const result = await db
        .updateTable('tokens')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    async forget(at) {
      await db.deleteFrom('tokens').where('expires_at', '<', at).execute();
    },
  };
}

function storedToken(row: Schema['tokens']): StoredToken {
  return {
    id: row.id,
    name: row.name,
    hash: row.hash,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `add` from a list of texts
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.source === null ? {} : { source: row.source }),
  };
}

function enrolmentKeyTable(db: Kysely<Schema>): EnrolmentKeyTable {
  return {
    async list() {
      return (await db.selectFrom('enrolment_keys').selectAll().orderBy('id').execute()).map(storedKey);
    },
    async get(id) {
      const row = await db.selectFrom('enrolment_keys').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : storedKey(row);
    },
    async add({ id, name, hash, project, labels, createdAt, createdBy, revokedAt }) {
      await db
        .insertInto('enrolment_keys')
        .values({
          id,
          name,
          hash,
          project,
          labels: JSON.stringify(labels),
          created_at: createdAt,
          created_by: createdBy,
          revoked_at: revokedAt ?? null,
        })
        .execute();
    },
    async revoke(id, at) {
      const result = await db
        .updateTable('enrolment_keys')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

function storedKey(row: Schema['enrolment_keys']): StoredEnrolmentKey {
  return {
    id: row.id,
    name: row.name,
    hash: row.hash,
    project: row.project,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `add` from a map of texts
    labels: JSON.parse(row.labels) as Record<string, string>,
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}

function credentialTable(db: Kysely<Schema>): CredentialTable {
  const all = (): ReturnType<typeof selection> => selection(db);
  return {
    async list() {
      return (await all().orderBy('uid').orderBy('issued_at', 'desc').execute()).map(storedCredential);
    },
    async get(id) {
      const row = await all().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : storedCredential(row);
    },
    async of(uid) {
      const rows = await all().where('uid', '=', uid).orderBy('issued_at', 'desc').orderBy('id').execute();
      return rows.map(storedCredential);
    },
    async byCertificate(fingerprint) {
      const row = await all()
        .where('certificate', '=', fingerprint)
        .orderBy('issued_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? undefined : storedCredential(row);
    },
    async put(credential) {
      const row = {
        id: credential.id,
        uid: credential.uid,
        certificate: credential.certificate ?? null,
        issued_at: credential.issuedAt,
        credential: JSON.stringify(credential),
      };
      await db
        .insertInto('credentials')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    },
  };
}

// eslint-disable-next-line typescript/explicit-function-return-type -- Kysely's builder type says more than anybody would write
function selection(db: Kysely<Schema>) {
  return db.selectFrom('credentials').selectAll();
}

function storedCredential(row: Schema['credentials']): StoredCredential {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from this type
  return JSON.parse(row.credential) as StoredCredential;
}

function auditTable(db: Kysely<Schema>): AuditTable {
  return {
    async append(entry) {
      await db
        .insertInto('audit')
        .values({ id: entry.id, at: entry.at, entry: JSON.stringify(entry) })
        .execute();
    },
    async list(limit, before) {
      const newest = db.selectFrom('audit').select('entry').orderBy('id', 'desc').limit(limit);
      const rows = await (before === undefined ? newest : newest.where('id', '<', before)).execute();
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `append` from this type
      return rows.map(({ entry }) => JSON.parse(entry) as AuditEntry);
    },
  };
}
