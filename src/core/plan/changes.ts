import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import { withRenames } from '../diff/renames.ts';
import { diffResource } from '../diff/resources.ts';
import type { ResourceChange } from '../diff/resources.ts';
import { compareResourceKeys } from '../resources/graph.ts';
import type { LoadedView } from '../resources/view.ts';
import type { Plan } from './plan.ts';

/** What the plan starts from: the state that apply will meet. */
export interface PriorState {
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
}

/** The server's managed resources, put as their author wrote them, so that equal ones have equal digests. */
export type ServerResources = ReadonlyMap<ResourceKey, Resource>;

/**
 * The state before apply: the server's where one is known, else base. Where the server has exactly what a file says, the file's resource
 * stands for it, because the server masks secrets and has no places.
 */
export function priorState(
  base: LoadedView,
  head: LoadedView,
  server: ServerResources | undefined,
): PriorState {
  if (server === undefined) return { resources: base.repository.resources };
  const resources = new Map<ResourceKey, Resource>();
  for (const [key, live] of server) {
    const written = [head, base].map((view) => view.repository.resources.get(key));
    resources.set(key, written.find((resource) => resource?.digest === live.digest) ?? live);
  }
  return { resources };
}

/**
 * What is to be done with each resource. Candidates are the resources whose files differ between base and head, and with a server also what
 * they need and it lacks; of those, what the server has already is unchanged. Resources on the server that no file of base described are
 * never deleted.
 * @param also keys that somebody wrote since base, whatever became of it: with a server they are candidates, too
 */
export function plannedChanges(
  base: LoadedView,
  head: LoadedView,
  prior: PriorState,
  server: ServerResources | undefined,
  also: ReadonlySet<ResourceKey> = new Set(),
): readonly ResourceChange[] {
  const before = base.repository.resources;
  const after = head.repository.resources;
  const left = server === undefined ? [] : also;
  const keys = [...new Set([...before.keys(), ...after.keys(), ...left])].sort(compareResourceKeys);
  const touched = new Set(keys.filter((key) => before.get(key)?.digest !== after.get(key)?.digest));
  if (server !== undefined) {
    for (const key of also) touched.add(key);
    for (const key of head.graph.dependencies([...touched])) {
      if (after.has(key) && !server.has(key)) touched.add(key);
    }
  }
  const changes = keys.flatMap((key): readonly ResourceChange[] => {
    const resource = after.get(key);
    if (touched.has(key)) {
      const change = diffResource(key, prior.resources.get(key), resource);
      return change.before === undefined && change.after === undefined ? [] : [change];
    }
    return resource === undefined
      ? []
      : [{ action: 'unchanged', key, before: resource, after: resource, fields: [] }];
  });
  return withRenames(changes);
}

/** Changes that mean work. */
export function realChanges(changes: readonly ResourceChange[]): readonly ResourceChange[] {
  return changes.filter(({ action }) => action !== 'unchanged');
}

/** Whether a plan leaves anything to do. */
export function hasChanges({
  steps,
  changes,
  policies = [],
}: Pick<Plan, 'steps' | 'changes' | 'policies'>): boolean {
  return steps.length > 0 || policies.length > 0 || realChanges(changes).length > 0;
}
