import type { EffectiveConfig, ProvenanceEntry } from './effective-config.ts';

/** The part of an effective config that lookups need. */
export type WithProvenance = Pick<EffectiveConfig, 'provenance'>;

export interface LocatedPath {
  readonly entry: ProvenanceEntry;
  /** True when the entry is for this very path, false when it is for a path above it. */
  readonly whole: boolean;
}

/**
 * The entry of the longest prefix of `path` (sequence items by index, as text), or undefined when nothing above it is known.
 * A path of a component's key without an entry of its own therefore gives the component's place.
 */
export function provenanceOf(config: WithProvenance, path: readonly string[]): ProvenanceEntry | undefined {
  return locate(config, path)?.entry;
}

/** Like {@link provenanceOf}, and says whether the entry is for the path itself. */
export function locate(config: WithProvenance, path: readonly string[]): LocatedPath | undefined {
  let best: ProvenanceEntry | undefined;
  for (const entry of config.provenance) {
    if (entry.path.length > path.length || (best !== undefined && entry.path.length <= best.path.length)) {
      continue;
    }
    if (entry.path.every((step, index) => step === path[index])) best = entry;
  }
  return best === undefined ? undefined : { entry: best, whole: best.path.length === path.length };
}
