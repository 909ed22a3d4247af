import type { Json, JsonMap } from '../../../src/core/document/node.ts';
import { isList, isMap } from '../../../src/core/document/node.ts';
import { textOf } from '../json.ts';
import { splitVersion } from '../../../src/core/bindplane/names.ts';
import type { TypeCatalogue, TypeKind } from '../../../src/core/bindplane/types.ts';
import { ITEM_KINDS, TYPE_KIND_OF } from './kinds.ts';

/** What stands for a secret in every answer; in a request it means "keep what is stored" (reference/bindplane.md §1.2). */
const SENSITIVE = '(sensitive)';

/** Changes every secret parameter of a document, at any depth. `owner` names the item it belongs to, for matching. */
type Visit = (parameter: JsonMap, owner: string) => JsonMap;

/** The document with each secret parameter marked `sensitive`, as its type says or the author. */
export function flagged(document: JsonMap, types: TypeCatalogue): JsonMap {
  return walk(document, types, (parameter) => ({ ...parameter, sensitive: true }));
}

/**
 * The document with all secrets replaced by the placeholder: the parameters that were marked when it was stored. Documents
 * without a secret come back as they are.
 */
export function masked(document: JsonMap): JsonMap {
  const { spec } = document;
  if (!isMap(spec)) return document;
  const shown = maskedMap(spec);
  return shown === spec ? document : { ...document, spec: shown };
}

function maskedMap(value: JsonMap): JsonMap {
  let changed: Record<string, Json> | undefined;
  for (const [key, member] of Object.entries(value)) {
    if (!isList(member) || (key !== 'parameters' && !Object.hasOwn(ITEM_KINDS, key))) continue;
    const shown = member.map((item) => (isMap(item) ? maskedItem(item) : item));
    if (shown.some((item, index) => item !== member[index])) {
      changed = { ...(changed ?? value), [key]: shown };
    }
  }
  return changed ?? value;
}

function maskedItem(item: JsonMap): JsonMap {
  if (item['sensitive'] === true && isSet(item)) return { ...item, value: SENSITIVE };
  return maskedMap(item);
}

/** Whether a stored document holds a secret. */
export function holdsSecret(document: JsonMap): boolean {
  const known = SECRET.get(document);
  if (known !== undefined) return known;
  const found = masked(document) !== document;
  SECRET.set(document, found);
  return found;
}

const SECRET = new WeakMap<JsonMap, boolean>();

/**
 * The document with each placeholder replaced by the stored secret of the same item and parameter. `missing` names the
 * parameters that have none: storing the placeholder itself would hand agents a useless password.
 */
export function withStoredSecrets(
  document: JsonMap,
  stored: JsonMap | undefined,
  types: TypeCatalogue,
): { readonly document: JsonMap; readonly missing: readonly string[] } {
  const known = new Map<string, Json>();
  if (stored !== undefined) {
    walk(stored, types, (parameter, owner) => {
      known.set(`${owner} ${textOf(parameter['name'])}`, parameter['value'] ?? null);
      return parameter;
    });
  }
  const missing: string[] = [];
  const filled = walk(document, types, (parameter, owner) => {
    if (parameter['value'] !== SENSITIVE) return parameter;
    const value = known.get(`${owner} ${textOf(parameter['name'])}`);
    if (value !== undefined && value !== SENSITIVE) return { ...parameter, value };
    missing.push(textOf(parameter['name']));
    return parameter;
  });
  return { document: filled, missing };
}

function isSet(parameter: JsonMap): boolean {
  return parameter['value'] !== undefined && parameter['value'] !== null && parameter['value'] !== '';
}

function walk(document: JsonMap, types: TypeCatalogue, visit: Visit): JsonMap {
  const spec = document['spec'];
  if (!isMap(spec)) return document;
  const kind = Object.entries(TYPE_KIND_OF).find(([name]) => name === document['kind'])?.[1];
  return { ...document, spec: walkSpec(spec, kind, '', types, visit) };
}

function walkSpec(
  spec: JsonMap,
  kind: TypeKind | undefined,
  owner: string,
  types: TypeCatalogue,
  visit: Visit,
): JsonMap {
  const entries = Object.entries(spec).map(([key, value]): [string, Json] => {
    if (!isList(value)) return [key, value];
    if (key === 'parameters') return [key, walkParameters(value, kind, spec['type'], owner, types, visit)];
    const listKind = ITEM_KINDS[key];
    if (listKind === undefined) return [key, value];
    const items = value.map((item, index): Json => {
      if (!isMap(item)) return item;
      return walkSpec(item, listKind, `${owner}/${key}/${itemName(item, index)}`, types, visit);
    });
    return [key, items];
  });
  return Object.fromEntries(entries);
}

/** An item is matched by its id, else by name or type and place (inline items without ids). */
function itemName(item: JsonMap, index: number): string {
  const id = item['id'];
  return typeof id === 'string' && id !== '' ? id : `${index} ${textOf(item['name'] ?? item['type'])}`;
}

function walkParameters(
  parameters: readonly Json[],
  kind: TypeKind | undefined,
  typeName: Json | undefined,
  owner: string,
  types: TypeCatalogue,
  visit: Visit,
): readonly Json[] {
  const type =
    kind === undefined || typeof typeName !== 'string'
      ? undefined
      : types.get(kind, splitVersion(typeName).name);
  return parameters.map((parameter) => {
    if (!isMap(parameter)) return parameter;
    const definition = type?.parameters.find(({ name }) => name === parameter['name']);
    const secret =
      definition?.sensitive === true || parameter['sensitive'] === true || parameter['value'] === SENSITIVE;
    return secret ? visit(parameter, owner) : parameter;
  });
}
