import type { SourceRange, TextEdit } from './finding.ts';

/**
 * A text after edits that were all made for it (their files are not looked at). Undefined when two of them overlap or one lies outside: such a
 * fix is for people to make. Insertions at one place are put in the order given.
 */
export function withTextEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  const starts = lineStarts(text);
  const placed = edits
    .map((edit, order) => ({ ...offsets(edit.at, starts, text.length), text: edit.text, order }))
    .sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
  let result = '';
  let position = 0;
  for (const edit of placed) {
    if (Number.isNaN(edit.start) || edit.start < position || edit.end < edit.start) return undefined;
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + text.slice(position);
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Offsets of a place; NaN outside the text. */
function offsets(
  { line, column, endLine, endColumn }: SourceRange,
  starts: readonly number[],
  length: number,
): { readonly start: number; readonly end: number } {
  const offset = (line: number, column: number): number => {
    // Ranges of whole lines end at the beginning of the next one, which a last line without a line feed does not have.
    if (line === starts.length + 1 && column === 1) return length;
    const start = starts[line - 1] ?? Number.NaN;
    const lineEnd = starts[line] ?? length + 1;
    return start + column - 1 < lineEnd ? start + column - 1 : Number.NaN;
  };
  return { start: offset(line, column), end: offset(endLine, endColumn) };
}
