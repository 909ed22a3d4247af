import { LIMITS } from '../../document/limits.ts';

/** The start of a log line, which ends an `Error:` block: JSON, Go's date, or a timestamp. */
const LOG_LINE = /^(?:\{"|\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/;

/** What a collector logs when a component cannot start, with its id. */
export const FAILED_START = 'Failed to start component';

/**
 * Parts of an agent's text that may hold the collector's error, best first: the last `Error:` block (a crash tail begins with info
 * lines), then the `error` fields of log lines from the last to the first, then the whole text. Very long texts count by their end.
 */
export function usefulTexts(text: string): readonly string[] {
  const clean = stripEscapes(text.slice(-LIMITS.collectorErrors.textCharacters)).replaceAll('\r\n', '\n');
  const tail = clean.split('Collector log tail:\n').at(-1) ?? clean;
  const block = lastErrorBlock(tail);
  return [
    ...(block?.includes('failed to start "') === true ? [] : failedStarts(tail).slice(-1)),
    ...(block === undefined ? [] : [block]),
    ...loggedErrors(tail).toReversed(),
    withoutLogLines(clean),
  ];
}

/** A terminal's colour codes. */
const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*[A-Za-z]`, 'g');

/** Without colour codes; other control characters except tab and line break become spaces. */
function stripEscapes(text: string): string {
  return text.replace(COLOUR, '').replace(/[^\P{Cc}\t\n\r]/gu, ' ');
}

function lastErrorBlock(text: string): string | undefined {
  const starts = [...text.matchAll(/(?:^|\n|output: )(?=Error: )/g)];
  const last = starts.at(-1);
  if (last === undefined) return undefined;
  const lines = text.slice(last.index + last[0].length).split('\n');
  const end = lines.findIndex((line, index) => index > 0 && LOG_LINE.test(line));
  return (end < 0 ? lines : lines.slice(0, end)).join('\n').trimEnd();
}

/**
 * Log lines about a component that cannot start, from their message on: before 0.12x the error at the end does not name the component (core
 * `service/internal/graph`).
 */
function failedStarts(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const start = line.indexOf(FAILED_START);
    if (start < 0 || !line.includes('"id"')) return [];
    return [line.startsWith('{') ? line : line.slice(start)];
  });
}

/** `error` of each log line: JSON objects, or the JSON fields at the end of a console line. */
function loggedErrors(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const start = line.startsWith('{') ? 0 : line.indexOf('\t{') + 1;
    if (start === 0 && !line.startsWith('{')) return [];
    const error = errorField(line.slice(start));
    return error === undefined ? [] : [error];
  });
}

function errorField(json: string): string | undefined {
  try {
    const fields: unknown = JSON.parse(json);
    if (typeof fields !== 'object' || fields === null || !('error' in fields)) return undefined;
    return typeof fields.error === 'string' ? fields.error : undefined;
  } catch {
    return undefined;
  }
}

function withoutLogLines(text: string): string {
  const kept = text.split('\n').filter((line) => !line.startsWith('{"'));
  return kept.join('\n').trim();
}
