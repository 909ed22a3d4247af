import type { Clues } from './collector-error.ts';

const KEY = /^[a-z][a-z0-9_]*$/;

/**
 * What a free message says about the place: quoted words that look like keys, then bare words with an underscore or at the start, as keys;
 * quoted texts, addresses and file names as values.
 */
export function cluesOf(message: string): Clues {
  const quoted = [...message.matchAll(/`([^`]+)`|"((?:[^"\\]|\\.)+)"|'([^']+)'/g)].map((match) =>
    match[2] === undefined ? (match[1] ?? match[3] ?? '') : goUnquote(match[2]),
  );
  const words = message.split(/[\s,;()]+/).map((word) => word.replace(/^["'`]+|["'`.:]+$/g, ''));
  const bare = words.filter(
    (word) => KEY.test(word) && (word.includes('_') || word === words[0] || PLAIN_KEYS.has(word)),
  );
  const values = words.filter((word) => /[/:.]/.test(word) || /^\d{2,}$/.test(word));
  return {
    keys: unique([...quoted.filter((word) => KEY.test(word)), ...bare, ...implied(message)]),
    values: unique([...quoted, ...values, words.at(-1) ?? '']).filter((word) => word.length > 1),
  };
}

/** The first key that the message names in quotes; undefined when it names none. */
export function quotedKey(message: string): string | undefined {
  const match = /[`'"]([a-z][a-z0-9_]*)[`'"]/.exec(message);
  return match?.[1];
}

/** Keys that are plain words, where a message uses the word for the key. */
const PLAIN_KEYS: ReadonlySet<string> = new Set([
  'endpoint',
  'path',
  'directory',
  'storage',
  'timeout',
  'resolver',
  'scrapers',
  'protocols',
]);

/** Keys that a message is about without naming them. */
function implied(message: string): readonly string[] {
  return [
    ...(/\b(?:port|address)\b/.test(message) ? ['endpoint'] : []),
    ...(/\bauthType\b/.test(message) ? ['auth_type'] : []),
    ...(/\bresolvers?\b/.test(message) ? ['resolver'] : []),
    ...(/\bauthenticator\b/.test(message) ? ['authenticator'] : []),
    ...(/\bregex\b/.test(message) ? ['regex'] : []),
    ...(/\bTLS\b/.test(message) ? ['tls'] : []),
  ];
}

/** The text of a Go-quoted string's inside. */
export function goUnquote(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) =>
    character === 'n' ? '\n' : character === 't' ? '\t' : character,
  );
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
