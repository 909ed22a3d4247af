import { componentType } from '../collector/component-id.ts';
import type { ComponentClass } from '../collector/component-id.ts';
import { canonicalJson } from '../document/digest.ts';
import { bodiesOf, idMaps, renamedModel } from './config-model.ts';
import type { ConfigModel, IdMaps } from './config-model.ts';

/**
 * Components of `before` that `after` calls otherwise: of the same class and type, with the same body, each under an id that the other
 * config does not have. Extensions first, as bodies speak of them.
 */
export function componentRenames(before: ConfigModel, after: ConfigModel): IdMaps {
  const extensions = renamed('extensions', before, after);
  const none: ReadonlyMap<string, string> = new Map();
  const ofExtensions = idMaps((cls) => (cls === 'extensions' ? extensions : none));
  const called = renamedModel(before, ofExtensions);
  return idMaps((cls) => (cls === 'extensions' ? extensions : renamed(cls, called, after)));
}

function renamed(cls: ComponentClass, before: ConfigModel, after: ConfigModel): ReadonlyMap<string, string> {
  const old = bodiesOf(before, cls);
  const young = bodiesOf(after, cls);
  const result = new Map<string, string>();
  const free = new Map<string, string[]>();
  for (const [id, body] of young) {
    if (old.has(id)) continue;
    const key = identity(id, canonicalJson(body));
    const ids = free.get(key);
    if (ids === undefined) free.set(key, [id]);
    else ids.push(id);
  }
  if (free.size === 0) return result;
  for (const [id, body] of old) {
    if (young.has(id)) continue;
    const other = free.get(identity(id, canonicalJson(body)))?.shift();
    if (other !== undefined) result.set(id, other);
  }
  return result;
}

function identity(id: string, body: string): string {
  return `${componentType(id)}\n${body}`;
}
