import { Composer, Lexer, Parser, type CST, type Document, type ParsedNode } from 'yaml';
import type { Finding, RelatedPlace, SourceRange } from './finding.ts';
import { LIMITS } from './limits.ts';
import type { Node } from './node.ts';
import { convertDocument } from './yaml-convert.ts';
import { isAcceptedByGo, syntaxMessage } from './yaml-syntax.ts';

/** One document of a YAML stream: its content and the stretch of text it takes. */
export interface YamlDocument {
  readonly root: Node;
  readonly at: SourceRange;
}

export interface ParsedYaml {
  /** Documents that could be read, in order; empty ones are left out. */
  readonly documents: readonly YamlDocument[];
  readonly findings: readonly Finding[];
  /**
   * Places of empty documents before or between others. Kubernetes tools skip them; the `bindplane` CLI sends each as a resource of
   * kind "" and the server answers 400 for the whole file (reference/lab-bindplane.md §1).
   */
  readonly empty: readonly SourceRange[];
}

/** Turns offsets of one text into places and collects findings. Offsets count UTF-16 units. */
export interface YamlReader {
  readonly text: string;
  range(start: number, end: number): SourceRange;
  report(message: string, start: number, end: number, related?: readonly RelatedPlace[]): void;
}

/**
 * Reads a YAML stream as Go's yaml.v3 reads it (the parser of the Collector and of BindPlane), with positions.
 * What Go refuses, and what passes a limit (`LIMITS.yaml`), is a finding `CFG-001` at its place. A document with a syntax error is left out,
 * documents before a passed limit are kept. Aliases share nodes and merge keys are merged; both keep the ranges of where their text stands.
 * Timestamps keep their text (Go makes a time of them). Never throws.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
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
  const { documents, empty } = readStream(reader);
  if (unlisted > 0)
    findings.push(refusal(`${unlisted} more findings in this file are not listed.`, range(0, 0)));
  return { documents, findings, empty };
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

/** Plain data only: tags are resolved in our own conversion, duplicate keys found there in linear time. */
const COMPOSE = {
  version: '1.2',
  schema: 'failsafe',
  uniqueKeys: false,
  logLevel: 'silent',
  prettyErrors: false,
} as const;

type Composed = Document.Parsed<ParsedNode>;

function readStream(reader: YamlReader): Omit<ParsedYaml, 'findings'> {
  const documents: YamlDocument[] = [];
  const empty: SourceRange[] = [];
  if (!isReadable(reader)) return { documents, empty };
  let pendingEmpty: SourceRange[] = [];
  for (const document of composedDocuments(reader)) {
    const at = reader.range(document.range[0], document.range[1]);
    if (reportSyntaxErrors(document, reader)) continue;
    if (isEmpty(document.contents)) {
      pendingEmpty.push(at);
      continue;
    }
    const root = convertDocument(document.contents, reader);
    if (root === undefined) continue;
    empty.push(...pendingEmpty);
    pendingEmpty = [];
    documents.push({ root, at });
  }
  return { documents, empty };
}

function* composedDocuments(reader: YamlReader): Generator<Composed> {
  const composer = new Composer<ParsedNode>(COMPOSE);
  try {
    for (const token of syntaxTokens(reader)) yield* composer.next(token);
    yield* composer.end();
    const [error] = composer.streamInfo().errors;
    if (error !== undefined) reader.report(syntaxMessage(error.code, error.message), ...error.pos);
  } catch (error) {
    // Nesting is bounded before composing; should the library still give up, it is about this file and no crash.
    reader.report(
      `This YAML cannot be read: ${error instanceof Error ? error.message : 'no reason given'}.`,
      0,
      0,
    );
  }
}

/** One finding a document: what follows a syntax error is its echo. Returns whether there was one. */
function reportSyntaxErrors(document: Composed, reader: YamlReader): boolean {
  const [first] = document.errors
    .filter((error) => !isAcceptedByGo(error, reader.text))
    .sort((a, b) => a.pos[0] - b.pos[0]);
  if (first === undefined) return false;
  reader.report(
    syntaxMessage(first.code, first.message),
    first.pos[0],
    Math.max(first.pos[1], first.pos[0] + 1),
  );
  return true;
}

function isEmpty(contents: ParsedNode | null): boolean {
  if (contents === null) return true;
  return (
    'value' in contents &&
    contents.source === '' &&
    contents.range[0] === contents.range[1] &&
    contents.tag === undefined
  );
}

/** Characters that Go's reader refuses anywhere (readerc.go: "control characters are not allowed"); lone surrogates are no text at all. */
const FORBIDDEN = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

function isReadable(reader: YamlReader): boolean {
  const { text } = reader;
  const limit = LIMITS.yaml.fileCharacters;
  if (text.length > limit) {
    reader.report(
      `This file is longer than ${number(limit)} characters; nothing after this place is read as YAML, so nothing is. Split it.`,
      limit,
      limit + 1,
    );
    return false;
  }
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const found = FORBIDDEN.exec(mark === 1 ? ` ${text.slice(1)}` : text);
  if (found === null) return true;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  reader.report(`Character U+${code} is not allowed in YAML.`, found.index, found.index + 1);
  return false;
}

/**
 * Syntax tokens of whole documents. Counts while the tokens are built and stops at the first passed limit, so that nothing large or deep is
 * ever composed. Directives are taken out: they would change how later text is read, which Go's reader does not do.
 */
function* syntaxTokens(reader: YamlReader): Generator<CST.Token> {
  const parser = new Parser();
  const guard = new Guard();
  for (const lexeme of new Lexer().lex(reader.text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive') reportDirective(token, reader);
      else yield token;
      if (token.type === 'document') guard.nextDocument();
    }
    const excess = guard.check(parser, lexeme);
    if (excess !== undefined) {
      const start = Math.max(0, parser.offset - lexeme.length);
      reader.report(excess, start, parser.offset);
      return;
    }
  }
  yield* parser.end();
}

class Guard {
  #documents = 0;
  #aliases = 0;
  #isScalarNext = false;

  nextDocument(): void {
    this.#documents++;
    this.#aliases = 0;
  }

  /** What limit the parser has just passed, as a sentence; undefined while all is well. */
  check(parser: Parser, lexeme: string): string | undefined {
    const limits = LIMITS.yaml;
    // The lexer announces scalars with a unit separator: a block of text may start with an asterisk too.
    if (lexeme.startsWith('*') && !this.#isScalarNext) this.#aliases++;
    this.#isScalarNext = lexeme === '\u001f';
    if (this.#documents > limits.documents)
      return `More than ${number(limits.documents)} documents in one file.`;
    if (this.#aliases > limits.aliases) return `More than ${limits.aliases} aliases in one document.`;
    if (parser.stack.length > limits.depth + 2) return `Nested too deep: more than ${limits.depth} levels.`;
    const top = parser.stack.at(-1);
    if (top === undefined || !('items' in top)) return undefined;
    const count = top.items.length;
    if (top.type === 'block-seq' || (top.type === 'flow-collection' && top.start.source === '[')) {
      return count > limits.itemsPerSequence
        ? `More than ${number(limits.itemsPerSequence)} items in one list.`
        : undefined;
    }
    return count > limits.keysPerMap ? `More than ${number(limits.keysPerMap)} keys in one map.` : undefined;
  }
}

/** Go refuses `%YAML 1.2` and takes `%YAML 1.1` without changing how scalars are read; tags of one's own are refused anyway. */
function reportDirective(directive: CST.Directive, reader: YamlReader): void {
  if (/^%YAML[ \t]+1\.1(?:[ \t]|$)/.test(directive.source) || directive.source.startsWith('%TAG')) return;
  const what = directive.source.startsWith('%YAML')
    ? 'found incompatible YAML document'
    : 'found unknown directive name';
  reader.report(
    `Directive "${clip(directive.source)}" is refused by the Collector and by BindPlane (${what}). Remove the line.`,
    directive.offset,
    directive.offset + directive.source.length,
  );
}

function number(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
