/** What helps to find the place of an error inside the config, beyond its path. Words are in the order in which they are tried. */
export interface Clues {
  /** Names of keys that the message speaks of. */
  readonly keys: readonly string[];
  /** Texts that stand in some value of the config (an address, a statement, a file name). */
  readonly values: readonly string[];
  /** Line of the rendered config's text, 1-based. */
  readonly textLine?: number;
  /** A token at a position inside one value: a statement's syntax error. `text` `<EOF>` is the end of the value. */
  readonly token?: { readonly line: number; readonly column: number; readonly text: string };
}

/** One mistake that a collector (or its supervisor) tells of. */
export interface CollectorError {
  /** Name of the family that read it. */
  readonly family: string;
  /** The collector's own line, word for word, without the wrappers around it. */
  readonly line: string;
  /** What is wrong, in one clause without the component. */
  readonly summary: string;
  /**
   * Path in the config as far as the text gives it. A step may hold several keys with dots between (`metrics.k8s.pod.cpu.usage`): only
   * the config can tell where they part. A step inside a list is the item's text or its index.
   */
  readonly path: readonly string[];
  /** Whether `path` starts at the config's root; false where the text only gives the end of a path. */
  readonly anchored: boolean;
  /** The key that the message is about, where it names one. */
  readonly key?: string;
  readonly clues: Clues;
}

/** One line of a text, with the path that the lines around it give. */
export interface ErrorLine {
  readonly text: string;
  /** Path from the enclosing lines (`receivers`, `kubeletstats`, …); empty when there are none. */
  readonly context: readonly string[];
  /** Wrappers that stood before the text, outermost first. */
  readonly stages: readonly string[];
}

/** What a family makes of a line: an error without its family's name. */
export type ParsedError = Omit<CollectorError, 'family' | 'clues'> & { readonly clues?: Partial<Clues> };

/**
 * One family of messages. `print` gives the collector's own line for a mistake (collector 0.139 and newer); `parse` reads such a line of
 * any generation and gives nothing for lines of other families.
 */
export interface ErrorFamily<Mistake> {
  readonly name: string;
  print(mistake: Mistake): string;
  parse(line: ErrorLine): readonly ParsedError[];
}
