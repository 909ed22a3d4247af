import type { Kysely } from 'kysely';
import { SqliteAdapter, sql } from 'kysely';
import type { Schema } from './schema-types.ts';

type ColumnType = Parameters<ReturnType<Kysely<Schema>['schema']['createTable']>['addColumn']>[1];

/** What the database calls a text that is compared byte by byte, and a number of milliseconds. */
interface Types {
  readonly text: ColumnType;
  readonly long: ColumnType;
}

/** Tables of tokens, enrolment keys, agents' credentials and the audit log. */
export async function identityTables(
  db: Kysely<Schema>,
  types: Types = { text: 'text', long: 'bigint' },
): Promise<void> {
  await db.schema
    .createTable('tokens')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('hash', types.text, (column) => column.notNull())
    .addColumn('scopes', types.text, (column) => column.notNull())
    .addColumn('created_at', types.long, (column) => column.notNull())
    .addColumn('created_by', types.text, (column) => column.notNull())
    .addColumn('expires_at', types.long)
    .addColumn('revoked_at', types.long)
    .addColumn('source', types.text, (column) => column.unique())
    .execute();
  await db.schema
    .createTable('enrolment_keys')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('hash', types.text, (column) => column.notNull())
    .addColumn('project', types.text, (column) => column.notNull())
    .addColumn('labels', types.text, (column) => column.notNull())
    .addColumn('created_at', types.long, (column) => column.notNull())
    .addColumn('created_by', types.text, (column) => column.notNull())
    .addColumn('revoked_at', types.long)
    .execute();
  await db.schema
    .createTable('credentials')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('uid', types.text, (column) => column.notNull())
    .addColumn('certificate', types.text)
    .addColumn('issued_at', types.long, (column) => column.notNull())
    .addColumn('credential', types.text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('credentials_uid').on('credentials').column('uid').execute();
  await db.schema.createIndex('credentials_certificate').on('credentials').column('certificate').execute();
  await db.schema
    .createTable('audit')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('at', types.long, (column) => column.notNull())
    .addColumn('entry', types.text, (column) => column.notNull())
    .execute();
  await appendOnly(db);
}

/** The database itself refuses to change or remove an entry (SEC-86). */
async function appendOnly(db: Kysely<Schema>): Promise<void> {
  if (db.getExecutor().adapter instanceof SqliteAdapter) {
    for (const verb of ['UPDATE', 'DELETE']) {
      await sql
        .raw(
          `CREATE TRIGGER audit_no_${verb.toLowerCase()} BEFORE ${verb} ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
        )
        .execute(db);
    }
    return;
  }
  await sql
    .raw(
      `CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`,
    )
    .execute(db);
  await sql
    .raw(
      'CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()',
    )
    .execute(db);
}
