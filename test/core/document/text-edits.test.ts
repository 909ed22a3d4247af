import { describe, expect, it } from 'vitest';
import type { SourceRange, TextEdit } from '../../../src/core/document/finding.ts';
import { withTextEdits } from '../../../src/core/document/text-edits.ts';

const range = (line: number, column: number, endLine: number, endColumn: number): SourceRange => ({
  file: 'a.yaml',
  line,
  column,
  endLine,
  endColumn,
});
const edit = (at: SourceRange, text: string): TextEdit => ({ at, text });

describe('a text after edits', () => {
  it.each<[string, string, TextEdit[], string]>([
    ['a word', 'a: one\nb: two\n', [edit(range(2, 4, 2, 7), '2')], 'a: one\nb: 2\n'],
    ['lines put in behind one', 'a\nc\n', [edit(range(1, 2, 1, 2), '\nb')], 'a\nb\nc\n'],
    ['whole lines taken away', 'a\nb\nc\n', [edit(range(2, 1, 3, 1), '')], 'a\nc\n'],
    ['a last line without a line feed', 'a\nb', [edit(range(2, 1, 3, 1), '')], 'a\n'],
    [
      'several, whatever their order',
      'ab\ncd\n',
      [edit(range(2, 1, 2, 2), 'C'), edit(range(1, 1, 1, 2), 'A')],
      'Ab\nCd\n',
    ],
    [
      'insertions at one place, in their order',
      'x\n',
      [edit(range(1, 1, 1, 1), 'a'), edit(range(1, 1, 1, 1), 'b')],
      'abx\n',
    ],
    ['characters beyond the basic plane', '𝛼: 1\n', [edit(range(1, 5, 1, 6), '2')], '𝛼: 2\n'],
  ])('%s', (_what, text, edits, result) => {
    expect(withTextEdits(text, edits)).toBe(result);
  });

  it.each<[string, TextEdit[]]>([
    ['overlap', [edit(range(1, 1, 1, 3), 'x'), edit(range(1, 2, 1, 4), 'y')]],
    ['lie behind the end of a line', [edit(range(1, 9, 1, 9), 'x')]],
    ['lie behind the last line', [edit(range(7, 1, 7, 1), 'x')]],
    ['end before they begin', [edit(range(1, 3, 1, 1), 'x')]],
  ])('is none where they %s', (_what, edits) => {
    expect(withTextEdits('abcd\nef\n', edits)).toBeUndefined();
  });
});
