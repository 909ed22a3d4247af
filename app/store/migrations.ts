import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { ColumnTypes } from './column-types.ts';
import { handovers } from './handover-migration.ts';
import { identityTables } from './identity-migration.ts';
import { rolloutLog } from './rollout-log-migration.ts';
import type { Schema } from './schema-types.ts';

/** One step of the schema. Steps only ever go forward, each in a transaction of its own (REL-29). */
export interface SchemaStep {
  readonly version: number;
  up(db: Kysely<Schema>, types: ColumnTypes): Promise<void>;
}

/**
 * Every step there ever was, in order. Append only: a released step is never changed. Replicas of the version before still
 * run while a newer one makes a step, so what they read and write must go on working: add, and take away a release later.
 */
export const MIGRATIONS: readonly SchemaStep[] = [
  { version: 1, up: first },
  { version: 2, up: replicas },
  { version: 3, up: identityTables },
  { version: 4, up: rolloutRevisions },
  { version: 5, up: rolloutLog },
  { version: 6, up: holdsAndPolicies },
  { version: 7, up: handovers },
];

async function first(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await resourcesAndConfigs(db, types);
  await agentsAndRollouts(db, types);
  await queues(db, types);
}

/**
 * What several processes on one store need to know of each other: who holds an agent's socket (`owner`), what was sent
 * over it, and the order in which rows changed (`revision`, which only a shared store counts).
 */
async function replicas(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema.alterTable('agents').addColumn('owner', types.text).execute();
  await db.schema.alterTable('agents').addColumn('sent', types.text).execute();
  await db.schema
    .alterTable('agents')
    .addColumn('revision', types.long, (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.createIndex('agents_revision').on('agents').column('revision').execute();
  await db.schema
    .createTable('leases')
    .addColumn('name', types.text, (column) => column.primaryKey())
    .addColumn('holder', types.text, (column) => column.notNull())
    .addColumn('epoch', types.long, (column) => column.notNull())
    .addColumn('expires_at', types.long, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('replicas')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('address', types.text, (column) => column.notNull())
    .addColumn('expires_at', types.long, (column) => column.notNull())
    .execute();
}

/** The name of each rollout's last writing: what was read once is not read again until it changed. */
async function rolloutRevisions(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .alterTable('rollouts')
    .addColumn('revision', types.text, (column) => column.notNull().defaultTo(''))
    .execute();
}

/** What keeps rollouts from going on, and how they go about it. */
async function holdsAndPolicies(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('holds')
    .addColumn('configuration', types.text, (column) => column.primaryKey())
    .addColumn('reason', types.text, (column) => column.notNull())
    .addColumn('by', types.text, (column) => column.notNull())
    .addColumn('at', types.long, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('policies')
    .addColumn('name', types.text, (column) => column.primaryKey())
    .addColumn('policy', types.text, (column) => column.notNull())
    .execute();
}

async function resourcesAndConfigs(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('resources')
    .addColumn('kind', types.text, (column) => column.notNull())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('id', types.text, (column) => column.notNull())
    .addColumn('document', types.text, (column) => column.notNull())
    .addColumn('modified_at', types.long, (column) => column.notNull())
    .addPrimaryKeyConstraint('resources_key', ['kind', 'name', 'version'])
    .execute();
  await db.schema
    .createTable('configs')
    .addColumn('configuration', types.text, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('hash', types.text, (column) => column.notNull())
    .addColumn('text', types.text, (column) => column.notNull())
    .addColumn('raw', types.text, (column) => column.notNull())
    .addPrimaryKeyConstraint('configs_key', ['configuration', 'version'])
    .execute();
  await db.schema.createIndex('configs_hash').on('configs').column('hash').execute();
  await db.schema
    .createTable('configuration_status')
    .addColumn('name', types.text, (column) => column.primaryKey())
    .addColumn('current', 'integer')
    .addColumn('pending', 'integer')
    .execute();
  await db.schema
    .createTable('effective_configs')
    .addColumn('hash', types.text, (column) => column.primaryKey())
    .addColumn('text', types.text, (column) => column.notNull())
    .execute();
}

async function agentsAndRollouts(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('agents')
    .addColumn('uid', types.text, (column) => column.primaryKey())
    .addColumn('record', types.text, (column) => column.notNull())
    .addColumn('labels', types.text, (column) => column.notNull())
    .addColumn('target', types.text)
    .execute();
  await db.schema
    .createTable('refusals')
    .addColumn('agent', types.text, (column) => column.notNull())
    .addColumn('hash', types.text, (column) => column.notNull())
    .addColumn('message', types.text, (column) => column.notNull())
    .addColumn('at', types.long, (column) => column.notNull())
    .addColumn('rollout', types.text)
    .addPrimaryKeyConstraint('refusals_key', ['agent', 'hash'])
    .execute();
  await db.schema
    .createTable('rollouts')
    .addColumn('seq', types.sequence.type, types.sequence.key)
    .addColumn('id', types.text, (column) => column.notNull().unique())
    .addColumn('configuration', types.text, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('open', 'integer', (column) => column.notNull())
    .addColumn('active', 'integer', (column) => column.notNull())
    .addColumn('head', types.text, (column) => column.notNull())
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
    .addColumn('rollout', types.text, (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('agent', types.text, (column) => column.notNull())
    .addColumn('member', types.text, (column) => column.notNull())
    .addPrimaryKeyConstraint('rollout_members_key', ['rollout', 'agent'])
    .execute();
}

async function queues(db: Kysely<Schema>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('origins')
    .addColumn('configuration', types.text, (column) => column.notNull())
    .addColumn('render_hash', types.text, (column) => column.notNull())
    .addColumn('commit_sha', types.text, (column) => column.notNull())
    .addColumn('origin', types.text, (column) => column.notNull())
    .addColumn('received_at', types.long, (column) => column.notNull())
    .addPrimaryKeyConstraint('origins_key', ['configuration', 'render_hash', 'commit_sha'])
    .execute();
  await db.schema
    .createTable('deliveries')
    .addColumn('seq', types.sequence.type, types.sequence.key)
    .addColumn('id', types.text, (column) => column.notNull().unique())
    .addColumn('event', types.text, (column) => column.notNull())
    .addColumn('payload', types.text, (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('reason', types.text)
    .addColumn('received_at', types.long, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('outbox')
    .addColumn('seq', types.sequence.type, types.sequence.key)
    .addColumn('key', types.text, (column) => column.notNull().unique())
    .addColumn('payload', types.text, (column) => column.notNull())
    .addColumn('body_hash', types.text, (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('reference', types.text)
    .addColumn('error', types.text)
    .execute();
}
