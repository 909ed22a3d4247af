import { splitVersion } from '../../../src/core/bindplane/names.ts';
import type { Kind, Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { savedSpec, type Pin } from '../../../src/core/bindplane/saved-form.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { isMap } from '../../../src/core/document/node.ts';
import type { StoredResource } from '../../store/store.ts';
import { reasonOf, warningsFor } from './checks.ts';
import { resourceOf, sealed } from './normalise.ts';
import { save, type Application, type Update } from './save.ts';
import type { Workspace } from './workspace.ts';

/** Kinds that stand between types and configurations, in the order in which a change reaches them. */
const LIBRARY: readonly Kind[] = ['Processor', 'Source', 'Destination', 'Extension', 'Connector'];

/**
 * Saves everything that uses what changed with the newer reference: library resources after their type, then
 * Configurations (reference/bindplane.md §1.7).
 */
export async function refreshDependents(
  application: Application,
  changed: ReadonlySet<ResourceKey>,
): Promise<readonly Update[]> {
  if (changed.size === 0) return [];
  const all = new Set(changed);
  const updates: Update[] = [];
  for (const kind of [...LIBRARY, 'Configuration'] as const) {
    for (const stored of users(application.workspace, kind, all)) {
      const document = moved(stored, application.workspace, all);
      if (document === stored.document) continue;
      const { stored: saved, withheld } = await save(application, document, stored, stored);
      const warnings = warningsFor(resourceOf(document, saved.version), application.workspace.types);
      const reason = reasonOf(warnings, withheld);
      updates.push({ document, stored: saved, status: 'configured', reason });
      if (kind !== 'Configuration') all.add(`${kind}/${stored.name}`);
    }
  }
  return updates;
}

function users(
  workspace: Workspace,
  kind: Kind,
  changed: ReadonlySet<ResourceKey>,
): readonly StoredResource[] {
  const uses = (resource: Resource): boolean =>
    workspace.references(resource).some(({ to }) => changed.has(to));
  const found = [...workspace.resources.values()].filter(
    (resource) => resource.kind === kind && uses(resource),
  );
  return found.flatMap(({ key }) => workspace.stored(key) ?? []);
}

/** The document with references to what changed moved on; the same value when there is none to move. */
function moved(
  { kind, document }: StoredResource,
  workspace: Workspace,
  changed: ReadonlySet<ResourceKey>,
): JsonMap {
  const { spec } = document;
  if (!isMap(spec)) return document;
  let isMoved = false;
  const pin: Pin = (ofKind, reference) => {
    const { name } = splitVersion(reference);
    const next = changed.has(`${ofKind}/${name}`) ? workspace.pin(ofKind, reference) : reference;
    if (next !== reference) isMoved = true;
    return next;
  };
  const next = savedSpec(kind, spec, pin);
  return isMoved ? sealed({ ...document, spec: next }, workspace.types) : document;
}
