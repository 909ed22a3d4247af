import type { CompiledQuery, Kysely } from 'kysely';
import type { Schema } from '../schema-types.ts';
import type { ConfigName, ConfigTable, ConfigurationStatus, StoredConfig } from '../store.ts';

/** Rendered configs, what their versions are to rollouts, and reported ones (contract: `ConfigTable`). */
export function configTable(db: Kysely<Schema>): ConfigTable {
  // An apply writes thousands: the text of the query is made once.
  let compiledPut: CompiledQuery | undefined;
  return {
    async put(config) {
      const { configuration, version, hash, text, raw } = config;
      compiledPut ??= putQuery(db);
      await db.executeQuery({ ...compiledPut, parameters: [configuration, version, hash, text, raw] });
    },
    async byHash(hash): Promise<StoredConfig | undefined> {
      return db
        .selectFrom('configs')
        .selectAll()
        .where('hash', '=', hash)
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst();
    },
    async byVersion(configuration, version): Promise<StoredConfig | undefined> {
      const query = db.selectFrom('configs').selectAll().where('configuration', '=', configuration);
      return query.where('version', '=', version).executeTakeFirst();
    },
    async status(name) {
      const row = await db
        .selectFrom('configuration_status')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst();
      return row === undefined ? { name } : statusOf(row);
    },
    async statuses() {
      return (await db.selectFrom('configuration_status').selectAll().orderBy('name').execute()).map(
        statusOf,
      );
    },
    currentNames: () => currentNames(db),
    async setStatus({ name, current, pending }) {
      const row = { name, current: current ?? null, pending: pending ?? null };
      await db
        .insertInto('configuration_status')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
        .execute();
    },
    async putEffective(hash, text) {
      await db
        .insertInto('effective_configs')
        .values({ hash, text })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async effective(hash) {
      const row = await db
        .selectFrom('effective_configs')
        .select('text')
        .where('hash', '=', hash)
        .executeTakeFirst();
      return row?.text;
    },
    async forget(configuration) {
      await db.deleteFrom('configuration_status').where('name', '=', configuration).execute();
    },
  };
}

function currentNames(db: Kysely<Schema>): Promise<ConfigName[]> {
  return db
    .selectFrom('configuration_status')
    .innerJoin('configs', (join) =>
      join
        .onRef('configs.configuration', '=', 'configuration_status.name')
        .onRef('configs.version', '=', 'configuration_status.current'),
    )
    .select(['configs.configuration', 'configs.version', 'configs.hash'])
    .orderBy('configs.configuration')
    .execute();
}

/** The query that writes one config, its parameters in the order of the columns. */
function putQuery(db: Kysely<Schema>): CompiledQuery {
  const row = { configuration: '', version: 0, hash: '', text: '', raw: '' };
  return db
    .insertInto('configs')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['configuration', 'version']).doUpdateSet((expression) => ({
        hash: expression.ref('excluded.hash'),
        text: expression.ref('excluded.text'),
        raw: expression.ref('excluded.raw'),
      })),
    )
    .compile();
}

function statusOf(row: Schema['configuration_status']): ConfigurationStatus {
  return {
    name: row.name,
    ...(row.current === null ? {} : { current: row.current }),
    ...(row.pending === null ? {} : { pending: row.pending }),
  };
}
