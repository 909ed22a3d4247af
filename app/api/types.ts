import type { TypeCatalogue } from '../../src/core/bindplane/types.ts';
import { overrideTypes, readTypes } from '../../src/core/bindplane/types.ts';
import type { Kind } from '../../src/core/bindplane/resource.ts';
import type { ApiDependencies } from './dependencies.ts';

const TYPE_KINDS: readonly Kind[] = [
  'SourceType',
  'ProcessorType',
  'DestinationType',
  'ConnectorType',
  'ExtensionType',
];

/** The types that count: applied ones over those that come with the program. */
export async function typesOf({ store, types }: ApiDependencies): Promise<TypeCatalogue> {
  const documents = [];
  for (const kind of TYPE_KINDS) {
    for (const { name, document } of await store.resources.list(kind)) {
      documents.push({ file: name, value: document, verified: true });
    }
  }
  return documents.length === 0
    ? types.catalogue
    : overrideTypes(types.catalogue, readTypes(documents).types);
}
