import type { SourceRange } from '../../document/finding.ts';
import type { JsonMap } from '../../document/node.ts';
import { overlay } from '../merge.ts';
import { pick, plainOf, tracedMap, withEntry } from '../traced.ts';
import type { Origin, Traced, TracedList, TracedMap } from '../traced.ts';
import { TemplateStop } from './template-stop.ts';

/**
 * Edits of a collector config in the way of the chart's templates. Each takes a config and gives a new one; where a template function
 * could not take the value that stands there, {@link TemplateStop}.
 */

/** The map with the value at a path replaced; every step but the last must be a map already. */
export function setAt(map: TracedMap, path: readonly string[], value: Traced): TracedMap {
  const [key, ...rest] = path;
  if (key === undefined) return map;
  if (rest.length === 0) return withEntry(map, key, value);
  const below = map.entries.get(key);
  if (below?.kind !== 'map') throw new TemplateStop(`config.${key} is no map`, below?.origin.at);
  return withEntry(map, key, setAt(below, rest, value));
}

/** A fragment below the config: where both say something, the config wins (`mustMergeOverwrite fragment config`). */
export function underlay(config: TracedMap, fragment: JsonMap, origin: Origin): TracedMap {
  return overlay(tracedMap(fragment, origin), config);
}

/** Adds an id at the end of a list unless it is in it; doubles in the list go too (`append … | uniq`). */
export function appendTo(config: TracedMap, path: readonly string[], id: string, origin: Origin): TracedMap {
  const list = listAt(config, path, id);
  const item: Traced = { kind: 'scalar', value: id, origin };
  return setAt(config, path, unique({ ...list, items: [...list.items, item] }));
}

/** Adds an id at the start of a list; a later double of it goes (`prepend … | uniq`). */
export function prependTo(config: TracedMap, path: readonly string[], id: string, origin: Origin): TracedMap {
  const list = listAt(config, path, id);
  const item: Traced = { kind: 'scalar', value: id, origin };
  return setAt(config, path, unique({ ...list, items: [item, ...list.items] }));
}

/** Whether a list at a path has an id; no list has none. */
export function listHas(config: TracedMap, path: readonly string[], ...ids: readonly string[]): boolean {
  const found = pick(config, ...path);
  if (found?.kind !== 'list') return false;
  return found.items.some((item) => item.kind === 'scalar' && ids.includes(String(item.value)));
}

/** The list without doubles, the first of each kept. */
export function unique(list: TracedList): TracedList {
  const seen = new Set<string>();
  const items = list.items.filter((item) => {
    const text = JSON.stringify(plainOf(item));
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
  return { ...list, items };
}

function listAt(config: TracedMap, path: readonly string[], id: string): TracedList {
  const found = pick(config, ...path);
  if (found?.kind === 'list') return found;
  throw new TemplateStop(
    `config.${path.join('.')} is no list, so ${id} cannot be added to it`,
    found?.origin.at ?? nearest(config, path),
  );
}

function nearest(config: TracedMap, path: readonly string[]): SourceRange | undefined {
  for (let length = path.length - 1; length >= 0; length--) {
    const at = pick(config, ...path.slice(0, length))?.origin.at;
    if (at !== undefined) return at;
  }
  return undefined;
}
