import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { identityTables } from './identity-migration.ts';
import type { Schema } from './schema-types.ts';

/** One step of the schema. Steps only ever go forward, each in a transaction of its own (REL-29). */
export interface SchemaStep {
  readonly version: number;
  up(db: Kysely<Schema>): Promise<void>;
}

/** Every step there ever was, in order. Append only: a released step is never changed. */
export const MIGRATIONS: readonly SchemaStep[] = [
  { version: 1, up: first },
  { version: 3, up: identityTables },
];

async function first(db: Kysely<Schema>): Promise<void> {
  await resourcesAndConfigs(db);
  await agentsAndRollouts(db);
  await queues(db);
}

async function resourcesAndConfigs(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('resources')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('modified_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('resources_key', ['kind', 'name', 'version'])
    .execute();
  await db.schema
    .createTable('configs')
    .addColumn('configuration', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('raw', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('configs_key', ['configuration', 'version'])
    .execute();
  await db.schema.createIndex('configs_hash').on('configs').column('hash').execute();
  await db.schema
    .createTable('configuration_status')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('current', 'integer')
    .addColumn('pending', 'integer')
    .execute();
  await db.schema
    .createTable('effective_configs')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('text', 'text', (column) => column.notNull())
    .execute();
}

async function agentsAndRollouts(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('agents')
    .addColumn('uid', 'text', (column) => column.primaryKey())
    .addColumn('record', 'text', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .execute();
  await db.schema
    .createTable('refusals')
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('rollout', 'text')
    .addPrimaryKeyConstraint('refusals_key', ['agent', 'hash'])
    .execute();
  await db.schema
    .createTable('rollouts')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('configuration', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('open', 'integer', (column) => column.notNull())
    .addColumn('active', 'integer', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .execute();
  // INV-07: at most one rollout of a configuration decides at any time.
  await db.schema
    .createIndex('rollouts_one_active')
    .on('rollouts')
    .column('configuration')
    .unique()
    .where(sql.ref('active'), '=', sql.lit(1))
    .execute();
  await db.schema
    .createTable('rollout_members')
    .addColumn('rollout', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('member', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('rollout_members_key', ['rollout', 'agent'])
    .execute();
}

async function queues(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('origins')
    .addColumn('configuration', 'text', (column) => column.notNull())
    .addColumn('render_hash', 'text', (column) => column.notNull())
    .addColumn('commit_sha', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('origins_key', ['configuration', 'render_hash', 'commit_sha'])
    .execute();
  await db.schema
    .createTable('deliveries')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('received_at', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('outbox')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('key', 'text', (column) => column.notNull().unique())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('body_hash', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reference', 'text')
    .addColumn('error', 'text')
    .execute();
}
