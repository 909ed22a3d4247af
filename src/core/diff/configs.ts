/** Difference of two effective config texts. */
export interface ConfigDiff {
  readonly added: number;
  readonly removed: number;
  readonly hunks: readonly DiffHunk[];
  /** Set when the texts are too different to be shown line by line (limits of jsdiff, reference/ecosystem.md §3). */
  readonly rewritten?: boolean;
}

export interface DiffHunk {
  readonly beforeLine: number;
  readonly afterLine: number;
  /** Each with its leading `+`, `-` or space. */
  readonly lines: readonly string[];
}
