import type { JsonMap } from '../core/document/node.ts';

/** What the build puts into `dist/`: the resource types and the component data, already parsed. */
export interface EmbeddedData {
  readonly types: readonly { readonly file: string; readonly value: JsonMap }[];
  readonly components: JsonMap;
}

/** Undefined when the sources run directly; `app/build.ts` puts its own version of this module into the bundle. */
export function embeddedData(): EmbeddedData | undefined {
  return undefined;
}
