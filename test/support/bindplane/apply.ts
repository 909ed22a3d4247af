import { isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { ITEM_KINDS, itemsOf, mapsOf, masked, pinned, split, TYPED, unpinned, withSecrets } from './specs.ts';
import { NO_ROLLOUT, textOf, type Data, type Store, type Stored } from './store.ts';

/** A whole request is refused: nothing of it is stored. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a server of some year knows (reference/lab-bindplane.md §2 for 1.35.0, reference/bindplane.md §1 for 2026). */
export interface Vintage {
  readonly kinds: ReadonlySet<string>;
  readonly apiVersions: ReadonlySet<string>;
  readonly specKeys: Readonly<Record<string, readonly string[]>>;
}

const V1 = ['bindplane.observiq.com/v1', 'bindplane.observiq.com/v1alpha', 'bindplane.observiq.com/v1beta'];
const OLD_KINDS = [
  'SourceType',
  'ProcessorType',
  'DestinationType',
  'Processor',
  'Source',
  'Destination',
  'Configuration',
  'AgentVersion',
];
const PARAMETERIZED = ['type', 'parameters', 'processors', 'disabled'];
const OLD_CONFIGURATION = [
  'contentType',
  'measurementInterval',
  'raw',
  'sources',
  'destinations',
  'selector',
];

export const VINTAGES: Readonly<Record<'1.35' | '2026', Vintage>> = {
  '1.35': {
    kinds: new Set(OLD_KINDS),
    apiVersions: new Set(V1),
    specKeys: {
      Source: PARAMETERIZED,
      Destination: PARAMETERIZED,
      Processor: PARAMETERIZED,
      Configuration: OLD_CONFIGURATION,
    },
  },
  '2026': {
    kinds: new Set([...OLD_KINDS, 'Extension', 'Connector', 'ExtensionType', 'ConnectorType', 'Fleet']),
    apiVersions: new Set([...V1, 'bindplane.observiq.com/v2', 'bindplane.observiq.com/v2beta']),
    specKeys: {
      Source: PARAMETERIZED,
      Destination: PARAMETERIZED,
      Processor: PARAMETERIZED,
      Extension: PARAMETERIZED,
      Connector: PARAMETERIZED,
      Configuration: [
        ...OLD_CONFIGURATION,
        'extensions',
        'processors',
        'connectors',
        'parameters',
        'rollout',
        'topologyInterval',
        'disableLegacyEnvVarNormalization',
      ],
      Fleet: ['configuration', 'selector'],
    },
  },
};

export interface Update {
  readonly resource: Json;
  readonly status: string;
  readonly reason: string;
}

/** One resource of a request, with the parts every server fills in. */
interface Posted {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
  readonly metadata: Data;
  readonly spec: Data;
}

/**
 * `POST /apply`: strict parse of all (one bad resource refuses the request), then one by one in the order given; dependents of changed library resources
 * follow at the end (reference/bindplane.md §4.2, reference/lab-bindplane.md §3).
 */
export function applyAll(resources: readonly Json[], store: Store, vintage: Vintage): readonly Update[] {
  const posted = resources.map((resource) => parsePosted(resource, vintage));
  for (const resource of posted) refuseUnknownReferences(resource, posted, store);
  const updates: Update[] = [];
  const changed: Stored[] = [];
  for (const resource of posted) {
    const { update, stored } = applyOne(resource, store);
    updates.push(update);
    if (stored !== undefined && update.status !== 'unchanged') changed.push(stored);
  }
  return [...updates, ...dependents(changed, store)];
}

export function parsePosted(value: Json, vintage: Vintage): Posted {
  const resource = isMap(value) ? value : {};
  const kind = textOf(resource['kind']);
  const apiVersion = textOf(resource['apiVersion']);
  if (!vintage.kinds.has(kind)) throw new Refusal(400, `unknown resource kind: ${kind}`);
  if (apiVersion !== '' && !vintage.apiVersions.has(apiVersion)) {
    throw new Refusal(400, `unknown apiVersion: ${apiVersion}`);
  }
  const metadata = isMap(resource['metadata']) ? resource['metadata'] : {};
  const spec = isMap(resource['spec']) ? resource['spec'] : {};
  const known = vintage.specKeys[kind];
  const unknown = known === undefined ? [] : Object.keys(spec).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new Refusal(
      400,
      `failed to decode definition: 1 error(s) decoding:\n\n* 'spec' has invalid keys: ${unknown.join(', ')}`,
    );
  }
  return {
    kind,
    name: textOf(metadata['name']),
    apiVersion,
    metadata: {
      name: textOf(metadata['name']),
      ...pick(metadata, ['displayName', 'description', 'icon']),
      labels: metadata['labels'] ?? {},
    },
    spec: shaped(kind, spec),
  };
}

function pick(map: JsonMap, keys: readonly string[]): Data {
  return Object.fromEntries(
    keys.flatMap((key) => (map[key] === undefined || map[key] === '' ? [] : [[key, map[key]]])),
  );
}

/** The spec as Go writes it back: empty fields left out, a Configuration's texts and selector always there. */
function shaped(kind: string, spec: JsonMap): Data {
  const filled = Object.fromEntries(
    Object.entries(spec).filter(([, value]) => value !== null && value !== ''),
  );
  if (kind === 'Configuration') {
    return {
      contentType: '',
      measurementInterval: '',
      ...filled,
      selector: filled['selector'] ?? { matchLabels: null },
    };
  }
  if (kind === 'Fleet') {
    return { configuration: '', ...filled, selector: filled['selector'] ?? { matchLabels: null } };
  }
  return filled;
}

/** A Configuration that cannot be rendered refuses the request; names of the same request count as known, pinned versions do not. */
function refuseUnknownReferences(resource: Posted, posted: readonly Posted[], store: Store): void {
  if (resource.kind !== 'Configuration') return;
  for (const { kind, item } of itemsOf(resource.spec)) {
    const reference = typeof item['name'] === 'string' ? item['name'] : '';
    const { name, version } = split(reference);
    const isKnown =
      reference === '' ||
      store.get(kind, name, version) !== undefined ||
      (version === undefined && posted.some((other) => other.kind === kind && other.name === name));
    if (!isKnown) {
      throw new Refusal(400, `failed to render config (resourceID: ): unknown ${kind}: ${reference}`);
    }
  }
}

function applyOne(resource: Posted, store: Store): { update: Update; stored?: Stored } {
  const { errors, warnings } = problemsOf(resource, store);
  if (errors.length > 0) {
    const invalid = {
      ...unstoredJson({ ...resource, spec: pinned(resource.spec, resource.kind, store) }),
      metadata: { id: store.newId(), ...resource.metadata },
    };
    return { update: { resource: invalid, status: 'invalid', reason: multiError(errors, 'error') } };
  }
  const known = withSecrets(resource.spec, store.get(resource.kind, resource.name)?.spec);
  const spec = pinned(known, resource.kind, store);
  const { stored, status } = store.put(
    resource.kind,
    resource.name,
    resource.apiVersion,
    resource.metadata,
    spec,
  );
  return {
    update: {
      resource: resourceJson(stored, store, true),
      status,
      reason: warnings.length === 0 ? '' : multiError(warnings, 'warning'),
    },
    stored,
  };
}

/** The form of hashicorp/go-multierror. */
function multiError(messages: readonly string[], word: string): string {
  return `${messages.length} ${word}${messages.length === 1 ? '' : 's'} occurred:\n${messages.map((message) => `\t* ${message}\n`).join('')}\n`;
}

const NAME = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

function problemsOf(resource: Posted, store: Store): { errors: string[]; warnings: string[] } {
  const errors: string[] = [];
  const warnings: string[] = [];
  if (!NAME.test(resource.name)) {
    errors.push(
      `${resource.name} is not a valid resource name: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    );
  }
  if (Object.values(ITEM_KINDS).includes(resource.kind)) {
    checkTyped(resource.kind, resource.spec, store, errors, warnings);
  }
  for (const { kind, item } of itemsOf(resource.spec)) {
    const reference = typeof item['name'] === 'string' ? item['name'] : '';
    const { name, version } = split(reference);
    if (reference !== '' && store.get(kind, name, version) === undefined) {
      errors.push(`unknown ${kind}: ${reference}`);
    }
    if (reference === '') checkTyped(kind, item, store, errors, warnings);
  }
  return { errors, warnings };
}

function checkTyped(kind: string, spec: JsonMap, store: Store, errors: string[], warnings: string[]): void {
  const typeName = typeof spec['type'] === 'string' ? spec['type'] : '';
  if (typeName === '') {
    if (spec['processors'] === undefined) errors.push('no name or type');
    return;
  }
  const { name, version } = split(typeName);
  const type = store.get(`${kind}Type`, name, version);
  if (type === undefined) {
    errors.push(`unknown ${kind}Type: ${typeName}`);
    return;
  }
  const definitions = mapsOf(type.spec['parameters']);
  for (const parameter of mapsOf(spec['parameters'])) {
    const definition = definitions.find((known) => known['name'] === parameter['name']);
    if (definition === undefined) {
      warnings.push(`ignoring parameter ${textOf(parameter['name'])} not defined in type ${name}`);
    } else errors.push(...valueProblem(definition, parameter['value'] ?? null));
  }
}

function valueProblem(definition: JsonMap, value: Json): readonly string[] {
  const name = textOf(definition['name']);
  const isInteger = Number.isInteger(typeof value === 'string' && value !== '' ? Number(value) : value);
  if (definition['type'] === 'int' && !isInteger) return [`parameter value for '${name}' must be an integer`];
  const valid = definition['validValues'];
  if (
    definition['type'] === 'enum' &&
    Array.isArray(valid) &&
    !valid.includes(value) &&
    !isCreatable(definition)
  ) {
    return [`parameter value for '${name}' must be one of [${valid.join(' ')}]`];
  }
  return [];
}

function isCreatable(definition: JsonMap): boolean {
  return isMap(definition['options']) && definition['options']['creatable'] === true;
}

/** Configurations that use what changed are saved again with the newest references. */
function dependents(changed: readonly Stored[], store: Store): readonly Update[] {
  const updates: Update[] = [];
  const library = changed.filter(({ kind }) => kind in TYPED);
  for (const configuration of store.list('Configuration')) {
    const used = itemsOf(configuration.spec).filter(({ kind, item }) =>
      library.some(
        (resource) => resource.kind === kind && resource.name === split(textOf(item['name'])).name,
      ),
    );
    if (used.length === 0) continue;
    const spec = pinned(unpinned(configuration.spec, library), 'Configuration', store);
    const { stored, status } = store.put(
      'Configuration',
      configuration.name,
      configuration.apiVersion,
      userMetadata(configuration),
      spec,
    );
    updates.push({ resource: resourceJson(stored, store, true), status, reason: '' });
  }
  return updates;
}

function userMetadata({ metadata }: Stored): Data {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !['id', 'hash', 'version', 'dateModified'].includes(key)),
  );
}

/** Configurations that name a resource, as the server's words for "in use" list them. */
export function dependentsText(kind: string, name: string, store: Store): string | undefined {
  // 1.35.0 checks only these two (reference/bindplane.md §1.7).
  if (kind !== 'Source' && kind !== 'Destination') return undefined;
  const users = store
    .list('Configuration')
    .filter(({ spec }) =>
      itemsOf(spec).some((used) => used.kind === kind && split(textOf(used.item['name'])).name === name),
    );
  return users.length === 0
    ? undefined
    : `Dependent resources:\n${users.map((user) => `Configuration ${user.name}\n`).join('')}`;
}

/** A posted resource as an answer shows it when it was not stored. */
export function unstoredJson(resource: Posted): Data {
  const rollout = { name: '', ...structuredClone(NO_ROLLOUT) };
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { id: '', ...resource.metadata },
    spec: resource.spec,
    status: (resource.kind === 'Configuration' ? { rollout } : { latest: false }) as unknown as Json,
  };
}

/**
 * A stored resource as answers show it, with the status that is worked out on read. The answer of an apply shows what was stored before:
 * `pending` whenever a rollout was ever started, never `current` (recorded so).
 */
export function resourceJson(stored: Stored, store: Store, isUpdate: boolean = false): Data {
  const isLatest = store.get(stored.kind, stored.name)?.version === stored.version;
  const base: Data = {
    apiVersion: stored.apiVersion,
    kind: stored.kind,
    metadata: stored.metadata,
    spec: masked(stored.spec, stored.kind, store),
  };
  if (stored.kind !== 'Configuration') return { ...base, status: { latest: isLatest } };
  const { current, pending } = store.versionsOf(stored.name);
  const isPending = isUpdate ? pending > 0 : pending === stored.version;
  return {
    ...base,
    status: {
      rollout: { name: '', ...structuredClone(stored.rollout) } as unknown as Json,
      ...(current > 0 && { currentVersion: current }),
      ...(pending > 0 && { pendingVersion: pending }),
      ...(isLatest && { latest: true }),
      ...(isPending && { pending: true }),
      ...(!isUpdate && current === stored.version && { current: true }),
    },
  };
}
