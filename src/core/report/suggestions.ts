import { sha256 } from '../document/digest.ts';
import { compareFindings, type Finding, type Fix } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import { withTextEdits } from '../document/text-edits.ts';
import { SEVERITY_ICONS, speaker } from './finding-markdown.ts';
import { createProse, line, markdown, paragraph, strong } from './markdown.ts';
import { marker } from './marker.ts';
import { patchHunks, showsLines, type PatchHunk } from './patch-hunks.ts';
import type { Redactor } from './redact.ts';
import { visibleBlock } from './untrusted.ts';

/** A review comment with a suggestion that GitHub can commit. */
export interface Suggestion {
  /** The same for the same replacement at another line: what an earlier run's comment is found by. */
  readonly key: string;
  readonly path: string;
  /** Lines of the pull request's head that it replaces, 1-based, both included. */
  readonly startLine: number;
  readonly endLine: number;
  readonly body: string;
}

export interface SuggestionInput {
  readonly findings: readonly Finding[];
  /** Texts of the head that the findings were made for, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Patches of the pull request's files, by path; of files that are in the head exactly as in `texts`. */
  readonly patches: ReadonlyMap<string, string>;
  readonly redactor: Redactor;
  readonly headSha?: string;
}

/** Lines that a fix changes, and what it makes of them. */
interface Replacement {
  readonly path: string;
  readonly startLine: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Whether a person would commit a fix as it stands: its edits are known. What has none is told in words only. */
export function hasEdits({ fixes = [] }: Finding): boolean {
  return fixes.some(({ edits = [] }) => edits.length > 0);
}

/**
 * Fixes as suggestions, worst first: those whose lines the pull request's diff shows, because GitHub takes review comments nowhere else. A fix
 * over several files, over too many lines, or whose lines hold secrets or hidden characters stays in words. `left` counts those that found no
 * room.
 */
export function suggestionsOf(input: SuggestionInput): {
  readonly suggestions: readonly Suggestion[];
  readonly left: number;
} {
  const hunks = new Map([...input.patches].map(([path, patch]) => [path, patchHunks(patch)]));
  const taken: { readonly finding: Finding; readonly fix: Fix; readonly replacement: Replacement }[] = [];
  for (const finding of [...input.findings].sort(compareFindings)) {
    for (const fix of finding.fixes ?? []) {
      const replacement = replacementOf(fix, input, hunks);
      if (replacement === undefined) continue;
      if (!taken.some((other) => overlap(other.replacement, replacement))) {
        taken.push({ finding, fix, replacement });
      }
      // Of several ways out one is offered; the others are in words beside it.
      break;
    }
  }
  const shown = taken.slice(0, LIMITS.report.suggestions);
  const left = taken.length - shown.length;
  const seen = new Map<string, number>();
  const suggestions = shown.map(({ finding, fix, replacement }, index) => {
    const { path, startLine, before, after } = replacement;
    const same = JSON.stringify([path, before, after]);
    const nth = seen.get(same) ?? 0;
    seen.set(same, nth + 1);
    const key = sha256(`${nth} ${same}`).slice(0, 16);
    const more = index === shown.length - 1 ? left : 0;
    const body = `${marker({ kind: 'fix', key, ...(input.headSha === undefined ? {} : { headSha: input.headSha }) })}\n${words(finding, fix, after, more, input.redactor)}`;
    return { key, path, startLine, endLine: startLine + before.length - 1, body };
  });
  return { suggestions, left };
}

function overlap(a: Replacement, b: Replacement): boolean {
  return (
    a.path === b.path &&
    a.startLine < b.startLine + b.before.length &&
    b.startLine < a.startLine + a.before.length
  );
}

function replacementOf(
  { edits = [] }: Fix,
  { texts, redactor }: SuggestionInput,
  hunks: ReadonlyMap<string, readonly PatchHunk[]>,
): Replacement | undefined {
  const path = edits[0]?.at.file;
  if (path === undefined || edits.some(({ at }) => at.file !== path)) return undefined;
  const shown = hunks.get(path);
  const text = texts.get(path);
  // How GitHub writes a suggestion into lines that end with a carriage return is not documented.
  if (shown === undefined || text === undefined || text.includes('\r')) return undefined;
  const edited = withTextEdits(text, edits);
  if (edited === undefined || edited === text) return undefined;
  const found = changedLines(text.split('\n'), edited.split('\n')).find(({ startLine, before }) =>
    showsLines(shown, startLine, before),
  );
  if (found === undefined) return undefined;
  const lines = [...found.before, ...found.after].join('\n');
  const isLong = Math.max(found.before.length, found.after.length) > LIMITS.report.suggestionLines;
  // What may not be shown cannot be suggested either: the mask would be committed.
  const isShown = redactor.text(lines) === lines && visibleBlock(lines) === lines;
  // One empty line looks like no line in a suggestion, and would be taken away.
  const isBlank = found.after.length === 1 && found.after[0] === '';
  return isLong || isBlank || !isShown ? undefined : { path, ...found };
}

/** The lines that differ, as a replacement; lines that are only put in are so beside the line above, or else the one below. */
function changedLines(
  before: readonly string[],
  after: readonly string[],
): readonly Omit<Replacement, 'path'>[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const change = (from: number, to: number): Omit<Replacement, 'path'> => ({
    startLine: from + 1,
    before: before.slice(from, before.length - to),
    after: after.slice(from, after.length - to),
  });
  if (before.length - end > start) return [change(start, end)];
  return [...(start > 0 ? [change(start - 1, end)] : []), ...(end > 0 ? [change(start, end - 1)] : [])];
}

function words(
  finding: Finding,
  fix: Fix,
  after: readonly string[],
  more: number,
  redactor: Redactor,
): string {
  const prose = createProse(redactor);
  const said = finding.otelcolMessage;
  return markdown([
    paragraph(
      `${SEVERITY_ICONS[finding.severity]} `,
      strong(prose.message(finding.message)),
      ' ',
      prose.code(finding.rule),
    ),
    ...(said === undefined ? [] : [paragraph(`${speaker(finding)} `, prose.code(said))]),
    paragraph(line(strong('Fix'), ' ', prose.message(fix.title))),
    // A fence longer than any in the lines closes it: their content cannot.
    { type: 'code', lang: 'suggestion', value: after.join('\n') },
    ...(more === 0
      ? []
      : [paragraph(`${more} more ${more === 1 ? 'fix is' : 'fixes are'} in the plan's comment, in words.`)]),
  ]);
}
