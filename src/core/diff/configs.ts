import { structuredPatch } from 'diff';
import { LIMITS } from '../document/limits.ts';

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

/** Lines of context around a change, as `diff -u` shows them. */
const CONTEXT_LINES = 3;

/**
 * The difference of two config texts, their header comments (name and version, which say nothing about behaviour) left out. Line
 * numbers are those of the whole texts. The empty text stands for "no config yet" or "no config any more".
 * Texts that differ in more places than the limit come back as `rewritten` with the line counts of both.
 */
export function diffConfigs(before: string, after: string): ConfigDiff {
  const old = splitHeader(before);
  const young = splitHeader(after);
  if (old.body === young.body) return { added: 0, removed: 0, hunks: [] };
  const patch = structuredPatch('', '', old.body, young.body, '', '', {
    context: CONTEXT_LINES,
    maxEditLength: LIMITS.diff.editLength,
    timeout: LIMITS.diff.timeoutMs,
  });
  if (patch === undefined) {
    return { added: lineCount(young.body), removed: lineCount(old.body), hunks: [], rewritten: true };
  }
  const hunks = patch.hunks.map((hunk) => ({
    beforeLine: hunk.oldStart + old.lines,
    afterLine: hunk.newStart + young.lines,
    lines: hunk.lines.filter((line) => !line.startsWith('\\')),
  }));
  return { added: count(hunks, '+'), removed: count(hunks, '-'), hunks };
}

/** A config text without the comment lines it begins with. */
export function withoutHeader(text: string): string {
  return splitHeader(text).body;
}

function splitHeader(text: string): { readonly body: string; readonly lines: number } {
  const header = /^(?:#[^\n]*(?:\n|$))*/.exec(text)?.[0] ?? '';
  return { body: text.slice(header.length), lines: header.split('\n').length - 1 };
}

function lineCount(text: string): number {
  if (text === '') return 0;
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function count(hunks: readonly DiffHunk[], sign: '+' | '-'): number {
  return hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0);
}
