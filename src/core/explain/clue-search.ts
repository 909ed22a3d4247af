import type { Clues } from '../collector/errors/collector-error.ts';
import { isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';
import { descend } from './walk.ts';

/** Shorter texts are found everywhere. */
const SHORTEST_PART = 4;

/**
 * The path below a value that the clues of a message point to, or undefined. In the order of how telling they are: a value that
 * equals a quoted text, a key of the value itself, a value that contains a text, a key further down.
 */
export function searchClues(
  clues: Clues,
  value: Json,
  path: readonly string[],
): readonly string[] | undefined {
  const below = [...descend(value, path)];
  const texts = below.flatMap((item) =>
    typeof item.value === 'object' ? [] : [{ path: item.path, text: String(item.value) }],
  );
  return (
    tokenPath(clues, texts) ??
    firstOf(clues.values, (wanted) => texts.find(({ text }) => text === wanted)?.path) ??
    firstOf(clues.keys, (key) => (isMap(value) && Object.hasOwn(value, key) ? [...path, key] : undefined)) ??
    firstOf(clues.values, (wanted) =>
      wanted.length < SHORTEST_PART ? undefined : texts.find(({ text }) => text.includes(wanted))?.path,
    ) ??
    firstOf(
      clues.keys,
      (key) => below.find((item) => item.path.length > path.length && item.path.at(-1) === key)?.path,
    )
  );
}

/** The value in which a token stands at the told line and column; among the told statements where there are any. */
function tokenPath(
  { token, values }: Clues,
  texts: readonly { readonly path: readonly string[]; readonly text: string }[],
): readonly string[] | undefined {
  if (token === undefined) return undefined;
  const told = texts.filter(({ text }) => values.includes(text));
  return (told.length > 0 ? told : texts).find(({ text }) => {
    const line = text.split('\n')[token.line - 1];
    if (line === undefined || line.length < token.column - 1) return false;
    // The parser counts the end behind trailing blanks.
    return token.text === '<EOF>'
      ? line.length === token.column - 1
      : line.startsWith(token.text, token.column - 1);
  })?.path;
}

function firstOf(
  words: readonly string[],
  find: (word: string) => readonly string[] | undefined,
): readonly string[] | undefined {
  for (const word of words) {
    const found = find(word);
    if (found !== undefined) return found;
  }
  return undefined;
}
