import { closest } from '../document/closest.ts';
import type { Finding } from '../document/finding.ts';
import { at, plain, type MapNode } from '../document/node.ts';
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

function unknownKind(name: string, place: Finding['at'] & object): Finding {
  const meant = closest(name, KINDS);
  const hint = meant === undefined ? '' : ` Did you mean \`${meant}\`?`;
  const message =
    name === '' ? 'The document names no `kind`.' : `Unknown kind \`${name.slice(0, 60)}\`.${hint}`;
  return { rule: 'BPR-001', severity: 'error', message, at: place };
}
