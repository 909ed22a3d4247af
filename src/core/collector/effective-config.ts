import type { SourceRange } from '../document/finding.ts';
import type { JsonMap } from '../document/node.ts';

/** Where one rendered key comes from. `path` is the path in the config tree; sequence items by index. */
export interface ProvenanceEntry {
  readonly path: readonly string[];
  /** The parameter value that caused it, else the `type:` value of the resource it comes from. */
  readonly at: SourceRange;
  /** The Configuration's reference to that resource. */
  readonly via?: SourceRange;
}

/**
 * One collector config as text and tree, with the place of each component and key.
 * `provenance` holds an entry for every component (`receivers`, id) and for keys whose place differs from their
 * component's; look up with `provenanceOf` (longest matching prefix wins).
 */
export interface EffectiveConfig {
  /** Resource key of the Configuration (`Configuration/shop-node`). */
  readonly configuration: string;
  readonly name: string;
  readonly text: string;
  readonly tree: JsonMap;
  readonly provenance: readonly ProvenanceEntry[];
  /** Where the text's first line stands, for texts that are in a file line by line as they are. */
  readonly textStart?: { readonly file: string; readonly line: number };
  /** Why the text is not the whole truth (types that cannot be rendered here); empty when it is. */
  readonly unrendered: readonly string[];
  /** What was taken for granted where no file says it; the text is the truth only if that is so. */
  readonly assumed?: readonly string[];
  /** Digest of what the missing parts are made from. Of two configs with the same text, those with another digest may differ all the same. */
  readonly opaque?: string;
  /** Rendered from types that were never compared with a server's. */
  readonly unverifiedTypes: readonly string[];
  /** Rules of rendering that this config needed and that no server's output has shown (`processor groups`); absent: none. */
  readonly unverifiedRules?: readonly string[];
}
