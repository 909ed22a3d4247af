/**
 * Text from outside (agents, pull requests, YAML) made safe to look at: nothing in it is invisible, nothing reorders what
 * stands beside it, and no cut splits a character (SEC-22, SEC-24).
 */

/** Control, format (bidi, zero-width, tags), surrogate, line and paragraph separators, and the invisible fillers. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0\u{E0000}-\u{E0FFF}]/gu;

/**
 * The text with every hidden character shown as `\u{..}`. Tabs and line feeds stay, as they have a look of their own in a
 * code block; a carriage return belongs to its line feed and stays only there (as nothing).
 */
export function visibleBlock(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(HIDDEN, (character) =>
      character === '\n' || character === '\t' ? character : escaped(character),
    );
}

/** The text on one line: runs of white space become one blank, every other hidden character is shown as `\u{..}`. */
export function visibleLine(text: string): string {
  return text
    .replaceAll(/[\t\n\r ]+/g, ' ')
    .trim()
    .replaceAll(HIDDEN, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The beginning of a text, and how many code units of it are left out. */
export interface Head {
  readonly head: string;
  readonly beyond: number;
}

/**
 * What of a text is looked at for secrets at all: at most `characters` code units, without a last word that may be cut, as half a
 * secret is not recognised as one.
 */
export function headOf(text: string, characters: number): Head {
  if (text.length <= characters) return { head: text, beyond: 0 };
  const cutWord = text.slice(0, characters).replace(/\S+$/, '');
  const head = cutWord.trim() === '' ? text.slice(0, characters) : cutWord;
  return { head, beyond: text.length - head.length };
}

/**
 * At most `characters` code units of a text, never half a surrogate pair nor half a `\u{..}`, with the number of what is
 * left out; `beyond` of it was left out before.
 */
export function cut(text: string, characters: number, beyond: number = 0): string {
  if (text.length <= characters) return beyond === 0 ? text : `${text}… (${beyond} more characters)`;
  const last = text.charCodeAt(characters - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters;
  const kept = text.slice(0, end).replace(/\\u(?:\{[0-9a-f]{0,6})?$/, '');
  return `${kept}… (${text.length - kept.length + beyond} more characters)`;
}

/** Text for HTML content and double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const ENCODER = new TextEncoder();

/** Length of a text in UTF-8 bytes: what GitHub counts (reference/pr-automation.md §4a). */
export function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}
