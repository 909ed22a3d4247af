import type { CompiledQuery, Kysely } from 'kysely';
import type { JsonMap } from '../../../src/core/document/node.ts';
import type { Kind } from '../../../src/core/bindplane/resource.ts';
import type { Schema } from '../schema-types.ts';
import type { ResourceTable, StoredResource } from '../store.ts';

/** Resources with all their versions (contract: `ResourceTable`). */
export function resourceTable(db: Kysely<Schema>): ResourceTable {
  // An apply writes thousands: the text of the query is made once.
  let compiledPut: CompiledQuery | undefined;
  return {
    async list(kind) {
      const rows = await db
        .selectFrom('resources')
        .selectAll()
        .where('kind', '=', kind)
        .where('version', '=', (query) =>
          query
            .selectFrom('resources as newest')
            .select((expression) => expression.fn.max('newest.version').as('version'))
            .whereRef('newest.kind', '=', 'resources.kind')
            .whereRef('newest.name', '=', 'resources.name'),
        )
        .orderBy('name')
        .execute();
      return rows.map(stored);
    },
    async versions(kind) {
      const query = db.selectFrom('resources').selectAll().where('kind', '=', kind);
      return (await query.orderBy('version', 'desc').orderBy('name').execute()).map(stored);
    },
    async get(kind, name, version) {
      const query = db.selectFrom('resources').selectAll().where('kind', '=', kind).where('name', '=', name);
      const narrowed =
        version === undefined ? query.orderBy('version', 'desc') : query.where('version', '=', version);
      const row = await narrowed.limit(1).executeTakeFirst();
      return row === undefined ? undefined : stored(row);
    },
    async history(kind, name) {
      const query = db.selectFrom('resources').selectAll().where('kind', '=', kind).where('name', '=', name);
      return (await query.orderBy('version', 'desc').execute()).map(stored);
    },
    async put(resource) {
      const { kind, name, version, id, modifiedAt } = resource;
      const parameters = [kind, name, version, id, JSON.stringify(resource.document), modifiedAt];
      compiledPut ??= putQuery(db);
      await db.executeQuery({ ...compiledPut, parameters });
    },
    async delete(kind, name) {
      const result = await db
        .deleteFrom('resources')
        .where('kind', '=', kind)
        .where('name', '=', name)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}

/** The query that writes one version, its parameters in the order of the columns. */
function putQuery(db: Kysely<Schema>): CompiledQuery {
  const row = { kind: '', name: '', version: 0, id: '', document: '', modified_at: 0 };
  return db
    .insertInto('resources')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['kind', 'name', 'version']).doUpdateSet((expression) => ({
        id: expression.ref('excluded.id'),
        document: expression.ref('excluded.document'),
        modified_at: expression.ref('excluded.modified_at'),
      })),
    )
    .compile();
}

function stored(row: Schema['resources']): StoredResource {
  return {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- only kinds of the list are ever written
    kind: row.kind as Kind,
    name: row.name,
    version: row.version,
    id: row.id,
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- written by `put` from a JsonMap
    document: JSON.parse(row.document) as JsonMap,
    modifiedAt: row.modified_at,
  };
}
