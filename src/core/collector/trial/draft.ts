import type { JsonMap } from '../../document/node.ts';
import type { ComponentCatalogue } from '../catalogue.ts';
import type { Capabilities } from './capabilities.ts';

/** One thing that a trial has otherwise than the config that it tries. */
export interface TrialChange {
  /** Where in the original config. */
  readonly path: readonly string[];
  /** What became of it, in the words of a sentence's end: `moved to loopback`. */
  readonly what: string;
  /** As the config has it, where that is one short text. */
  readonly was?: string;
  /** Set where a value stands in for one that only the agent knows, so that nothing can be said about it. */
  readonly isPlaceholder?: true;
}

/** A word of the trial's config, and what the collector would have said of the original. */
export interface TrialWord {
  readonly trial: string;
  readonly original: string;
}

/** A config on its way to a trial. Steps add to it and take nothing back. */
export interface Draft {
  readonly tree: JsonMap;
  readonly changes: readonly TrialChange[];
  readonly words: readonly TrialWord[];
  /** Folders that have to be there, below the folder of the trial. */
  readonly folders: readonly string[];
}

/** What a trial is made with. */
export interface TrialContext {
  readonly capabilities: Capabilities;
  readonly catalogue: ComponentCatalogue;
  /** A private folder, by its absolute path: what a config keeps on disk goes there. */
  readonly folder: string;
}

/** One way in which a config is made harmless. */
export interface TrialStep {
  readonly name: string;
  readonly apply: (draft: Draft, context: TrialContext) => Draft;
}

/** The draft with more in it, and another tree. */
export function extended(draft: Draft, more: Partial<Draft>): Draft {
  return {
    tree: more.tree ?? draft.tree,
    changes: [...draft.changes, ...(more.changes ?? [])],
    words: [...draft.words, ...(more.words ?? [])],
    folders: [...draft.folders, ...(more.folders ?? [])],
  };
}
