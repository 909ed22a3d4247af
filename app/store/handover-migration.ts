import type { Kysely } from 'kysely';
import type { ColumnTypes } from './column-types.ts';
import type { Schema } from './schema-types.ts';

/** Merges that were handed over, and how far each branch was worked off. */
export async function handovers(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('handovers')
    .addColumn('seq', types.sequence.type, types.sequence.key)
    .addColumn('id', types.text, (column) => column.notNull().unique())
    .addColumn('over', 'integer', (column) => column.notNull())
    .addColumn('handover', types.text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('branches')
    .addColumn('repository', types.text, (column) => column.notNull())
    .addColumn('branch', types.text, (column) => column.notNull())
    .addColumn('commit_sha', types.text, (column) => column.notNull())
    .addColumn('base_sha', types.text, (column) => column.notNull())
    .addColumn('first_sha', types.text, (column) => column.notNull())
    .addPrimaryKeyConstraint('branches_key', ['repository', 'branch'])
    .execute();
}
