import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import type { Resource } from '../../src/core/bindplane/resource.ts';
import type { StoreTables } from '../store/store.ts';

/** Newest configurations and fleets, as assignment sees them. */
export async function resourcesOf(
  tables: StoreTables,
): Promise<{ readonly configurations: readonly Resource[]; readonly fleets: readonly Resource[] }> {
  const read = async (kind: 'Configuration' | 'Fleet'): Promise<Resource[]> =>
    (await tables.resources.list(kind)).flatMap(({ document }) => resourceFromJson(document) ?? []);
  return { configurations: await read('Configuration'), fleets: await read('Fleet') };
}
