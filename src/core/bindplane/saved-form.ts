import { sha256 } from '../document/digest.ts';
import { isList, isMap, type Json, type JsonMap } from '../document/node.ts';
import type { Kind } from './resource.ts';

/**
 * What a save does to references: gives `name:3` for the `name` of a resource of `kind`, or the text as it stands when
 * there is nothing of that name.
 */
export type Pin = (kind: Kind, reference: string) => string;

/** Fields of a spec in the order in which a server writes them; its hash hangs on that order. */
const PARAMETERIZED = ['type', 'parameters', 'processors', 'disabled'];
const ITEM = ['id', 'name', 'displayName', ...PARAMETERIZED, 'routes'];
const CONFIGURATION = [
  'contentType',
  'measurementInterval',
  'raw',
  'sources',
  'processors',
  'connectors',
  'destinations',
  'extensions',
  'parameters',
  'topologyInterval',
  'disableLegacyEnvVarNormalization',
  'rollout',
  'selector',
];
const FLEET = ['configuration', 'selector'];
const SECTIONS = [
  'logs',
  'metrics',
  'traces',
  'logs+metrics',
  'logs+traces',
  'metrics+traces',
  'logs+metrics+traces',
];
const TYPE = ['version', 'parameters', 'supportedPlatforms', ...SECTIONS, 'featureGate'];
const DEFINITION = [
  'name',
  'label',
  'description',
  'required',
  'type',
  'validValues',
  'default',
  'relevantIf',
  'hidden',
  'advancedConfig',
  'options',
  'documentation',
];

const ITEM_KINDS: Readonly<Record<string, Kind>> = {
  sources: 'Source',
  destinations: 'Destination',
  processors: 'Processor',
  connectors: 'Connector',
  extensions: 'Extension',
};

const TYPED: readonly Kind[] = ['Source', 'Destination', 'Processor', 'Connector', 'Extension'];

/** Fields that a server writes even where they hold nothing. */
const ALWAYS: Readonly<Partial<Record<Kind, JsonMap>>> = {
  Configuration: { contentType: '', measurementInterval: '', selector: { matchLabels: null } },
  Fleet: { configuration: '', selector: { matchLabels: null } },
};

/**
 * A spec as a BindPlane server stores and shows it (golden/bindplane-rest): fields in its order, those that hold nothing
 * left out but for the few it always writes, types and library items with their versions (`otlp:1`, `edge-otlp:2`).
 */
export function savedSpec(kind: Kind, spec: JsonMap, pin: Pin): JsonMap {
  if (kind.endsWith('Type')) return savedType(spec);
  const always = ALWAYS[kind] ?? {};
  const order = kind === 'Configuration' ? CONFIGURATION : kind === 'Fleet' ? FLEET : PARAMETERIZED;
  const fields = savedFields(kind, spec, pin);
  const selector = isMap(fields['selector']) ? fields['selector'] : {};
  return ordered(
    {
      ...always,
      ...fields,
      ...('selector' in always && { selector: { matchLabels: sortedKeys(selector['matchLabels'] ?? null) } }),
    },
    order,
  );
}

function savedFields(kind: Kind, spec: JsonMap, pin: Pin): JsonMap {
  const saved: Record<string, Json> = {};
  for (const [key, value] of Object.entries(spec)) {
    const itemKind = ITEM_KINDS[key];
    if (isEmpty(value)) continue;
    if (itemKind !== undefined && isList(value)) {
      saved[key] = value.map((item) => (isMap(item) ? savedItem(itemKind, item, pin) : item));
    } else if (key === 'parameters' && isList(value)) {
      saved[key] = value.map((item) => (isMap(item) ? savedParameter(item) : item));
    } else if (key === 'type' && TYPED.includes(kind) && typeof value === 'string') {
      saved[key] = pin(typeKind(kind), value);
    } else saved[key] = sortedKeys(value);
  }
  return saved;
}

function typeKind(kind: Kind): Kind {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- each kind with a type has one of this name
  return `${kind}Type` as Kind;
}

function savedItem(kind: Kind, item: JsonMap, pin: Pin): JsonMap {
  const fields = savedFields(kind, item, pin);
  const { name } = fields;
  // An item of a v2 Configuration that has a type is inline, whatever it is called.
  const isReference = typeof name === 'string' && fields['type'] === undefined;
  return ordered(isReference ? { ...fields, name: pin(kind, name) } : fields, ITEM);
}

function savedParameter(parameter: JsonMap): JsonMap {
  const { name = '', value = null, sensitive } = parameter as { name?: Json; value?: Json; sensitive?: Json };
  return { name, value: sortedKeys(value), ...(sensitive === true && { sensitive }) };
}

function savedType(spec: JsonMap): JsonMap {
  const fields = Object.fromEntries(
    Object.entries(spec)
      .filter(([, value]) => !isEmpty(value))
      .map(([key, value]): [string, Json] => [key, sortedKeys(value)]),
  );
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, fields[section] ?? {}]));
  const { parameters } = fields;
  const definitions = isList(parameters)
    ? parameters.map((item) => (isMap(item) ? savedDefinition(item) : item))
    : null;
  return ordered({ ...fields, ...sections, parameters: definitions }, TYPE);
}

function savedDefinition(definition: JsonMap): JsonMap {
  const kept = Object.entries(definition).filter(([key, value]) => key === 'default' || !isEmpty(value));
  return ordered({ options: {}, ...Object.fromEntries(kept) }, DEFINITION);
}

/** What Go's `omitempty` leaves out. */
function isEmpty(value: Json): boolean {
  return value === null || value === '' || value === false || (isList(value) && value.length === 0);
}

/** Known fields in their order, then the others in theirs. */
function ordered(fields: JsonMap, order: readonly string[]): JsonMap {
  const known = order.filter((key) => fields[key] !== undefined);
  const others = Object.keys(fields).filter((key) => !order.includes(key));
  return Object.fromEntries([...known, ...others].map((key): [string, Json] => [key, fields[key] ?? null]));
}

/** Maps of a value with their keys in order, as Go writes them. */
function sortedKeys(value: Json): Json {
  if (isList(value)) return value.map(sortedKeys);
  if (!isMap(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key): [string, Json] => [key, sortedKeys(value[key] ?? null)]));
}

/** `metadata.hash`: SHA-256 (hex) of the spec's JSON as Go's encoder writes it (golden/bindplane-rest). */
export function specHash(spec: JsonMap): string {
  return sha256(goJson(spec));
}

const ESCAPED: Readonly<Record<string, string>> = {
  '<': String.raw`\u003c`,
  '>': String.raw`\u003e`,
  '&': String.raw`\u0026`,
  '\u2028': String.raw`\u2028`,
  '\u2029': String.raw`\u2029`,
};

function goJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (isList(value)) return `[${value.map(goJson).join(',')}]`;
  if (isMap(value)) {
    const members = Object.entries(value).map(([key, member]) => `${goJson(key)}:${goJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => ESCAPED[character] ?? character,
  );
}
