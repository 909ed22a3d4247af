import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from './schema-types.ts';

/** The channel on which a change is announced: `<table> <INSERT|UPDATE|DELETE>`, never more than names (8,000 bytes fit). */
export const CHANNEL = 'collie';

/** Tables that say who is there; their changes are nobody's news, and they are written under row locks. */
const SILENT = ['collie_schema', 'leases', 'replicas'];

/**
 * What makes one database safe for several processes, as triggers so that no writer can forget it:
 * every write takes the writer's lock until its transaction ends, is announced once for each table, and gives agents'
 * rows a revision. As writers exclude each other, revisions become visible in their order. Safe to repeat.
 */
export async function watchTables(db: Kysely<Schema>): Promise<void> {
  await sql`
    create or replace function collie_writes() returns void language sql as
    $$ select pg_advisory_xact_lock(hashtext('collie'), hashtext(current_schema())) $$`.execute(db);
  await sql`
    create or replace function collie_before() returns trigger language plpgsql as
    $$ begin perform collie_writes(); return null; end $$`.execute(db);
  await sql`
    create or replace function collie_after() returns trigger language plpgsql as
    $$ begin perform pg_notify('${sql.raw(CHANNEL)}', tg_table_name || ' ' || tg_op); return null; end $$`.execute(
    db,
  );
  await sql`create sequence if not exists collie_revision`.execute(db);
  await sql`
    create or replace function collie_revise() returns trigger language plpgsql as
    $$ begin new.revision := nextval('collie_revision'); return new; end $$`.execute(db);
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(db);
  for (const { name } of tables.rows) {
    if (SILENT.includes(name)) continue;
    const table = sql.table(name);
    await sql`
      create or replace trigger collie_before before insert or update or delete on ${table}
      for each statement execute function collie_before()`.execute(db);
    await sql`
      create or replace trigger collie_after after insert or update or delete on ${table}
      for each statement execute function collie_after()`.execute(db);
  }
  await sql`
    create or replace trigger collie_revise before insert or update on agents
    for each row execute function collie_revise()`.execute(db);
}
