import type { Kysely } from 'kysely';
import type { JsonMap } from '../../../src/core/document/node.ts';
import type { Kind } from '../../../src/core/bindplane/resource.ts';
import type { Schema } from '../schema-types.ts';
import type { ResourceTable, StoredResource } from '../store.ts';

/** Resources with all their versions (contract: `ResourceTable`). */
export function resourceTable(db: Kysely<Schema>): ResourceTable {
  return {
    async list(kind) {
      const rows = await db
        .selectFrom('resources')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('name')
        .orderBy('version', 'desc')
        .execute();
      return rows.filter((row, index) => rows[index - 1]?.name !== row.name).map(stored);
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
      const row = {
        kind,
        name,
        version,
        id,
        document: JSON.stringify(resource.document),
        modified_at: modifiedAt,
      };
      await db
        .insertInto('resources')
        .values(row)
        .onConflict((conflict) => conflict.columns(['kind', 'name', 'version']).doUpdateSet(row))
        .execute();
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
