import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { StoreTables } from '../store/store.ts';
import { applyResources } from './apply/apply-resources.ts';
import { resourceOf } from './apply/normalise.ts';
import { save } from './apply/save.ts';
import { Workspace } from './apply/workspace.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, notFound } from './problem.ts';

/**
 * Copies the newest version of a configuration, secrets included. The copy selects by the label `configuration` with its
 * own name. Rejects with Problem 404, 409 or, for a name that is none, 400 in BindPlane's words (golden/bindplane-rest).
 */
export async function copyConfiguration(
  dependencies: ApiDependencies,
  from: string,
  to: string,
): Promise<void> {
  await changing(dependencies, async (tables, workspace, now) => {
    const stored = workspace.stored(`Configuration/${from}`);
    if (stored === undefined) throw new Problem(404, `no configuration with name ${from} found`);
    if (workspace.stored(`Configuration/${to}`) !== undefined) {
      throw new Problem(409, 'a configuration with that name already exists');
    }
    const { document } = stored;
    const metadata = isMap(document['metadata']) ? document['metadata'] : {};
    const { hash: _hash, ...kept } = metadata;
    const copied = resourceOf(
      { ...document, metadata: { ...kept, name: to === '' ? 'no-name' : to }, spec: selecting(document, to) },
      1,
    );
    const [update] = await applyResources({ tables, workspace, now }, [
      { resource: { ...copied, name: to, key: `Configuration/${to}` }, ignored: [] },
    ]);
    if (update?.status === 'invalid') {
      throw new Problem(400, `failed to apply copied configuration, got status invalid\n${update.reason}`);
    }
  });
}

function selecting(document: JsonMap, name: string): JsonMap {
  const spec = isMap(document['spec']) ? document['spec'] : {};
  const selector = isMap(spec['selector']) ? spec['selector'] : {};
  const labels = isMap(selector['matchLabels']) ? selector['matchLabels'] : {};
  return { ...spec, selector: { matchLabels: { ...labels, configuration: name } } };
}

/**
 * Gives up a draft: the newest version shows again what was rolled out last. Nothing happens when there is no draft.
 * Rejects with Problem 404, and 409 when no version was rolled out yet.
 */
export async function revertConfiguration(dependencies: ApiDependencies, name: string): Promise<void> {
  await changing(dependencies, async (tables, workspace, now) => {
    const newest = workspace.stored(`Configuration/${name}`);
    if (newest === undefined) throw notFound();
    const { pending, current } = workspace.status(name);
    const deployed = current ?? pending;
    if (deployed === undefined) {
      throw new Problem(409, `${name} was never rolled out, so there is no version to go back to`);
    }
    if (newest.version <= deployed) return;
    const before = await tables.resources.get('Configuration', name, deployed);
    if (before === undefined) throw notFound();
    await save({ tables, workspace, now }, before.document, newest, newest);
  });
}

function changing(
  { store, clock, types, offered, exclusively }: ApiDependencies,
  work: (tables: StoreTables, workspace: Workspace, now: number) => Promise<void>,
): Promise<void> {
  return exclusively(() =>
    store.transaction(async (tables) =>
      work(tables, await Workspace.read(tables, types.catalogue, offered), clock.now()),
    ),
  );
}
