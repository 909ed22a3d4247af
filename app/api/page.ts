import type { FromSchema } from 'json-schema-to-ts';
import type { PAGE_QUERY } from './schemas/common.ts';

/** The part of a list that is asked for; all of it without a limit. */
export function page<T>(items: readonly T[], query: FromSchema<typeof PAGE_QUERY>): readonly T[] {
  const offset = Number(query.offset ?? 0);
  const limit = Number(query.limit ?? 0);
  return limit === 0 ? items.slice(offset) : items.slice(offset, offset + limit);
}
