import { ulid } from 'ulid';
import type { Resource } from '../../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import type { StoredResource, StoreTables } from '../../store/store.ts';
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

/** What was written; `withheld` says why agents are offered no more than the render. */
export interface Saved {
  readonly stored: StoredResource;
  readonly withheld?: string;
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
): Promise<Saved> {
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
  const render = kind === 'Configuration' ? rendered(workspace, stored) : undefined;
  if (render !== undefined) await tables.configs.put(render.config);
  await tables.resources.put(stored);
  return { stored, ...(render?.withheld === undefined ? {} : { withheld: render.withheld }) };
}

function nextVersion(workspace: Workspace, before: StoredResource, document: JsonMap): number {
  if (before.kind !== 'Configuration') return before.version + 1;
  const isDraft = workspace.status(before.name).pending !== before.version;
  const isSame = isSameDocument(before.document['spec'], document['spec']);
  return isDraft || isSame ? before.version : before.version + 1;
}

/** The config of a stored Configuration; one that cannot be rendered whole refuses the request. */
function rendered(workspace: Workspace, stored: StoredResource): ReturnType<Workspace['render']> {
  const render = workspace.render(resourceOf(stored.document, stored.version), stored.version);
  if (render.problems.length > 0) throw unrenderable(stored.name, render.problems.join('; '));
  return render;
}
