import type { Json } from '../document/node.ts';
import { isMap } from '../document/node.ts';
import { isReference, isSecretKey, SECRET_MAPS } from '../document/secret-keys.ts';
import { ENTROPY_CANDIDATE, INLINE_KEY, INLINE_VALUE, looksRandom, SECRET_SHAPES } from './secret-shapes.ts';

/**
 * Takes secrets out of everything that leaves the process (SEC-26). One redactor serves one report: what it learns from a
 * config tree (values at secret keys) it finds again in any text, above all in what agents say about that value.
 */
export interface Redactor {
  /** Free text: known values and their encodings, `key: value` lines with a secret key, shapes of known tokens, random strings. */
  text(text: string): string;
  /** Plain data with the values at secret keys replaced; also learns them. */
  data(value: Json): Json;
  /** Learns the values at secret keys without returning anything. */
  learn(value: Json): void;
}

export interface RedactorOptions {
  /**
   * Eight hex digits that name a value without telling it (an HMAC with a key of the installation). Without it values are
   * numbered in the order they are met: a change is still visible, nothing can be guessed from it.
   */
  readonly tag?: (secret: string) => string;
  /** Secrets known beforehand (credentials of this process). */
  readonly known?: readonly string[];
  /** Plain data (specs, config trees) whose values at secret keys are known beforehand. */
  readonly data?: readonly Json[];
}

/** Shorter values are taken out at their key only: everywhere else they are ordinary words. */
const KNOWN_CHARACTERS = 6;
/** Known values and their encodings looked for (some 20 MB); of fleets with more secrets the rest is found by key and shape. */
const KNOWN_VALUES = 100_000;

/** Passes over one text: each finds what the one before laid open. */
const SHAPE_PASSES = 4;

/** A redactor that knows what it is given; one that is given stays as it is, so that reports of one plan can share theirs. */
export function createRedactor(options: RedactorOptions | Redactor = {}): Redactor {
  if ('learn' in options) return options;
  const tagOf = tagger(options.tag);
  const known = createKnownValues(tagOf);
  /** Values at secret keys with their keys: those that are too short to be looked for everywhere. */
  const pairs = new Set<string>();
  const walk = (value: Json, key: string, secret: boolean, shapes: (text: string) => string): Json => {
    if (isList(value)) return value.map((item) => walk(item, key, secret && !isMap(item), shapes));
    if (isMap(value)) {
      const name = value['name'];
      if (value['sensitive'] === true || (typeof name === 'string' && isSecretKey(name))) {
        return Object.fromEntries(
          Object.entries(value).map(([part, of]) => [
            part,
            walk(of, part, part === 'value' && !isContainer(of), shapes),
          ]),
        );
      }
      const below = secret || SECRET_MAPS.has(key.toLowerCase());
      const member = (name: string, of: Json): Json =>
        walk(of, name, isSecretKey(name) || (below && !isContainer(of)), shapes);
      return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, member(name, of)]));
    }
    if (!secret || value === null || typeof value === 'boolean') {
      return typeof value === 'string' ? shapes(value) : value;
    }
    const text = value.toString();
    if (isReference(text)) return value;
    known.remember(text);
    pairs.add(pairOf(key, text));
    return tagOf(text);
  };
  // What looks like a secret is found again wherever it stands: only what does not has to be remembered.
  const learn = (value: Json): void => void walk(value, '', false, (text) => text);
  for (const secret of options.known ?? []) known.remember(secret);
  for (const value of options.data ?? []) learn(value);
  return {
    text: (text) => {
      // Shapes come before lines: a key in PEM spans several.
      const lines = redactShapes(known.replace(text), tagOf).split('\n');
      return redactPairs(lines.map((line) => redactLine(line, pairs, tagOf)).join('\n'), tagOf);
    },
    data: (value) => walk(value, '', false, (text) => redactShapes(text, tagOf)),
    learn,
  };
}

function tagger(tag: RedactorOptions['tag']): (secret: string) => string {
  const tags = new Map<string, string>();
  return (secret) => {
    const made = tags.get(secret) ?? `‹redacted:${tag?.(secret) ?? tags.size + 1}›`;
    tags.set(secret, made);
    return made;
  };
}

interface KnownValues {
  remember(secret: string): void;
  replace(text: string): string;
}

/** Values by how they begin: looking through a text takes as long with thousands of them as with one. */
function createKnownValues(tagOf: (secret: string) => string): KnownValues {
  const known = new Map<string, string>();
  const byStart = new Map<string, string[]>();
  const isFirst = new Set<number>();
  const add = (form: string, tag: string): void => {
    if (form.length < KNOWN_CHARACTERS || known.has(form)) return;
    known.set(form, tag);
    isFirst.add(form.charCodeAt(0));
    const start = form.slice(0, KNOWN_CHARACTERS);
    const alike = byStart.get(start);
    // The longest one counts: what it ends with would stay otherwise.
    if (alike === undefined) byStart.set(start, [form]);
    else alike.splice(alike.filter((other) => other.length >= form.length).length, 0, form);
  };
  const formAt = (text: string, index: number): string | undefined => {
    if (!isFirst.has(text.charCodeAt(index))) return undefined;
    const alike = byStart.get(text.slice(index, index + KNOWN_CHARACTERS));
    return alike?.find((form) => text.startsWith(form, index));
  };
  return {
    remember: (secret) => {
      if (secret.length < KNOWN_CHARACTERS || known.size >= KNOWN_VALUES || known.has(secret)) return;
      const tag = tagOf(secret);
      const lines = secret.split('\n').map((line) => line.trim());
      for (const form of [...encodings(secret), ...(lines.length > 1 ? lines : [])]) add(form, tag);
    },
    replace: (text) => {
      if (known.size === 0) return text;
      let [result, done] = ['', 0];
      for (let index = 0; index <= text.length - KNOWN_CHARACTERS;) {
        const form = formAt(text, index);
        if (form === undefined) {
          index += 1;
          continue;
        }
        result += text.slice(done, index) + (known.get(form) ?? '‹redacted›');
        index += form.length;
        done = index;
      }
      return result + text.slice(done);
    },
  };
}

/** A line `key: value` (a `-`, `+` or blank of a diff before it) with the value out when the key is secret. */
function redactLine(line: string, pairs: ReadonlySet<string>, tagOf: (secret: string) => string): string {
  const parts = /^([ +-]*(?:- )?)(["']?)([\w./-][\w./ -]{0,80})\2(\s{0,8}[:=]\s{0,80})(\S.*)$/.exec(line);
  if (parts === null) return line;
  const [, lead = '', quote = '', key = '', colon = '', rest = ''] = parts;
  const written = rest.trimEnd();
  const value = unquoted(written);
  const shown = isPlainValue(value) || isReference(value);
  if (shown || (!isSecretKey(key.trim()) && !pairs.has(pairOf(key, value)))) return line;
  return `${lead}${quote}${key}${quote}${colon}${tagOf(value)}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isContainer(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function pairOf(key: string, value: string): string {
  return `${key.trim()}\n${value}`;
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return quoted?.[2] ?? value;
}

/** Pairs within a line: the value after a secret key. A value may be the key of the next pair (`said: password: x`). */
function redactPairs(text: string, tagOf: (secret: string) => string): string {
  let result = '';
  let written = 0;
  for (const match of text.matchAll(INLINE_KEY)) {
    const [whole, key = ''] = match;
    const start = match.index + whole.length;
    if (match.index < written || !isSecretKey(key)) continue;
    INLINE_VALUE.lastIndex = start;
    const value = INLINE_VALUE.exec(text)?.[0];
    if (value === undefined || isReference(value) || isPlainValue(value)) continue;
    result += text.slice(written, start) + tagOf(value);
    written = start + value.length;
  }
  return result + text.slice(written);
}

/** A value that hides nothing: a switch, nothing, the start of a block, a map or a list. */
function isPlainValue(value: string): boolean {
  return /^(?:true|false|null|nil|~|\{\}?|\[\]?|[|>][-+0-9]*)$/.test(value);
}

/** Again while something was found: a secret may begin where another ended. */
function redactShapes(text: string, tagOf: (secret: string) => string): string {
  let before = text;
  for (let pass = 0; pass < SHAPE_PASSES; pass += 1) {
    const after = redactShapesOnce(before, tagOf);
    if (after === before) break;
    before = after;
  }
  return before;
}

function redactShapesOnce(text: string, tagOf: (secret: string) => string): string {
  let result = text;
  for (const { pattern, secret = false } of SECRET_SHAPES) {
    result = result.replaceAll(pattern, (whole: string, first: unknown) => {
      const value = secret && typeof first === 'string' ? first : whole;
      return value === '' || isReference(value) ? whole : whole.replace(value, () => tagOf(value));
    });
  }
  return result.replaceAll(ENTROPY_CANDIDATE, (word, offset: number) =>
    looksRandom(word, result.slice(Math.max(0, offset - 40), offset)) ? tagOf(word) : word,
  );
}

/** The forms in which a value turns up elsewhere: as JSON, in a URL, as base64 of either alphabet, as hex. */
function encodings(value: string): string[] {
  const wellFormed = value.toWellFormed();
  const bytes = new TextEncoder().encode(wellFormed);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  const bare = base64.replace(/=+$/, '');
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "''"),
    encodeURIComponent(wellFormed),
    base64,
    bare,
    bare.replaceAll('+', '-').replaceAll('/', '_'),
    hex,
    hex.toUpperCase(),
  ];
}
