import { closest } from './closest.ts';
import type { Finding, SourceRange } from './finding.ts';
import { LIMITS } from './limits.ts';
import { at, entry, isMap, type Json, type Node, type Path } from './node.ts';

/** An error of a compiled JSON Schema validator (ajv's ErrorObject; `verbose: true` adds parentSchema, which names the known keys). */
export interface SchemaError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly parentSchema?: unknown;
}

/**
 * Findings (errors of `rule`) for what a schema validator found in the plain value of `root`. An unknown key stands on the key and names the known one
 * it resembles; a missing key stands on the map that lacks it; anything else on the value. Alternatives that all failed become one finding.
 * At most `LIMITS.schema.findings`, and a last one that counts the rest.
 */
export function schemaFindings(errors: readonly SchemaError[], root: Node, rule: string): Finding[] {
  const findings = meaningful(errors).map((error): Finding => {
    const { message, at } = describe(error, root);
    return { rule, severity: 'error', message, at };
  });
  const unique = [
    ...new Map(
      findings.map((finding) => [`${JSON.stringify(finding.at)}${finding.message}`, finding]),
    ).values(),
  ];
  const excess = unique.length - LIMITS.schema.findings;
  if (excess <= 0) return unique;
  const more: Finding = {
    rule,
    severity: 'error',
    message: `${excess} more findings in this document are not listed.`,
    at: root.at,
  };
  return [...unique.slice(0, LIMITS.schema.findings), more];
}

/** Without the echoes: branches of alternatives, the `if` of a conditional, what lies below a value of the wrong type. */
function meaningful(errors: readonly SchemaError[]): readonly SchemaError[] {
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  return errors
    .filter(({ keyword }) => keyword !== 'if')
    .filter((error) => !alternatives.some((whole) => whole !== error && isBranch(error, whole, errors)))
    .map((error) => (alternatives.includes(error) ? withMissingKeys(error, errors) : error));
}

/** Ajv reports the branches right before the alternative, at its place or below it. */
function isBranch(error: SchemaError, whole: SchemaError, errors: readonly SchemaError[]): boolean {
  const isBelow =
    error.instancePath === whole.instancePath || error.instancePath.startsWith(`${whole.instancePath}/`);
  const isOfBranch = error.schemaPath.startsWith(`${whole.schemaPath}/`);
  return isBelow && isOfBranch && errors.indexOf(error) < errors.indexOf(whole);
}

function withMissingKeys(whole: SchemaError, errors: readonly SchemaError[]): SchemaError {
  const missing = errors
    .filter((error) => error !== whole && isBranch(error, whole, errors) && error.keyword === 'required')
    .map((error) => text(error.params['missingProperty']));
  return { ...whole, params: { ...whole.params, missing: [...new Set(missing)] } };
}

interface Description {
  readonly message: string;
  readonly at: SourceRange;
}

function describe(error: SchemaError, root: Node): Description {
  const path = pathOf(error.instancePath, root);
  const node = at(root, ...path);
  const place = placeOf(node, path, root);
  const where = whereText(path);
  const { params } = error;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownKey(error, node, path, place);
    case 'required':
      return { message: `${where} needs \`${text(params['missingProperty'])}\`.`, at: headOf(node, place) };
    case 'anyOf':
    case 'oneOf':
      return { message: alternativesText(where, params['missing']), at: headOf(node, place) };
    case 'type':
      return { message: `${where} must be ${typeText(params['type'])}, not ${valueText(node)}.`, at: place };
    case 'const':
      return {
        message: `${where} must be ${literal(params['allowedValue'])}, not ${valueText(node)}.`,
        at: place,
      };
    case 'enum':
      return { message: enumText(where, node, params['allowedValues']), at: place };
    case 'pattern':
      return {
        message: `${where} ${valueText(node)} does not have the form ${text(params['pattern'])}.`,
        at: place,
      };
    case 'minLength':
      return { message: `${where} must not be empty.`, at: place };
    case 'maxLength':
      return { message: `${where} is longer than ${text(params['limit'])} characters.`, at: place };
    case 'maxItems':
    case 'maxProperties':
      return {
        message:
          params['limit'] === 0
            ? `${where} must be empty here.`
            : `${where} has more than ${text(params['limit'])} entries.`,
        at: headOf(node, place),
      };
    default:
      return {
        message: `${where} ${error.message ?? `does not fit (${error.keyword})`}.`,
        at: headOf(node, place),
      };
  }
}

function unknownKey(error: SchemaError, node: Node | undefined, path: Path, place: SourceRange): Description {
  const key = text(error.params['additionalProperty'] ?? error.params['unevaluatedProperty']);
  const meant = closest(key, knownKeys(error.parentSchema));
  const known = knownKeys(error.parentSchema);
  const hint =
    meant !== undefined
      ? ` Did you mean \`${meant}\`?`
      : known.length > 0 && known.length <= 12
        ? ` Known here: ${known.join(', ')}.`
        : '';
  const whose = path.length === 0 ? 'at the top level' : `in \`${pathText(path)}\``;
  return {
    message: `Unknown key \`${shortened(key)}\` ${whose}.${hint}`,
    at: entry(node, key)?.keyAt ?? place,
  };
}

function knownKeys(parentSchema: unknown): readonly string[] {
  if (typeof parentSchema !== 'object' || parentSchema === null || !('properties' in parentSchema)) return [];
  const { properties } = parentSchema;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function alternativesText(where: string, missing: unknown): string {
  const keys = Array.isArray(missing) ? missing.map((key) => `\`${text(key)}\``) : [];
  if (keys.length === 0) return `${where} fits none of the allowed forms.`;
  const last = keys.at(-1) ?? '';
  return `${where} needs ${keys.length === 1 ? last : `${keys.slice(0, -1).join(', ')} or ${last}`}.`;
}

function enumText(where: string, node: Node | undefined, allowed: unknown): string {
  const values = Array.isArray(allowed) ? allowed.map(text) : [];
  const written = node?.kind === 'scalar' ? String(node.value) : '';
  const meant = closest(written, values);
  const list = values.slice(0, 12).join(', ') + (values.length > 12 ? `, ${values.length - 12} more` : '');
  return `${where} cannot be ${valueText(node)}.${meant === undefined ? '' : ` Did you mean \`${meant}\`?`} Allowed: ${list}.`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function typeText(type: unknown): string {
  const types = (Array.isArray(type) ? type.map(text) : text(type).split(',')).filter(
    (name) => name !== 'null',
  );
  return types.map((name) => TYPE_WORDS[name] ?? name).join(' or ');
}

function valueText(node: Node | undefined): string {
  if (node === undefined) return 'absent';
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'sequence') return 'a list';
  return node.value === null ? 'empty' : `\`${shortened(String(node.value))}\``;
}

function literal(value: unknown): string {
  return `\`${text(value)}\``;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}

function whereText(path: Path): string {
  return path.length === 0 ? 'The document' : `\`${pathText(path)}\``;
}

/** `spec.sources[2].name`. */
function pathText(path: Path): string {
  return shortened(
    path
      .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
      .join(''),
  );
}

/** A JSON pointer as a path: which steps are indices, the tree says. */
function pathOf(pointer: string, root: Node): Path {
  let node: Node | undefined = root;
  const path: (string | number)[] = [];
  for (const raw of pointer.split('/').slice(1)) {
    const key = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    const step: string | number = node?.kind === 'sequence' ? Number(key) : key;
    path.push(step);
    node = at(node, step);
  }
  return path;
}

/** The value's own place; where it has no text of its own (`key:`), the key's. */
function placeOf(node: Node | undefined, path: Path, root: Node): SourceRange {
  const last = path.at(-1);
  const key = typeof last === 'string' ? entry(at(root, ...path.slice(0, -1)), last)?.keyAt : undefined;
  if (node === undefined) return key ?? root.at;
  if (node.kind !== 'scalar') return key ?? headOf(node, node.at);
  return node.value === null ? (key ?? node.at) : node.at;
}

/** A map's or list's first line: marking a whole block would bury the place. */
function headOf(node: Node | undefined, place: SourceRange): SourceRange {
  if (node === undefined || node.kind === 'scalar' || place.line === place.endLine) return place;
  const first = node.kind === 'map' ? node.entries[0]?.keyAt : node.items[0]?.at;
  return first !== undefined && first.line === first.endLine
    ? first
    : { ...place, endLine: place.line, endColumn: place.column + 1 };
}

/** Plain data for a validator: integers beyond 2^53 become numbers, since validators know no bigint. */
export function validatable(value: Json): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(validatable);
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, validatable(member)]))
    : value;
}
