import type { Finding } from '../document/finding.ts';
import { isList, isMap, type Json, type JsonMap } from '../document/node.ts';

/** What a type makes: the `Source` of `SourceType`, and so on. */
export const TYPE_KINDS = ['source', 'destination', 'processor', 'connector', 'extension'] as const;

export type TypeKind = (typeof TYPE_KINDS)[number];

export const SIGNALS = ['logs', 'metrics', 'traces'] as const;

export type Signal = (typeof SIGNALS)[number];

/** Component classes that a section can hold, in the order in which a server writes them. */
export const SECTION_CLASSES = ['receivers', 'processors', 'connectors', 'exporters', 'extensions'] as const;

export type SectionClass = (typeof SECTION_CLASSES)[number];

export interface MetricCategory {
  readonly label: string;
  readonly metrics: readonly {
    readonly name: string;
    readonly description: string;
    readonly defaultDisabled: boolean;
  }[];
}

/** One parameter of a type (reference/bindplane.md §1.5). `default` is absent where the type names none. */
export interface ParameterDefinition {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: Json;
  readonly validValues: readonly string[];
  readonly creatable: boolean;
  readonly sensitive: boolean;
  readonly metricCategories: readonly MetricCategory[];
}

/** Templates for one set of signals (`logs`, `logs+metrics`, …). */
export interface TypeSection {
  readonly signals: readonly Signal[];
  readonly templates: Readonly<Partial<Record<SectionClass, string>>>;
  /** Templates of which the first that fits the agent's components counts, before those above; usually none. */
  readonly choices: readonly TypeChoice[];
}

/** One entry of a section's `templates`. Without `match` it fits every agent. */
export interface TypeChoice {
  readonly match: readonly ComponentMatch[];
  readonly templates: TypeSection['templates'];
}

/** What a choice asks of one component: its Go module path, an operator (`>=`), a version (`0.120.0`). */
export interface ComponentMatch {
  readonly component: string;
  readonly operator: string;
  readonly version: string;
}

export interface ResourceType {
  readonly kind: TypeKind;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** The server's version of the type (`metadata.version`); absent for files that were never exported. */
  readonly version?: number;
  readonly supportedPlatforms: readonly string[];
  readonly parameters: readonly ParameterDefinition[];
  readonly sections: readonly TypeSection[];
  /** Whether its render was compared with a server's, or the type itself comes from one. */
  readonly verified: boolean;
  readonly file?: string;
}

export interface TypeCatalogue {
  get(kind: TypeKind, name: string): ResourceType | undefined;
  /** All types by kind, then name. */
  list(): readonly ResourceType[];
}

export interface TypeDocument {
  readonly file: string;
  readonly value: JsonMap;
  /** False: nobody compared these types with a server's. A document can lower it with the label `collie/verified: "false"`, never raise it. */
  readonly verified: boolean;
}

/** The label a type's own file uses to say that its render was never compared with a server's. */
const VERIFIED_LABEL = 'collie/verified';

const KIND_BY_RESOURCE_KIND: Readonly<Record<string, TypeKind>> = {
  SourceType: 'source',
  DestinationType: 'destination',
  ProcessorType: 'processor',
  ConnectorType: 'connector',
  ExtensionType: 'extension',
};

/** The order in which the server appends the sections of a type (model/resource_type.go of bindplane-op). */
const SECTION_NAMES = [
  'logs',
  'metrics',
  'traces',
  'logs+metrics',
  'logs+traces',
  'metrics+traces',
  'logs+metrics+traces',
] as const;

/**
 * Reads documents of the `*Type` kinds. Documents of other kinds are passed over; of two with one kind and name the later counts.
 * Whatever is no usable type becomes a BPR-001 finding that names the file.
 */
export function readTypes(documents: readonly TypeDocument[]): {
  readonly types: TypeCatalogue;
  readonly findings: readonly Finding[];
} {
  const types: ResourceType[] = [];
  const findings: Finding[] = [];
  for (const document of documents) {
    const kind = KIND_BY_RESOURCE_KIND[textOf(document.value['kind'], '')];
    if (kind === undefined) continue;
    const type = readType(kind, document);
    if (typeof type === 'string') {
      findings.push({ rule: 'BPR-001', severity: 'error', message: `${document.file}: ${type}` });
    } else types.push(type);
  }
  return { types: catalogue(types), findings };
}

/** A type whose document is read when somebody asks for it. */
export interface UnreadType {
  /** `SourceType`, `DestinationType` and so on. */
  readonly kind: string;
  readonly name: string;
  readonly document: () => TypeDocument;
}

/** A catalogue that reads each type at its first use: a repository uses a few of those that come with Collie. Broken ones are as if absent. */
export function lazyTypes(types: readonly UnreadType[]): TypeCatalogue {
  const unread = new Map(
    types.flatMap((type) => {
      const kind = KIND_BY_RESOURCE_KIND[type.kind];
      return kind === undefined ? [] : [[`${kind}/${type.name}`, { kind, type }] as const];
    }),
  );
  const read = new Map<string, ResourceType | undefined>();
  const at = (key: `${TypeKind}/${string}`): ResourceType | undefined => {
    const found = unread.get(key);
    if (found === undefined || read.has(key)) return read.get(key);
    const type = readType(found.kind, found.type.document());
    read.set(key, typeof type === 'string' ? undefined : type);
    return read.get(key);
  };
  return {
    get: (kind, name) => at(`${kind}/${name}`),
    list: () => [...unread.keys()].sort().flatMap((key) => at(key) ?? []),
  };
}

/** A catalogue in which the types of `over` stand before those of `base` with the same kind and name. */
export function overrideTypes(base: TypeCatalogue, over: TypeCatalogue): TypeCatalogue {
  return {
    get: (kind, name) => over.get(kind, name) ?? base.get(kind, name),
    list: () => catalogue([...base.list(), ...over.list()]).list(),
  };
}

function catalogue(types: readonly ResourceType[]): TypeCatalogue {
  const byKey = new Map(types.map((type) => [`${type.kind}/${type.name}`, type]));
  const listed = [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, type]) => type);
  return { get: (kind, name) => byKey.get(`${kind}/${name}`), list: () => listed };
}

function readType(kind: TypeKind, { file, value, verified }: TypeDocument): ResourceType | string {
  const metadata = mapOf(value['metadata']);
  const spec = mapOf(value['spec']);
  const name = metadata['name'];
  if (typeof name !== 'string' || name === '') return `${kind} type without metadata.name`;
  const parameters: ParameterDefinition[] = [];
  for (const item of listOf(spec['parameters'])) {
    const parameter = readParameter(mapOf(item));
    if (parameter === undefined) return `type ${name} has a parameter without name or type`;
    parameters.push(parameter);
  }
  const version = metadata['version'];
  return {
    kind,
    name,
    displayName: textOf(metadata['displayName'], name),
    description: textOf(metadata['description'], ''),
    ...(typeof version === 'number' && { version }),
    supportedPlatforms: listOf(spec['supportedPlatforms']).filter((platform) => typeof platform === 'string'),
    parameters,
    sections: SECTION_NAMES.flatMap((section) => readSection(section, spec[section])),
    verified: verified && mapOf(metadata['labels'])[VERIFIED_LABEL] !== 'false',
    file,
  };
}

function readSection(name: (typeof SECTION_NAMES)[number], value: Json | undefined): readonly TypeSection[] {
  if (!isMap(value)) return [];
  const templates = readTemplates(value);
  const choices = entriesOf(value['templates']).map(readChoice);
  if (Object.keys(templates).length === 0 && choices.length === 0) return [];
  const parts = name.split('+');
  return [{ signals: SIGNALS.filter((signal) => parts.includes(signal)), templates, choices }];
}

function readTemplates(value: JsonMap): TypeSection['templates'] {
  const templates: Partial<Record<SectionClass, string>> = {};
  for (const cls of SECTION_CLASSES) {
    const template = value[cls];
    if (typeof template === 'string' && template.trim() !== '') templates[cls] = template;
  }
  return templates;
}

function readChoice(value: Json): TypeChoice {
  if (!isMap(value)) return { match: [readMatch(null)], templates: {} };
  return { match: entriesOf(value['match']).map(readMatch), templates: readTemplates(value) };
}

function readMatch(value: Json): ComponentMatch {
  const { component, operator, version } = mapOf(value);
  return {
    component: textOf(component, ''),
    operator: textOf(operator, ''),
    version: textOf(version, ''),
  };
}

/** A list's entries; what is no list counts as one entry that nobody understands, so that it is never taken for none. */
function entriesOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return isList(value) ? value : [null];
}

function readParameter(value: JsonMap): ParameterDefinition | undefined {
  const name = value['name'];
  const type = value['type'];
  if (typeof name !== 'string' || name === '' || typeof type !== 'string') return undefined;
  const options = mapOf(value['options']);
  const fallback = value['default'];
  return {
    name,
    label: textOf(value['label'], name),
    description: textOf(value['description'], ''),
    type,
    required: value['required'] === true,
    ...(fallback !== undefined && fallback !== null && { default: fallback }),
    validValues: listOf(value['validValues']).map(String),
    creatable: options['creatable'] === true,
    sensitive: options['sensitive'] === true || options['password'] === true,
    metricCategories: listOf(options['metricCategories']).map((category) => readCategory(mapOf(category))),
  };
}

function readCategory(value: JsonMap): MetricCategory {
  return {
    label: textOf(value['label'], ''),
    metrics: listOf(value['metrics'])
      .map(mapOf)
      .map((metric) => ({
        name: textOf(metric['name'], ''),
        description: textOf(metric['description'], ''),
        defaultDisabled: metric['defaultDisabled'] === true,
      })),
  };
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function textOf(value: Json | undefined, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
