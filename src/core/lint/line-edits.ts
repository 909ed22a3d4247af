import { locate } from '../collector/provenance.ts';
import type { WithProvenance } from '../collector/provenance.ts';
import type { SourceRange, TextEdit } from '../document/finding.ts';
import { lineOf } from './edits.ts';
import type { Texts } from './edits.ts';

/** The place of exactly this path in the files; undefined where only something above it has one. */
export function writtenAt(config: WithProvenance, path: readonly string[]): SourceRange | undefined {
  const found = locate(config, path);
  return found?.whole === true ? found.entry.at : undefined;
}

/** Replaces the only mention of a text on the line of a place, from its column on. Undefined where it stands there not once. */
export function replaceOnLine(
  at: SourceRange,
  from: string,
  to: string,
  texts: Texts,
): readonly TextEdit[] | undefined {
  const line = lineOf(at, texts);
  const start = line.indexOf(from, at.column - 1);
  if (start < 0 || line.indexOf(from, start + 1) >= 0) return undefined;
  const { file, line: number } = at;
  const place = {
    file,
    line: number,
    column: start + 1,
    endLine: number,
    endColumn: start + from.length + 1,
  };
  return [{ at: place, text: to }];
}

/** Writes `{}` behind a key without a value. Undefined where something stands there. */
export function emptyMapAfter(key: SourceRange, texts: Texts): readonly TextEdit[] | undefined {
  const line = lineOf(key, texts);
  const rest = line.slice(key.endColumn - 1);
  const colon = /^["']?:/.exec(rest);
  if (colon === null || !/^["']?:\s*(?:null|~)?\s*(?:#.*)?$/.test(rest)) return undefined;
  const column = key.endColumn + colon[0].length;
  const given = /^\s*(?:null|~)/.exec(rest.slice(colon[0].length));
  const place = {
    file: key.file,
    line: key.line,
    column,
    endLine: key.line,
    endColumn: column + (given?.[0].length ?? 0),
  };
  return [{ at: place, text: ' {}' }];
}

/** Puts one more item behind the last one of a list of words, in brackets or with dashes. */
export function addBehind(last: SourceRange, word: string, texts: Texts): readonly TextEdit[] | undefined {
  if (last.line !== last.endLine) return undefined;
  const line = lineOf(last, texts);
  const before = line.slice(0, last.column - 1);
  const place = { ...last, column: last.endColumn, endColumn: last.endColumn };
  if (/^\s*-\s+$/.test(before)) return [{ at: place, text: `\n${before}${word}` }];
  const rest = line.slice(last.endColumn - 1);
  return before.includes('[') && rest.includes(']') ? [{ at: place, text: `, ${word}` }] : undefined;
}
