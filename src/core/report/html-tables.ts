import type { AlignType } from 'mdast';

/** A table as written: cells are still markdown. */
export interface Table {
  /** Lines of the same paragraph before the table. */
  readonly before: string;
  readonly align: readonly AlignType[];
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const DELIMITER = /^:?-+:?$/;

/**
 * Reads a paragraph's source as a GitHub-flavoured table (GFM §4.10): a header row, a delimiter row with as many cells, then rows
 * cut or filled to that number. Undefined when it holds none.
 */
export function readTable(source: string): Table | undefined {
  const lines = source.split('\n').map((line) => line.replace(/^[ \t>]*/, ''));
  for (let index = 1; index < lines.length; index += 1) {
    const marks = cells(lines[index] ?? '');
    const head = cells(lines[index - 1] ?? '');
    if (
      !(lines[index] ?? '').includes('|') ||
      marks.length !== head.length ||
      !marks.every((mark) => DELIMITER.test(mark))
    ) {
      continue;
    }
    return {
      before: lines.slice(0, index - 1).join('\n'),
      align: marks.map(alignment),
      head,
      rows: lines.slice(index + 1).map((line) => fill(cells(line), head.length)),
    };
  }
  return undefined;
}

function alignment(mark: string): AlignType {
  if (mark.startsWith(':') && mark.endsWith(':')) return 'center';
  return mark.endsWith(':') ? 'right' : mark.startsWith(':') ? 'left' : null;
}

/** Splits at pipes that are not escaped; the outermost ones are optional. */
function cells(line: string): string[] {
  const trimmed = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return trimmed.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function fill(row: readonly string[], width: number): string[] {
  return Array.from({ length: width }, (_, index) => row[index] ?? '');
}
