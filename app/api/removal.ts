import type { Kind, ResourceKey } from '../../src/core/bindplane/resource.ts';
import { hasEnded } from '../../src/core/rollout/rollout.ts';
import type { StoreTables } from '../store/store.ts';
import { Workspace } from './apply/workspace.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, notFound } from './problem.ts';

/** What became of a deletion. `in-use` says by whom, in BindPlane's words. */
export type Removal =
  | { readonly status: 'deleted' }
  | { readonly status: 'in-use'; readonly reason: string }
  | { readonly status: 'absent' };

/** Deletes one resource; rejects with 404 when there is none and 409 when something needs it. */
export async function removeResource(dependencies: ApiDependencies, kind: Kind, name: string): Promise<void> {
  const removal = await dependencies.exclusively(() =>
    dependencies.store.transaction(async (tables) => {
      const workspace = await Workspace.read(tables, dependencies.types.catalogue, dependencies.offered);
      return remove(tables, workspace, kind, name);
    }),
  );
  if (removal.status === 'absent') throw notFound();
  if (removal.status === 'in-use') throw new Problem(409, removal.reason);
}

/**
 * Deletes a resource nobody needs. Unlike BindPlane 1.35 this also guards processors and types: deleting one of those made
 * configurations unreadable there (reference/lab-bindplane.md §2). Agents keep what they run.
 */
export async function remove(
  tables: StoreTables,
  workspace: Workspace,
  kind: Kind,
  name: string,
): Promise<Removal> {
  const stored = await tables.resources.get(kind, name);
  const key: ResourceKey = `${kind}/${name}`;
  if (stored === undefined) {
    if (workspace.builtInVersion(kind, name) === undefined) return { status: 'absent' };
    return { status: 'in-use', reason: `${kind} ${name} comes with the program and cannot be deleted` };
  }
  const dependents = workspace.usersOf(key);
  if (dependents.length > 0) {
    const lines = dependents.map((other) => `${other.kind} ${other.name}\n`).join('');
    return { status: 'in-use', reason: `Dependent resources:\n${lines}` };
  }
  if (kind === 'Configuration') {
    const rollout = await tables.rollouts.latest(name);
    if (rollout !== undefined && !hasEnded(rollout.state)) {
      return {
        status: 'in-use',
        reason: `a rollout of ${name}:${rollout.version} is ${rollout.state}; abort it first`,
      };
    }
    await tables.configs.forget(name);
    await tables.rollouts.forget(name);
  }
  await tables.resources.delete(kind, name);
  workspace.remove(key);
  return { status: 'deleted' };
}
