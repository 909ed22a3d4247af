import type { Nodes, Parents, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { cut, headOf, visibleBlock, visibleLine } from '../../../src/core/report/untrusted.ts';

/**
 * Whether a report says the same with hostile strings as with harmless words: the same report is drawn twice, once with a placeholder in
 * each place where text from outside enters, once with the strings. Read by a CommonMark and GFM parser, both must be the same tree; where
 * a placeholder stands in code, the string has to be all of that code, and where it stands in text, text or code that together says it.
 */
export type Hole = 'text' | 'message';

const HOLE = /qz(\d+)zq/;
const HOLES = /qz(\d+)zq/g;

/** The placeholder of the hole with this number. */
export function placeholder(index: number): string {
  return `qz${index}zq`;
}

/** The tree of a comment as GitHub's own parser sees it, but for what GitHub makes of text afterwards (`liveText`). */
export function readMarkdown(body: string): Root {
  return fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

// Control characters never come out of a report, so they can stand for what is no text.
const CODE = '\u0001';
const END = '\u0002';
const OPEN = '\u0003';
const CLOSE = '\u0004';

const PIECE = new RegExp(`(${CODE}[^${END}]*${END}|${OPEN}[^${OPEN}]*${OPEN}|qz\\d+zq)`);
const BLANK_CODE = new RegExp(`^(?: *${CODE} +${END})+`);
const SHOWN_BACKSLASH = String.raw`\u{5c}`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const PHRASING: ReadonlySet<string> = new Set(['paragraph', 'heading', 'tableCell']);

function isParent(node: Nodes): node is Parents {
  return 'children' in node;
}

/** Everything about a node that is not its content. */
function attributes(node: Nodes): string {
  const kept = Object.entries(node).filter(
    ([key]) => !['children', 'position', 'value', 'url', 'data'].includes(key),
  );
  return JSON.stringify(kept);
}

/** The content of a paragraph, heading or cell on one line, with marks where code and other nodes begin and end. */
function flat(node: Nodes): string {
  if (node.type === 'text') return node.value;
  if (node.type === 'inlineCode') return CODE + node.value + END;
  const inner = isParent(node) ? node.children.map(flat).join('') : 'value' in node ? node.value : '';
  const url = 'url' in node ? ` ${node.url}` : '';
  return `${OPEN}${attributes(node)}${url}${OPEN}${inner}${CLOSE}`;
}

/** Strings by the number of their hole. */
export interface Filling {
  readonly strings: readonly string[];
  readonly holes: readonly Hole[];
}

/** A place at which a report reads otherwise with the strings in it. */
export interface Difference {
  readonly expected: string;
  readonly found: string;
}

/** Compares the tree of a report with placeholders and the tree of the same report with strings. */
export function difference(template: Nodes, drawn: Nodes, filling: Filling): Difference | undefined {
  if (attributes(template) !== attributes(drawn)) {
    return { expected: attributes(template), found: `${attributes(drawn)} ${flat(drawn).slice(0, 400)}` };
  }
  if (PHRASING.has(template.type)) return inline(flatChildren(template), flatChildren(drawn), filling);
  if (isParent(template) && isParent(drawn)) {
    const [expected, found] = [template.children, drawn.children];
    if (expected.length !== found.length) {
      return { expected: childTypes(template), found: `${childTypes(drawn)} ${flat(drawn).slice(0, 400)}` };
    }
    for (const [index, child] of expected.entries()) {
      const other = found[index];
      const differs = other && difference(child, other, filling);
      if (differs !== undefined) return differs;
    }
    return undefined;
  }
  const [expected, found] = [valueOf(template), valueOf(drawn)];
  const filled = template.type === 'code' ? block(template.lang, expected, filling) : html(expected, filling);
  return filled === found ? undefined : { expected: filled, found };
}

function valueOf(node: Nodes): string {
  return 'value' in node ? node.value : '';
}

function flatChildren(node: Nodes): string {
  return isParent(node) ? node.children.map(flat).join('') : '';
}

function childTypes(node: Parents): string {
  return node.children.map(({ type }) => type).join(' ');
}

function filled(text: string, { strings }: Filling): string {
  return text.replaceAll(HOLES, (_, index: string) => strings[Number(index)] ?? '');
}

function line(text: string): string {
  const { head, beyond } = headOf(text, 4 * LIMITS.report.lineCharacters);
  return cut(visibleLine(head), LIMITS.report.lineCharacters, beyond);
}

/** What a name becomes in inline code; one backslash before a pipe is shown as its number, see `codeOf`. */
function code(text: string): string {
  return line(text).replaceAll(/\\(?=\\*\|)/g, SHOWN_BACKSLASH) || '(empty)';
}

/** A line that may be offered for a commit: what hides something is not. */
export function suggested(text: string): string {
  return visibleLine(text).slice(0, 200);
}

function block(lang: string | null | undefined, template: string, filling: Filling): string {
  if (!HOLE.test(template)) return template;
  if (lang === 'mermaid') {
    const label = (text: string): string =>
      line(text).replaceAll(/[^\p{L}\p{N} ._/,-]/gu, (sign) => `#${sign.codePointAt(0) ?? 0};`);
    return template.replaceAll(HOLES, (_, index: string) => label(filling.strings[Number(index)] ?? ''));
  }
  if (lang === 'suggestion') {
    const strings = filling.strings.map(suggested);
    return filled(template, { ...filling, strings });
  }
  if (lang === 'diff') {
    // A line of a config has no line feed in it.
    const strings = filling.strings.map((text) => text.replaceAll(/[\r\n]/g, ' '));
    const drawn = (one: string): string => {
      const { head, beyond } = headOf(
        filled(one, { ...filling, strings }),
        8 * LIMITS.report.diffLineCharacters,
      );
      return cut(visibleBlock(head), LIMITS.report.diffLineCharacters, beyond);
    };
    return template
      .split('\n')
      .map((one) => (HOLE.test(one) ? drawn(one) : one))
      .join('\n');
  }
  const { head, beyond } = headOf(filled(template, filling), 4 * LIMITS.report.blockCharacters);
  const shown = visibleBlock(head).replace(/\n+$/, '');
  return cut(shown, LIMITS.report.blockCharacters, beyond).replace(/\n+$/, '');
}

/** Raw HTML of ours: the summary of a collapsed part, and the marker with its key as it stands in an address. */
function html(template: string, { strings }: Filling): string {
  const isComment = template.startsWith('<!--');
  return template.replaceAll(HOLES, (_, index: string) => {
    const text = strings[Number(index)] ?? '';
    return isComment
      ? encodeURIComponent(text.toWellFormed()).replaceAll('-', '%2D') || '%2D'
      : line(text).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
  });
}

/** Compares flat contents piece by piece: code with all its holes at once, text hole by hole. */
function inline(template: string, found: string, filling: Filling): Difference | undefined {
  let rest = found;
  for (const piece of template.split(PIECE)) {
    const index = HOLE.exec(piece)?.[1];
    const length =
      index === undefined
        ? literal(piece, rest)
        : piece.startsWith(CODE)
          ? literal(CODE + code(filled(piece.slice(1, -1), filling)) + END, rest)
          : piece.startsWith(OPEN)
            ? literal(address(piece, filling), rest)
            : words(filling, Number(index), rest);
    if (length === undefined) {
      return {
        expected: `${JSON.stringify(piece)} in ${filled(template, filling)}`,
        found: rest.slice(0, 400),
      };
    }
    rest = rest.slice(length);
  }
  return rest === '' ? undefined : { expected: '', found: rest };
}

function literal(expected: string, rest: string): number | undefined {
  return rest.startsWith(expected) ? expected.length : undefined;
}

/** The path of a file in the address of a link. */
function address(piece: string, { strings }: Filling): string {
  return piece.replaceAll(HOLES, (_, index: string) =>
    (strings[Number(index)] ?? '').toWellFormed().split('/').map(encodeURIComponent).join('/'),
  );
}

/**
 * How much of `rest` is the string of a hole in text: words and code that together say it. In a message backticks quote, and a blank keeps
 * code from other code; in code a backslash before a pipe is shown as its number.
 */
function words({ strings, holes }: Filling, index: number, rest: string): number | undefined {
  const isMessage = holes[index] === 'message';
  const clean = line(strings[index] ?? '');
  const said = isMessage ? clean.replaceAll(/`([^`]+)`/g, '$1').replaceAll(' ', '') : clean;
  const beforePipe = new Set([...said.matchAll(/\\(?=\\*\|)/g)].map((match) => match.index));
  let at = 0;
  let open = false;
  for (let next = 0; next < said.length;) {
    if (rest[at] === (open ? END : CODE)) {
      open = !open;
      at += 1;
    } else if (open && beforePipe.has(next) && rest.startsWith(SHOWN_BACKSLASH, at)) {
      next += 1;
      at += SHOWN_BACKSLASH.length;
    } else if (rest[at] === said[next]) {
      next += 1;
      at += 1;
    } else if (isMessage && rest[at] === ' ') {
      at += 1;
    } else {
      return undefined;
    }
  }
  // Quoted blanks at the end say nothing, and are code all the same.
  const blanks = isMessage && open ? (/^ */.exec(rest.slice(at))?.[0].length ?? 0) : 0;
  if (open && rest[at + blanks] !== END) return undefined;
  const end = open ? at + blanks + 1 : at;
  return end + (isMessage ? (BLANK_CODE.exec(rest.slice(end))?.[0].length ?? 0) : 0);
}

/**
 * What GitHub makes live of the text that a parser leaves as text (docs.github.com: autolinked references, mentions, emoji, mathematical
 * expressions, alerts, footnotes, task lists), written down by its own rules and not by ours.
 */
const GITHUB: readonly RegExp[] = [
  /(?:^|[^\w`/@])@[a-z\d](?:[a-z\d]|-(?=[a-z\d]))*(?:\/[\w.-]+)?/i,
  /(?:^|[^\w&])(?:[\w.-]+\/[\w.-]+)?#\d+/,
  /\b[\w-]+#\d+/,
  /\bGH-\d+/i,
  /(?:^|[^\w./-])[\da-f]{7,40}(?![\w./-])/i,
  /\b(?:https?|ftp):\/\/[^\s<]/i,
  /\bwww\.[\w-]/i,
  /\b(?:mailto|xmpp):\S/i,
  /[\w.+-]+@[\w-]+\.[\w.-]+/,
  /:[a-z\d_+-]+:/i,
  /\$[^$]*\$/,
  /\[\^[^\]]+\]/,
  /^\s*\[[ xX]\]\s/,
  /\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]/,
  /<!--|-->/,
];

/** Text outside code and links that GitHub would make live; what our own alerts begin with is ours. */
export function liveText(tree: Nodes): readonly string[] {
  if (tree.type === 'text') {
    const text = tree.value.replace(/^\[!(?:CAUTION|WARNING|NOTE)\]\n/, '');
    return GITHUB.some((rule) => rule.test(text)) ? [text] : [];
  }
  if (!isParent(tree)) return [];
  // Text nodes that stand beside each other in a rendered line are read by GitHub as one only where no tag is between them.
  return tree.children.flatMap(liveText);
}
