import { explainError } from '../../src/core/explain/explain.ts';
import { explainableOf } from '../../src/core/explain/source-map.ts';
import { loadCatalogue, loadTypes, ownTypeDocuments } from '../../src/io/files.ts';
import type { BuiltInTypes } from '../api/dependencies.ts';
import type { ExplainText } from '../engine/feed.ts';

/** The resource types this Collie brings along, as documents and as a catalogue. */
export async function builtInTypes(): Promise<BuiltInTypes> {
  const documents = await ownTypeDocuments();
  return { documents: documents.map(({ value }) => value), catalogue: await loadTypes() };
}

/** Explains agents' texts by the configs of one configuration, where the plan said where their lines come from. */
export async function explainer(): Promise<ExplainText> {
  const catalogue = await loadCatalogue();
  return (text, configuration, sourceMaps) => {
    const configs = sourceMaps.flatMap((map) => explainableOf(map) ?? []);
    const own = configs.filter((config) => config.configuration === `Configuration/${configuration}`);
    return explainError(text, own.length > 0 ? own : configs, { catalogue });
  };
}
