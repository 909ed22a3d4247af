import type { Kind } from '../../../src/core/bindplane/resource.ts';
import type { TypeKind } from '../../../src/core/bindplane/types.ts';

/** Lists of a spec and what their items are. */
export const ITEM_KINDS: Readonly<Record<string, TypeKind>> = {
  sources: 'source',
  destinations: 'destination',
  processors: 'processor',
  connectors: 'connector',
  extensions: 'extension',
};

/** Kinds that have a type and parameters. */
export const TYPE_KIND_OF: Readonly<Partial<Record<Kind, TypeKind>>> = {
  Source: 'source',
  Destination: 'destination',
  Processor: 'processor',
  Connector: 'connector',
  Extension: 'extension',
};

/** Kinds of types, and what each makes. */
export const MADE_BY: Readonly<Partial<Record<Kind, TypeKind>>> = {
  SourceType: 'source',
  DestinationType: 'destination',
  ProcessorType: 'processor',
  ConnectorType: 'connector',
  ExtensionType: 'extension',
};
