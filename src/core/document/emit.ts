import { goKeyOrder } from './go-key-order.ts';
import { goFloat, needsQuotes } from './go-scalar.ts';
import { isMap, type Json, type JsonMap } from './node.ts';

export interface EmitOptions {
  /**
   * Keys of the outermost map in the order they are to stand (a Go struct's field order); others follow, sorted.
   * Maps below are always sorted.
   */
  readonly topLevelOrder?: readonly string[];
}

/**
 * Plain data as YAML text, byte for byte as Go's yaml.v3 marshals it (gopkg.in/yaml.v3 v3.0.1 encode.go, emitterc.go, sorter.go):
 * 4 spaces a level, keys in Go's natural order, sequences indented below their key, strings quoted only where a reader would take them
 * for something else, `|` blocks for strings with line breaks, `null`, `[]` and `{}`. Ends with a line break.
 *
 * It leaves Go's way where Go's own reader gets another value back (found by running both): text with line breaks that starts with one, or with
 * blanks at an indentation that is not a multiple of four; text with U+2028 or U+2029 at an edge; the string `<<`. Those are double-quoted.
 * The value must be a tree; integers are numbers or bigint, and a whole float is printed as the integer it equals.
 */
export function emitYaml(value: Json, options: EmitOptions = {}): string {
  const lines: string[] = [];
  if (isLeaf(value)) lines.push(leafText(value, 0, INDENT));
  else if (isMap(value)) emitMap(value, 0, '', lines, options.topLevelOrder);
  else emitSequence(value, 0, '', lines);
  return `${lines.join('\n')}\n`;
}

const INDENT = 4;
/** Go writes longer keys in the explicit `? ` form (emitterc.go, yaml_emitter_check_simple_key). */
const SIMPLE_KEY_BYTES = 128;

/** Where Go puts what stands below a map at `indent`: the next multiple of four. */
function below(indent: number): number {
  return INDENT * Math.floor((indent + INDENT) / INDENT);
}

/** `lead` is what already stands on the first line (`- ` of a sequence); empty: the line starts with `indent` blanks. */
function emitMap(
  map: JsonMap,
  indent: number,
  lead: string,
  lines: string[],
  order?: readonly string[],
): void {
  const margin = ' '.repeat(indent);
  let start = lead === '' ? margin : lead;
  for (const key of keysInOrder(map, order)) {
    const value = map[key] ?? null;
    if (isSimpleKey(key)) {
      emitMember(`${start}${keyText(key)}:`, value, indent, lines);
    } else {
      lines.push(`${start}? ${leafText(key, indent, below(indent))}`);
      emitExplicitMember(`${margin}:`, value, indent, lines);
    }
    start = margin;
  }
}

function emitMember(head: string, value: Json, indent: number, lines: string[]): void {
  if (isLeaf(value)) {
    lines.push(`${head} ${leafText(value, indent, below(indent))}`);
    return;
  }
  lines.push(head);
  if (isMap(value)) emitMap(value, below(indent), '', lines);
  else emitSequence(value, below(indent), '', lines);
}

/** After the `:` of an explicit key a collection starts on the same line. */
function emitExplicitMember(head: string, value: Json, indent: number, lines: string[]): void {
  const inner = below(indent);
  if (isLeaf(value)) emitMember(head, value, indent, lines);
  else if (isMap(value)) emitMap(value, inner, head.padEnd(inner), lines);
  else emitSequence(value, inner, head.padEnd(inner), lines);
}

function emitSequence(items: readonly Json[], indent: number, lead: string, lines: string[]): void {
  const margin = ' '.repeat(indent);
  let start = lead === '' ? margin : lead;
  for (const item of items) {
    if (isLeaf(item)) lines.push(`${start}- ${leafText(item, indent, indent + 2)}`);
    else if (isMap(item)) emitMap(item, indent + 2, `${start}- `, lines);
    else emitSequence(item, indent + 2, `${start}- `, lines);
    start = margin;
  }
}

function keysInOrder(map: JsonMap, order: readonly string[] = []): readonly string[] {
  const first = order.filter((key) => Object.hasOwn(map, key));
  const rest = Object.keys(map).filter((key) => !first.includes(key));
  return [...first, ...rest.sort(goKeyOrder)];
}

type Leaf = string | number | bigint | boolean | null;

/** Scalars and empty collections: what stands on one line with its key (a block scalar's header does too). */
function isLeaf(value: Json): value is Leaf | readonly [] {
  if (typeof value !== 'object' || value === null) return true;
  return isMap(value) ? Object.keys(value).length === 0 : value.length === 0;
}

/** `parent` is the indentation of the collection the leaf stands in, `content` that of a block scalar's lines. */
function leafText(value: Leaf | readonly [], parent: number, content: number): string {
  if (typeof value === 'string') return stringText(value, parent, content);
  if (typeof value === 'number') return numberText(value);
  if (value === null || typeof value !== 'object') return String(value);
  return isMap(value) ? '{}' : '[]';
}

function numberText(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : goFloat(value);
}

function stringText(text: string, parent: number, content: number): string {
  if (text.includes('\n')) {
    return isBlockAllowed(text, parent, content) ? literal(text, content) : doubleQuoted(text);
  }
  if (needsQuotes(text) || text === '<<') return doubleQuoted(text);
  return plainOrQuoted(text);
}

function keyText(key: string): string {
  return needsQuotes(key) || key === '<<' ? doubleQuoted(key) : plainOrQuoted(key);
}

function isSimpleKey(key: string): boolean {
  // A character has at most three bytes a UTF-16 unit; counting them is for the few long keys.
  if (key.length * 3 <= SIMPLE_KEY_BYTES) return !BREAK.test(key);
  return !BREAK.test(key) && new TextEncoder().encode(key).length <= SIMPLE_KEY_BYTES;
}

const BREAK = /[\r\n\u0085\u2028\u2029]/;
/** What the emitter may not write as it is: control characters, the byte order mark, everything above the basic plane. */
const SPECIAL = /[^\t\n -~\u00a0-\ufefe\uff00-\ufffd]/u;
const SPACE_BEFORE_BREAK = / [\r\n\u0085\u2028\u2029]/;
const SPACE_AFTER_BREAK = /[\r\n\u0085\u2028\u2029] /;
/** Starts or runs of characters that mean something in a block context. */
const INDICATOR =
  /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:](?:[ \t]|$)|-(?:[ \t]|$))|:(?:[ \t]|$)|[ \t\r\n\u0085\u2028\u2029\0]#/;

function isBlockAllowed(text: string, parent: number, content: number): boolean {
  if (text.endsWith(' ') || SPECIAL.test(text) || SPACE_BEFORE_BREAK.test(text)) return false;
  if (BREAK.test(text.charAt(0))) return false;
  return !text.startsWith(' ') || content - parent === INDENT;
}

function literal(text: string, content: number): string {
  const hint = text.startsWith(' ') ? String(INDENT) : '';
  const chomp = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : '';
  const margin = ' '.repeat(content);
  // The line break that ends the text is the one that every line gets.
  const lines = text.replace(/\n$/, '').split('\n');
  return [`|${hint}${chomp}`, ...lines.map((line) => (line === '' ? '' : margin + line))].join('\n');
}

/** Plain where nothing forbids it, else single-quoted where that can hold the text, else double-quoted (emitterc.go, analyze and select). */
function plainOrQuoted(text: string): string {
  if (
    SPECIAL.test(text) ||
    text.includes('\t') ||
    SPACE_AFTER_BREAK.test(text) ||
    SPACE_BEFORE_BREAK.test(text)
  ) {
    return doubleQuoted(text);
  }
  const atEdge = /^[ \u0085\u2028\u2029]|[ \u0085\u2028\u2029]$/.test(text);
  if (!atEdge && !BREAK.test(text) && !INDICATOR.test(text)) return text;
  return BREAK.test(text) ? doubleQuoted(text) : `'${text.replaceAll("'", "''")}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function doubleQuoted(text: string): string {
  // Go looks for a byte order mark at the start of the text instead of at each character, and then escapes them all.
  const all = text.startsWith('\ufeff');
  let quoted = '';
  for (const character of text) {
    // A tab is "not printable" to the writer, though plain text may hold it.
    const isEscaped = all || /[^ !#-[\]-~\u00a0-\ufefe\uff00-\ufffd]|[\u2028\u2029]/u.test(character);
    quoted += isEscaped ? escaped(character) : character;
  }
  return `"${quoted}"`;
}

function escaped(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const [letter, digits] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : (['U', 8] as const);
  return `\\${letter}${code.toString(16).toUpperCase().padStart(digits, '0')}`;
}
