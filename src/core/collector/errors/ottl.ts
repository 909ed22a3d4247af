import { goQuote } from '../component-id.ts';
import { goUnquote } from './clues.ts';
import type { Clues, ErrorFamily, ParsedError } from './collector-error.ts';

/** A statement or condition of the transformation language that cannot be parsed. */
export interface BadStatement {
  /** Path with `::`, as in `processors::transform`. */
  readonly path: string;
  readonly kind: 'statement' | 'condition';
  readonly text: string;
  readonly why: string;
}

const TOKEN = /(?:has invalid syntax: )(\d+):(\d+): unexpected token "((?:[^"\\]|\\.)*)"/;

/** `processors::transform: unable to parse OTTL statement "…": undefined function "x"` (contrib `pkg/ottl`). */
export const ottl: ErrorFamily<BadStatement> = {
  name: 'ottl',
  print: ({ path, kind, text, why }) => `${path}: unable to parse OTTL ${kind} ${goQuote(text)}: ${why}`,
  parse(line) {
    const match =
      /^((?:[^\s:'"]+::)+[^\s:'"]+): (.*(?:OTTL|has invalid syntax|infer a valid context).*)$/s.exec(
        line.text,
      );
    if (match === null) return [];
    const [, path = '', message = ''] = match;
    return [statementError(line.text, path.split('::'), message)];
  },
};

function statementError(line: string, path: readonly string[], message: string): ParsedError {
  const quoted = /unable to parse OTTL (statement|condition) "((?:[^"\\]|\\.)*)": (.*)$/s.exec(message);
  const token = TOKEN.exec(message);
  const reason = quoted?.[3] ?? /has invalid syntax: \d+:\d+: (.*)$/s.exec(message)?.[1] ?? message;
  const kind =
    quoted?.[1] ??
    (/\bcondition\b/.test(message) && !/\bstatement has/.test(message) ? 'condition' : 'statement');
  const metric = /metric "([^"]+)"/.exec(message)?.[1];
  const clues: Partial<Clues> = {
    keys: metric === undefined ? [] : [metric],
    values: quoted === null ? listed(message) : [goUnquote(quoted[2] ?? '')],
    ...(token === null
      ? {}
      : { token: { line: Number(token[1]), column: Number(token[2]), text: goUnquote(token[3] ?? '') } }),
  };
  const text = quoted === null ? '' : ` \`${goUnquote(quoted[2] ?? '')}\``;
  return { line, summary: `${kind}${text}: ${shorten(reason)}`, path, anchored: true, clues };
}

/** The statements that an error of a whole group repeats. */
function listed(message: string): readonly string[] {
  const group = /from statements \[((?:"(?:[^"\\]|\\.)*"\s*)+)\]/.exec(message)?.[1] ?? '';
  return [...group.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => goUnquote(match[1] ?? ''));
}

function shorten(reason: string): string {
  return reason.replace(/ - review https?:\/\/\S+.*$/s, '');
}
