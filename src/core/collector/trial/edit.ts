import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';

/** The value at a path of keys and indices; undefined where there is none. */
export function valueAt(tree: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = tree;
  for (const step of path) {
    if (isMap(current)) current = Object.hasOwn(current, step) ? current[step] : undefined;
    else if (isList(current)) current = current[Number(step)];
    else return undefined;
  }
  return current;
}

/** The map with another value at a path; maps that are missing on the way are made, and so is what is neither map nor list. */
export function withValue(tree: JsonMap, path: readonly string[], value: Json): JsonMap {
  const changed = replaced(tree, path, value);
  return isMap(changed) ? changed : tree;
}

function replaced(current: Json | undefined, path: readonly string[], value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (isList(current)) {
    return current.map((item, index) => (String(index) === step ? replaced(item, rest, value) : item));
  }
  const map = isMap(current) ? current : {};
  return { ...map, [step]: replaced(Object.hasOwn(map, step) ? map[step] : undefined, rest, value) };
}

/** The map without the key at a path; as it is where there is no such key. */
export function withoutKey(tree: JsonMap, path: readonly string[]): JsonMap {
  const above = path.slice(0, -1);
  const key = path.at(-1);
  const map = valueAt(tree, above);
  if (key === undefined || !isMap(map) || !Object.hasOwn(map, key)) return tree;
  const rest = Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
  return above.length === 0 ? rest : withValue(tree, above, rest);
}

/** Every text below a value, with its path. */
export function* textsIn(
  value: Json,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (isList(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, String(index)]);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, [...path, key]);
  }
}
