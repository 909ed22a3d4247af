/** A resource type that comes with Collie; `text` is its document as JSON, parsed only where somebody uses the type. */
export interface EmbeddedType {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

/** What the build puts into `dist/` of `schemas/`. */
export interface EmbeddedData {
  readonly types: readonly EmbeddedType[];
  /** JSON, by file below `schemas/components` without `.json`; parsed only where somebody asks for it. */
  readonly components: Readonly<Record<string, string>>;
}

/** Undefined when the sources run directly; `app/build.ts` puts a module into the bundle that reads `dist/schemas.data`. */
export function embeddedData(): EmbeddedData | undefined {
  return undefined;
}
