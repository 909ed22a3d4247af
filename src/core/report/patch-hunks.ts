/** Lines of the new side that one hunk of a patch shows: what a review comment can stand on. */
export interface PatchHunk {
  /** 1-based. */
  readonly start: number;
  /** Texts of the lines, context and additions alike. */
  readonly lines: readonly string[];
}

/** The hunks of a unified diff of one file, as GitHub's listing of a pull request's files has it (`patch`). */
export function patchHunks(patch: string): readonly PatchHunk[] {
  const hunks: { start: number; lines: string[] }[] = [];
  for (const line of patch.split('\n')) {
    const [, start] = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line) ?? [];
    if (start !== undefined) hunks.push({ start: Number(start), lines: [] });
    else if (/^[ +]/.test(line)) hunks.at(-1)?.lines.push(line.slice(1));
  }
  return hunks;
}

/** Whether one hunk shows all lines from `start` on, with these texts. */
export function showsLines(hunks: readonly PatchHunk[], start: number, texts: readonly string[]): boolean {
  return hunks.some((hunk) => texts.every((text, index) => hunk.lines[start - hunk.start + index] === text));
}
