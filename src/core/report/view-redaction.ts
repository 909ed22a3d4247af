import type { Json } from '../document/node.ts';
import { isReference } from '../document/secret-keys.ts';
import { typedItemsOf } from '../lint/items.ts';
import type { LoadedView } from '../resources/view.ts';
import type { RedactorOptions } from './redact.ts';

/**
 * What is secret in these revisions, for every text that speaks of them: values of parameters that their type calls
 * sensitive, whatever their names look like, and all that stands at secret keys of specs and of the configs rendered so far.
 */
export function redactionOf(...views: readonly LoadedView[]): RedactorOptions {
  const known = new Set<string>();
  const data: Json[] = [];
  for (const view of views) {
    for (const resource of view.repository.resources.values()) {
      data.push(resource.spec);
      for (const secret of sensitiveValues(view, resource)) known.add(secret);
    }
    for (const { config } of view.effective.made()) data.push(config.tree);
  }
  return { known: [...known], data };
}

function sensitiveValues(
  { types }: LoadedView,
  resource: Parameters<typeof typedItemsOf>[0],
): readonly string[] {
  return typedItemsOf(resource).flatMap(({ kind, type, parameters }) => {
    const sensitive = new Set(
      (types.get(kind, type)?.parameters ?? []).flatMap((definition) =>
        definition.sensitive ? [definition.name] : [],
      ),
    );
    return parameters.flatMap(({ name, value }) =>
      sensitive.has(name) ? texts(value).filter((text) => !isReference(text)) : [],
    );
  });
}

/** Every text in a value, at any depth. */
function texts(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}
