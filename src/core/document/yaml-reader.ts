import type { Finding, RelatedPlace, SourceRange } from './finding.ts';
import { LIMITS } from './limits.ts';

/** Turns offsets of one text into places and collects findings. Offsets count UTF-16 units. */
export interface YamlReader {
  readonly text: string;
  range(start: number, end: number): SourceRange;
  report(message: string, start: number, end: number, related?: readonly RelatedPlace[]): void;
}

/** A reader for one text, and the findings it has collected: the first ones, and a last one that counts the rest. */
export function readerOf(
  file: string,
  text: string,
): { readonly reader: YamlReader; readonly findings: () => readonly Finding[] } {
  const findings: Finding[] = [];
  let unlisted = 0;
  const range = rangeOf(file, text);
  const reader: YamlReader = {
    text,
    range,
    report: (message, start, end, related) => {
      if (findings.length >= LIMITS.yaml.findings) unlisted++;
      else findings.push(refusal(message, range(start, end), related));
    },
  };
  const rest = (): Finding[] =>
    unlisted === 0 ? [] : [refusal(`${unlisted} more findings in this file are not listed.`, range(0, 0))];
  return { reader, findings: () => [...findings, ...rest()] };
}

function refusal(message: string, at: SourceRange, related?: readonly RelatedPlace[]): Finding {
  return { rule: 'CFG-001', severity: 'error', message, at, ...(related === undefined ? {} : { related }) };
}

/** Places by binary search over line starts. */
function rangeOf(file: string, text: string): YamlReader['range'] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const place = (offset: number): { line: number; column: number } => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - (starts[low] ?? 0) + 1;
    return { line: low + 1, column: low === 0 ? Math.max(1, column - mark) : column };
  };
  return (start, end) => {
    const from = place(Math.min(start, text.length));
    const to = place(Math.min(Math.max(start, end), text.length));
    return { file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  };
}
