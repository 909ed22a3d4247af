import type { Kind } from '../../src/core/bindplane/resource.ts';

/** One kind's place in the API: its collection path and the names of its answers (reference/bindplane.md §4.1). */
export interface Family {
  readonly kind: Kind;
  readonly path: string;
  readonly many: string;
  readonly one: string;
}

/** Every kind with routes of its own; `/v1/resources/{kind}` serves them all. */
export const FAMILIES: readonly Family[] = [
  { kind: 'Source', path: 'sources', many: 'sources', one: 'source' },
  { kind: 'Processor', path: 'processors', many: 'processors', one: 'processor' },
  { kind: 'Destination', path: 'destinations', many: 'destinations', one: 'destination' },
  { kind: 'Extension', path: 'extensions', many: 'extensions', one: 'extension' },
  { kind: 'Connector', path: 'connectors', many: 'connectors', one: 'connector' },
  { kind: 'Fleet', path: 'fleets', many: 'fleets', one: 'fleet' },
  { kind: 'SourceType', path: 'source-types', many: 'sourceTypes', one: 'sourceType' },
  { kind: 'ProcessorType', path: 'processor-types', many: 'processorTypes', one: 'processorType' },
  { kind: 'DestinationType', path: 'destination-types', many: 'destinationTypes', one: 'destinationType' },
  { kind: 'ExtensionType', path: 'extension-types', many: 'extensionTypes', one: 'extensionType' },
  { kind: 'ConnectorType', path: 'connector-types', many: 'connectorTypes', one: 'connectorType' },
];

/** The kind that a URL names: any case, singular or plural, with or without dashes; undefined when there is none. */
export function kindOfUrl(text: string): Kind | undefined {
  const word = text.toLowerCase().replaceAll('-', '').replace(/s$/, '');
  if (word === 'configuration') return 'Configuration';
  return FAMILIES.find(({ kind }) => kind.toLowerCase() === word)?.kind;
}
