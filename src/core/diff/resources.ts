import type { Resource, ResourceKey } from '../bindplane/resource.ts';

export type ChangeAction = 'create' | 'update' | 'delete' | 'unchanged';

/** Change of one resource between base and head; `fields` are dotted paths that differ, with `name`-keyed items. */
export interface ResourceChange {
  readonly action: ChangeAction;
  readonly key: ResourceKey;
  readonly before?: Resource;
  readonly after?: Resource;
  readonly fields: readonly string[];
}
