import { closest } from '../document/closest.ts';
import type { Finding } from '../document/finding.ts';
import { at, plain, type JsonMap, type MapNode } from '../document/node.ts';
import { schemaFindings, validatable, type SchemaError } from '../document/schema.ts';
import {
  validateConfiguration,
  validateConnector,
  validateDestination,
  validateExtension,
  validateFleet,
  validateProcessor,
  validateResourceType,
  validateSource,
} from './gen/validators.mjs';
import { KINDS, type Kind } from './resource.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** `schemas/resource`, by kind. */
const VALIDATORS: Readonly<Record<Kind, Validate>> = {
  SourceType: validateResourceType,
  ProcessorType: validateResourceType,
  DestinationType: validateResourceType,
  ConnectorType: validateResourceType,
  ExtensionType: validateResourceType,
  Processor: validateProcessor,
  Source: validateSource,
  Destination: validateDestination,
  Extension: validateExtension,
  Connector: validateConnector,
  Configuration: validateConfiguration,
  Fleet: validateFleet,
};

/** How one document differs from its kind's schema, as BPR-001 findings; see `readResource`. */
export function shapeFindings(root: MapNode): readonly Finding[] {
  const node = at(root, 'kind');
  const name = node?.kind === 'scalar' && node.value !== null ? String(node.value) : '';
  const kind = KINDS.find((known) => known === name);
  if (kind === undefined) return [unknownKind(name, node?.at ?? root.at)];
  const validate = VALIDATORS[kind];
  return validate(validatable(plain(root))) ? [] : schemaFindings(validate.errors ?? [], root, 'BPR-001');
}

/**
 * What a server's strict decoder refuses in a document of `kind`, in its words (golden/bindplane-rest): keys it does not know,
 * values of the wrong JSON type. What only breaks rules about values is not among them; `shapeFindings` has that too.
 */
export function decodeProblems(kind: Kind, document: JsonMap): readonly string[] {
  const validate = VALIDATORS[kind];
  if (validate(validatable(document))) return [];
  const errors = validate.errors ?? [];
  const unknown = new Map<string, string[]>();
  const others = new Set<string>();
  for (const { instancePath, keyword, params, message } of errors) {
    const place = instancePath
      .slice(1)
      .replaceAll(/\/(\d+)/g, '[$1]')
      .replaceAll('/', '.');
    const key = params['additionalProperty'] ?? params['unevaluatedProperty'];
    if (typeof key === 'string') unknown.set(place, [...(unknown.get(place) ?? []), key]);
    else if (keyword === 'type') others.add(`'${place}' ${message ?? 'has the wrong type'}`);
  }
  const keys = [...unknown].map(([place, names]) => `'${place}' has invalid keys: ${names.join(', ')}`);
  return [...keys, ...others];
}

function unknownKind(name: string, place: Finding['at'] & object): Finding {
  const meant = closest(name, KINDS);
  const hint = meant === undefined ? '' : ` Did you mean \`${meant}\`?`;
  const message =
    name === '' ? 'The document names no `kind`.' : `Unknown kind \`${name.slice(0, 60)}\`.${hint}`;
  return { rule: 'BPR-001', severity: 'error', message, at: place };
}
