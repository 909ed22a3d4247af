import { ulid } from 'ulid';
import type { Resource } from '../../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import type { StoredConfig, StoredResource, StoreTables } from '../../store/store.ts';
import { Problem } from '../problem.ts';
import { isSameDocument, resourceOf } from './normalise.ts';
import type { Workspace } from './workspace.ts';

export type UpdateStatus = 'created' | 'configured' | 'unchanged' | 'invalid';

/** What became of one resource. `stored` is absent for invalid ones, then `document` is what was sent. */
export interface Update {
  readonly document: JsonMap;
  readonly stored?: StoredResource;
  readonly status: UpdateStatus;
  readonly reason: string;
}

/** What applying works on: the store's tables, everything in memory, and the time that is stored. */
export interface Application {
  readonly tables: StoreTables;
  readonly workspace: Workspace;
  readonly now: number;
}

/** A Configuration that cannot be rendered refuses the whole request; BindPlane does not say which one it is. */
export function unrenderable(name: string, why: string): Problem {
  return new Problem(400, `failed to render config (resourceID: ${name}): ${why}`);
}

/**
 * Writes a document: a new version, but for a Configuration whose newest version was never rolled out (a draft) or whose
 * spec stays the same; those are changed in place (reference/bindplane.md §1.7).
 */
export async function save(
  { tables, workspace, now }: Application,
  document: JsonMap,
  { kind, name }: Pick<Resource, 'kind' | 'name'>,
  before: StoredResource | undefined,
): Promise<StoredResource> {
  const version =
    before === undefined
      ? (workspace.builtInVersion(kind, name) ?? 0) + 1
      : nextVersion(workspace, before, document);
  const stored: StoredResource = {
    kind,
    name,
    version,
    id: before?.id ?? ulid(now),
    document,
    modifiedAt: now,
  };
  workspace.put(stored);
  if (kind === 'Configuration') {
    await tables.configs.put(rendered(workspace, stored));
  }
  await tables.resources.put(stored);
  return stored;
}

function nextVersion(workspace: Workspace, before: StoredResource, document: JsonMap): number {
  if (before.kind !== 'Configuration') return before.version + 1;
  const isDraft = workspace.status(before.name).pending !== before.version;
  const isSame = isSameDocument(before.document['spec'], document['spec']);
  return isDraft || isSame ? before.version : before.version + 1;
}

/** The config of a stored Configuration; one that cannot be rendered whole refuses the request. */
function rendered(workspace: Workspace, stored: StoredResource): StoredConfig {
  const { config, problems } = workspace.render(resourceOf(stored.document, stored.version), stored.version);
  if (problems.length > 0) throw unrenderable(stored.name, problems.join('; '));
  return config;
}
