import type { SourceRange, TextEdit } from '../../src/core/document/finding.ts';

/** The files after the edits of one fix; edits must not overlap. */
export function withEdits(
  texts: ReadonlyMap<string, string>,
  edits: readonly TextEdit[],
): Readonly<Record<string, string>> {
  const files = Object.fromEntries(texts);
  const backwards = edits.toSorted((a, b) => b.at.line - a.at.line || b.at.column - a.at.column);
  for (const { at, text } of backwards) {
    const old = files[at.file] ?? '';
    const [start, end] = offsets(old, at);
    files[at.file] = old.slice(0, start) + text + old.slice(end);
  }
  return files;
}

function offsets(text: string, at: SourceRange): readonly [number, number] {
  const lines = text.split('\n');
  const offset = (line: number, column: number): number =>
    lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  return [offset(at.line, at.column), Math.min(offset(at.endLine, at.endColumn), text.length)];
}
