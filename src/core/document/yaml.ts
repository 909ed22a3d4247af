import { Composer, CST, Lexer, Parser, type Document, type ParsedNode } from 'yaml';
import type { Finding, SourceRange } from './finding.ts';
import { LIMITS } from './limits.ts';
import type { Node } from './node.ts';
import { convertDocument } from './yaml-convert.ts';
import { grouped, YamlGuard } from './yaml-guard.ts';
import { readerOf, type YamlReader } from './yaml-reader.ts';
import { isAcceptedByGo, syntaxMessage, type SyntaxProblem } from './yaml-syntax.ts';

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

/**
 * Reads a YAML stream as Go's yaml.v3 reads it (the parser of the Collector and of BindPlane), with positions.
 * What Go refuses, and what passes a limit (`LIMITS.yaml`), is a finding `CFG-001` at its place. A document with a syntax error is left out,
 * documents before a passed limit are kept. Aliases share nodes and merge keys are merged; both keep the ranges of where their text stands.
 * Timestamps keep their text (Go makes a time of them). Never throws.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const { reader, findings } = readerOf(file, text);
  const { documents, empty } = readStream(reader);
  return { documents, findings: findings(), empty };
}

/** Plain data only: tags are resolved in our own conversion, duplicate keys found there in linear time. */
const COMPOSE = {
  version: '1.2',
  schema: 'failsafe',
  uniqueKeys: false,
  logLevel: 'silent',
  prettyErrors: false,
} as const;

type Composed = Document.Parsed;

function readStream(reader: YamlReader): Omit<ParsedYaml, 'findings'> {
  const documents: YamlDocument[] = [];
  const empty: SourceRange[] = [];
  if (!isReadable(reader)) return { documents, empty };
  let pendingEmpty: SourceRange[] = [];
  for (const token of syntaxTokens(reader)) {
    const document = composeDocument(token, reader);
    if (document === undefined) continue;
    const at = reader.range(document.range[0], document.range[1]);
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

/** Syntax errors of one document looked at before it is given up: each costs a stack trace inside the library. */
const SEEN_ERRORS = 20;

class TooManyErrors extends Error {}

/** The document of a syntax token; undefined when it has syntax errors, of which the first is reported: the others are its echo. */
function composeDocument(token: CST.Document, reader: YamlReader): Composed | undefined {
  const errors: SyntaxProblem[] = [];
  const composer = new Composer(COMPOSE);
  // The library's own handler (private in its types) makes an Error of each; a file of commas would take it seconds.
  Reflect.set(
    composer,
    'onError',
    (source: ErrorSource, code: SyntaxProblem['code'], message: string, isWarning?: boolean) => {
      const problem = { code, message, ...span(source) };
      if (isWarning === true || isAcceptedByGo(problem, reader.text)) return;
      // Thrown again when the library catches it and reports it as an error of its own.
      if (errors.length >= SEEN_ERRORS) throw new TooManyErrors();
      errors.push(problem);
    },
  );
  let document: Composed | undefined;
  try {
    [document] = [...composer.next(token), ...composer.end()];
  } catch (error) {
    // Nesting is bounded before composing; should the library still give up, it is about this file and no crash.
    if (!(error instanceof TooManyErrors)) {
      errors.push({
        code: 'IMPOSSIBLE',
        message: error instanceof Error ? error.message : 'unreadable',
        start: token.offset,
        end: token.offset + 1,
      });
    }
  }
  const [first] = errors.sort((a, b) => a.start - b.start);
  if (first === undefined) return document;
  const opened = first.message.startsWith('Missing closing') ? openedQuote(token, first.start) : undefined;
  if (opened === undefined) reportSyntax(first, reader);
  else {
    reader.report('This is not valid YAML: the quote that opens here is never closed.', opened, opened + 1);
  }
  return undefined;
}

/** Where the quoted text begins that runs to `end`: the place to mend, not the end of the file. */
function openedQuote(token: CST.Document, end: number): number | undefined {
  let opened: number | undefined;
  CST.visit(token, ({ key, value }) => {
    for (const part of [key, value]) {
      if (
        part !== null &&
        part !== undefined &&
        /^(?:single|double)-quoted/.test(part.type) &&
        'source' in part
      ) {
        if (part.offset + part.source.length === end) opened = part.offset;
      }
    }
  });
  return opened;
}

type ErrorSource = number | readonly number[] | { readonly offset: number; readonly source?: string };

function span(source: ErrorSource): { start: number; end: number } {
  if (typeof source === 'number') return { start: source, end: source + 1 };
  if ('offset' in source) {
    return { start: source.offset, end: source.offset + Math.max(1, source.source?.length ?? 1) };
  }
  const [start = 0, end = start + 1] = source;
  return { start, end };
}

function reportSyntax(problem: SyntaxProblem, reader: YamlReader): void {
  // A place past the end of a line says less than the line's last character.
  const lineEnd = reader.text.indexOf('\n', problem.start);
  const end = lineEnd < 0 ? problem.end : Math.min(problem.end, Math.max(lineEnd, problem.start + 1));
  reader.report(
    syntaxMessage(problem.code, problem.message),
    problem.start,
    Math.max(end, problem.start + 1),
  );
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
  const { fileCharacters, lines } = LIMITS.yaml;
  if (text.length > fileCharacters) {
    const message = `This file is longer than ${grouped(fileCharacters)} characters (the limit ends here); it is not read. Split it.`;
    reader.report(message, fileCharacters, fileCharacters + 1);
    return false;
  }
  if (reader.range(text.length, text.length).line > lines) {
    reader.report(
      `This file has more than ${grouped(lines)} lines; it is not read. Split it.`,
      text.length,
      text.length,
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
 * Whole documents as syntax trees. Counts while they are built and stops at the first passed limit, so that nothing large or deep is
 * ever composed. Directives are left out: they would change how later text is read, which Go's reader does not do.
 */
function* syntaxTokens(reader: YamlReader): Generator<CST.Document> {
  const parser = new Parser();
  const guard = new YamlGuard();
  for (const lexeme of new Lexer().lex(reader.text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') {
        yield token;
        guard.nextDocument();
      } else if (isRefused(token, reader)) {
        return;
      }
    }
    const excess = guard.check(parser, lexeme);
    if (excess !== undefined) {
      reader.report(
        `${excess} Nothing from here on is read.`,
        Math.max(0, parser.offset - lexeme.length),
        parser.offset,
      );
      return;
    }
  }
  for (const token of parser.end()) {
    if (token.type === 'document') yield token;
    else if (isRefused(token, reader)) return;
  }
}

/** Reports a token that stands outside documents and must not. */
function isRefused(token: CST.Token, reader: YamlReader): boolean {
  if (token.type === 'directive') return isRefusedDirective(token, reader);
  if (token.type === 'error') {
    reportSyntax({ code: 'UNEXPECTED_TOKEN', message: token.message, ...span(token) }, reader);
    return true;
  }
  const stray = token.type === 'doc-end' ? token.end?.find(({ type }) => !TRIVIA.has(type)) : undefined;
  if (stray !== undefined) {
    reportSyntax(
      { code: 'UNEXPECTED_TOKEN', message: 'Text after the end of a document', ...span(stray) },
      reader,
    );
  }
  return stray !== undefined;
}

const TRIVIA: ReadonlySet<string> = new Set(['space', 'comment', 'newline']);

/** Go refuses `%YAML 1.2` and takes `%YAML 1.1` without changing how scalars are read; tags of one's own are refused anyway. */
function isRefusedDirective(directive: CST.Directive, reader: YamlReader): boolean {
  const { source, offset } = directive;
  if (/^%YAML[ \t]+1\.1(?:[ \t]|$)/.test(source) || source.startsWith('%TAG')) return false;
  const what = source.startsWith('%YAML')
    ? 'found incompatible YAML document'
    : 'found unknown directive name';
  const message = `Directive "${clip(source)}" is refused by the Collector and by BindPlane (${what}). Remove the line.`;
  reader.report(message, offset, offset + source.length);
  return true;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
