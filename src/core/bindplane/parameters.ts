import { closest } from '../document/closest.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import {
  isList,
  at,
  entry,
  isMap,
  itemsAt,
  textAt,
  type Json,
  type JsonMap,
  type MapEntry,
  type MapNode,
  type Node,
  type Path,
} from '../document/node.ts';
import type { ParameterDefinition, ResourceType } from './types.ts';

/** What a server shows instead of a secret, and takes as "keep what you have" (reference/bindplane.md §1.2). */
export const SENSITIVE = '(sensitive)';

/** One parameter as a resource gives it. `node` keeps the value's place where the resource comes from a file. */
export interface GivenParameter {
  readonly name: string;
  readonly value: Json;
  readonly node?: Node;
  /** The `value:` entry that holds `node`. */
  readonly entry?: MapEntry;
  readonly nameAt?: SourceRange;
}

/** The parameters of the map at `path` of a resource's spec (the empty path: its own). */
export function givenParameters(
  spec: JsonMap,
  document: MapNode | undefined,
  path: Path,
): readonly GivenParameter[] {
  const list = spec['parameters'];
  if (!isList(list)) return [];
  const nodes = itemsAt(document, ...path, 'parameters');
  return list.flatMap((item: Json, index) => {
    if (!isMap(item) || typeof item['name'] !== 'string') return [];
    const valueEntry = entry(nodes[index], 'value');
    const nameAt = at(nodes[index], 'name')?.at;
    return [
      {
        name: item['name'],
        value: item['value'] ?? null,
        ...(valueEntry !== undefined && { node: valueEntry.value, entry: valueEntry }),
        ...(nameAt !== undefined && { nameAt }),
      },
    ];
  });
}

/**
 * What the templates of `type` see: defaults first, then the given values, unknown ones included (as the server does).
 * With `masked`, values of sensitive parameters become `(sensitive)`, as in a server's `raw`.
 */
export function parameterValues(
  type: ResourceType,
  given: readonly GivenParameter[],
  masked: boolean,
): JsonMap {
  const values = new Map<string, Json>();
  for (const definition of type.parameters) {
    if (definition.default !== undefined) values.set(definition.name, definition.default);
  }
  for (const { name, value } of given) {
    const secret =
      masked && type.parameters.some((definition) => definition.name === name && definition.sensitive);
    values.set(name, secret && value !== '' && value !== null ? SENSITIVE : value);
  }
  return Object.fromEntries(values);
}

/** A parameter that the type does not define; `suggestion` is the defined name it was probably meant to be. */
export interface UnknownParameter {
  readonly name: string;
  readonly at?: SourceRange;
  readonly suggestion?: string;
}

/** Given parameters that `type` does not define. The server stores and ignores them with a warning (reference/bindplane.md §1.2). */
export function unknownAmong(
  given: readonly GivenParameter[],
  type: ResourceType,
): readonly UnknownParameter[] {
  const names = type.parameters.map(({ name }) => name);
  return given
    .filter(({ name }) => !names.includes(name))
    .map(({ name, nameAt }) => {
      const suggestion = closest(name, names);
      return {
        name,
        ...(nameAt !== undefined && { at: nameAt }),
        ...(suggestion !== undefined && { suggestion }),
      };
    });
}

/**
 * Values that do not fit their parameter's type, as BPR-001 findings in the server's own words (reference/bindplane.md §1.5,
 * reference/lab-bindplane.md §2). Parameters the type does not define are left to `unknownAmong`.
 */
export function parameterFindings(given: readonly GivenParameter[], type: ResourceType): readonly Finding[] {
  return given.flatMap(({ name, value, node, nameAt }) => {
    const definition = type.parameters.find((candidate) => candidate.name === name);
    const problem = definition === undefined ? undefined : valueProblem(definition, value);
    if (problem === undefined) return [];
    const place = node?.at ?? nameAt;
    return [
      {
        rule: 'BPR-001',
        severity: 'error',
        message: `parameter \`${name}\` of type \`${type.name}\` ${problem}`,
        ...(place !== undefined && { at: place }),
      },
    ];
  });
}

/** Why a value does not fit, as the rest of a sentence; undefined when it does. `(sensitive)` fits wherever a secret may stand. */
export function valueProblem(definition: ParameterDefinition, value: Json): string | undefined {
  if (definition.sensitive && value === SENSITIVE) return undefined;
  return VALUE_CHECKS[definition.type]?.(value, definition);
}

type ValueCheck = (value: Json, definition: ParameterDefinition) => string | undefined;

const isText = (value: Json): value is string => typeof value === 'string';

const VALUE_CHECKS: Readonly<Record<string, ValueCheck>> = {
  string: (value) => (isText(value) ? undefined : 'must be a string'),
  int: (value) =>
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isInteger(value)) ||
    (isText(value) && /^[+-]?\d+$/.test(value))
      ? undefined
      : 'must be an integer',
  bool: (value) =>
    typeof value === 'boolean' ||
    (isText(value) && /^(?:1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(value))
      ? undefined
      : 'must be true or false',
  strings: (value) => (isList(value) && value.every(isText) ? undefined : 'must be a list of strings'),
  metrics: (value) =>
    isList(value) && value.every(isText) ? undefined : 'must be a list of metric names to switch off',
  enum: (value, { validValues, creatable }) =>
    isText(value) && (creatable || validValues.includes(value))
      ? undefined
      : `must be one of ${oneOf(value, validValues)}`,
  enums: (value, { validValues }) => {
    if (!isList(value)) return `must be a list of ${validValues.join(', ')}`;
    const stranger = value.find((item: Json) => !isText(item) || !validValues.includes(item));
    return stranger === undefined
      ? undefined
      : `may hold ${oneOf(stranger, validValues)}, not ${JSON.stringify(stranger)}`;
  },
  map: (value) =>
    isMap(value) && Object.values(value).every(isText) ? undefined : 'must be a map of strings',
  yaml: (value) => (isText(value) ? undefined : 'must be a text that holds YAML'),
  timezone: (value) => (isText(value) ? undefined : 'must be the name of a time zone'),
};

function oneOf(value: Json, validValues: readonly string[]): string {
  const meant = isText(value) ? closest(value, validValues) : undefined;
  return `${validValues.join(', ')}${meant === undefined ? '' : ` (did you mean \`${meant}\`?)`}`;
}

/** The range of a resource's `type:` value at `path`, or undefined. */
export function typePlace(document: MapNode | undefined, path: Path): SourceRange | undefined {
  return textAt(document, ...path, 'type') === undefined ? undefined : at(document, ...path, 'type')?.at;
}
