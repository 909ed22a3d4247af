import type { ResourceKey } from '../bindplane/resource.ts';
import { canonicalJson } from '../document/digest.ts';
import { resourceContent } from './resources.ts';
import type { ResourceChange } from './resources.ts';

/**
 * The same changes, where a deleted resource came back with the same content under another name marked on both sides. A server knows no
 * renaming: there it stays a create and a delete. Content that several resources share is not guessed at.
 */
export function withRenames(changes: readonly ResourceChange[]): readonly ResourceChange[] {
  const deleted = byContent(changes.filter(({ action }) => action === 'delete'));
  const created = byContent(changes.filter(({ action }) => action === 'create'));
  const from = new Map<ResourceKey, ResourceKey>();
  const to = new Map<ResourceKey, ResourceKey>();
  for (const [content, [old, ...others]] of deleted) {
    const [young, ...rivals] = created.get(content) ?? [];
    if (old === undefined || young === undefined || others.length + rivals.length > 0) continue;
    from.set(young, old);
    to.set(old, young);
  }
  if (from.size === 0) return changes;
  return changes.map((change) => {
    const [renamedFrom, renamedTo] = [from.get(change.key), to.get(change.key)];
    return { ...change, ...(renamedFrom && { renamedFrom }), ...(renamedTo && { renamedTo }) };
  });
}

function byContent(changes: readonly ResourceChange[]): ReadonlyMap<string, readonly ResourceKey[]> {
  const keys = new Map<string, ResourceKey[]>();
  for (const { key, before, after } of changes) {
    const resource = before ?? after;
    if (resource === undefined) continue;
    const content = `${resource.kind}\n${canonicalJson(resourceContent(resource))}`;
    const known = keys.get(content);
    if (known === undefined) keys.set(content, [key]);
    else known.push(key);
  }
  return keys;
}
