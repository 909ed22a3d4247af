import type {
  Code,
  Html,
  InlineCode,
  List,
  ListItem,
  Nodes,
  Paragraph,
  PhrasingContent,
  RootContent,
  Table,
} from 'mdast';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { LIMITS } from '../document/limits.ts';
import type { Redactor } from './redact.ts';
import { cut, escapeHtml, headOf, visibleBlock, visibleLine } from './untrusted.ts';

/**
 * Markdown is built as a syntax tree and written by mdast-util-to-markdown, so that escaping is not ours. What comes from
 * outside enters through a `Prose` only: redacted, cut, visible, and where GitHub would make a link or a mention of it, as
 * inline code (SEC-20 to SEC-22). Plain strings given to `line` are our own words.
 */
export type Inline = string | PhrasingContent | readonly PhrasingContent[];

export interface Prose {
  /** Words from outside in a sentence. */
  text(outside: string): PhrasingContent[];
  /** A name from outside. */
  code(outside: string): InlineCode;
  /** A sentence of ours that quotes outside text between backticks (messages of findings). */
  message(text: string): PhrasingContent[];
  /** A block from outside, word for word but for secrets and hidden characters. */
  fence(language: 'text' | 'yaml' | 'sh', outside: string): Code;
  /** A mermaid picture whose labels went through `plain`; never cut, as half a picture is none. */
  picture(clean: string): Code;
  /** A diff whose lines are clean already (see `diffGroups`), with as many lines as it has. */
  diff(clean: string): Code;
  /** Same as `code` for the raw HTML of a summary line. */
  html(outside: string): string;
  /** What is left of a text once secrets are out and hidden characters shown, on one line. */
  plain(outside: string): string;
}

/**
 * What GitHub or Markdown's extensions turn into something live: mentions, issues, commits, addresses, emoji (a colon of ours may follow),
 * mathematics.
 */
const LIVE = /[@$\\|`<>&[\]]|#\d|gh-\d|:\/\/|www\.|(?:mailto|xmpp):|\b[0-9a-f]{7,40}\b|:[a-z0-9_+-]+(?::|$)/i;

/** The way from outside text to Markdown, with this report's redactor. */
export function createProse(redactor: Redactor): Prose {
  const line = (outside: string): string => {
    const { head, beyond } = headOf(outside, 4 * LIMITS.report.lineCharacters);
    return cut(visibleLine(redactor.text(head)), LIMITS.report.lineCharacters, beyond);
  };
  const code = (outside: string): InlineCode => codeOf(line(outside));
  return {
    text: (outside) => words(line(outside)),
    code,
    message: (text) => {
      const parts = line(text).split(/`([^`]+)`/);
      return parts.flatMap((part, index) => (index % 2 === 1 ? [codeOf(part)] : words(part)));
    },
    fence: (language, outside) => ({ type: 'code', lang: language, value: block(redactor, outside) }),
    picture: (clean) => ({ type: 'code', lang: 'mermaid', value: clean.trimEnd() }),
    diff: (clean) => ({ type: 'code', lang: 'diff', value: clean }),
    html: (outside) => `<code>${escapeHtml(line(outside))}</code>`,
    plain: line,
  };
}

function block(redactor: Redactor, outside: string): string {
  const { head, beyond } = headOf(outside, 4 * LIMITS.report.blockCharacters);
  const shown = visibleBlock(redactor.text(head)).replace(/\n+$/, '');
  return cut(shown, LIMITS.report.blockCharacters, beyond).replace(/\n+$/, '');
}

/** A backslash before a pipe would end a table cell in one parser and not in the other: it is shown as its code. */
function codeOf(value: string): InlineCode {
  const safe = value.replaceAll(/\\(?=\\*\|)/g, String.raw`\u{5c}`);
  return { type: 'inlineCode', value: safe === '' ? '(empty)' : safe };
}

function words(text: string): PhrasingContent[] {
  const nodes: PhrasingContent[] = [];
  for (const part of text.split(/(\s+)/)) {
    if (part === '') continue;
    const [, lead = '', word = '', tail = ''] = /^([("']*)(.*?)([)"'.,;:!?]*)$/s.exec(part) ?? [];
    if (LIVE.test(part) && word !== '') nodes.push(...line(lead, codeOf(word), tail));
    else nodes.push({ type: 'text', value: part });
  }
  return nodes;
}

/** Our own words and nodes, one after the other. */
export function line(...parts: readonly Inline[]): PhrasingContent[] {
  return parts.flatMap((part): readonly PhrasingContent[] => {
    if (typeof part === 'string') return part === '' ? [] : [{ type: 'text', value: part }];
    return 'type' in part ? [part] : part;
  });
}

/** Several pieces with our own separator between them; empty ones are left out. */
export function join(parts: readonly (readonly PhrasingContent[])[], separator: string): PhrasingContent[] {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : line(separator, part)));
}

export function heading(depth: 1 | 2 | 3 | 4, ...parts: readonly Inline[]): RootContent {
  return { type: 'heading', depth, children: line(...parts) };
}

export function paragraph(...parts: readonly Inline[]): Paragraph {
  return { type: 'paragraph', children: line(...parts) };
}

export function strong(...parts: readonly Inline[]): PhrasingContent {
  return { type: 'strong', children: line(...parts) };
}

export function emphasis(...parts: readonly Inline[]): PhrasingContent {
  return { type: 'emphasis', children: line(...parts) };
}

/** A link when there is an address, else its text. */
export function link(url: string | undefined, ...parts: readonly Inline[]): PhrasingContent[] {
  if (url === undefined) return line(...parts);
  return [{ type: 'link', url, children: line(...parts) }];
}

/** Raw HTML of ours: constant tags around content that `Prose.html` made. */
export function html(value: string): Html {
  return { type: 'html', value };
}

/** A collapsed part. `summary` is HTML of ours (see `Prose.html`). */
export function details(summary: string, children: readonly RootContent[], open: boolean): RootContent[] {
  return [
    html(`<details${open ? ' open' : ''}><summary>${summary}</summary>`),
    ...children,
    html('</details>'),
  ];
}

/** GitHub's coloured quote; each part is a line of its own. */
export function alert(
  kind: 'CAUTION' | 'WARNING' | 'NOTE',
  lines: readonly (readonly PhrasingContent[])[],
): RootContent {
  const children: PhrasingContent[] = [html(`[!${kind}]`)];
  lines.forEach((part, index) => {
    children.push(index === 0 ? { type: 'text', value: '\n' } : { type: 'break' }, ...part);
  });
  return { type: 'blockquote', children: [{ type: 'paragraph', children }] };
}

export function table(
  head: readonly string[],
  rows: readonly (readonly (readonly PhrasingContent[])[])[],
): Table {
  const row = (cells: readonly (readonly PhrasingContent[])[]): Table['children'][number] => ({
    type: 'tableRow',
    children: cells.map((children) => ({ type: 'tableCell', children: [...children] })),
  });
  return { type: 'table', children: [row(head.map((title) => line(title))), ...rows.map(row)] };
}

export function list(items: readonly (readonly ListItem['children'][number][])[], ordered: boolean): List {
  return {
    type: 'list',
    ordered,
    spread: false,
    children: items.map((children) => ({
      type: 'listItem',
      spread: false,
      children: [...children],
    })),
  };
}

/**
 * Code beside code would run together into other code (`a``b`): a blank between them keeps them apart. Text beside text is one text: each
 * node is written twice (once to see how it begins), word by word that would take most of the time that a report takes.
 */
function settled<Node extends Nodes>(node: Node): Node {
  if (!('children' in node)) return node;
  const children: Nodes[] = [];
  for (const child of node.children) {
    const last = children.at(-1);
    if (child.type === 'text' && last?.type === 'text') {
      children.splice(-1, 1, { type: 'text', value: last.value + child.value });
    } else if (child.type === 'inlineCode' && last?.type === 'inlineCode') {
      children.push({ type: 'text', value: ' ' }, child);
    } else children.push(settled(child));
  }
  return { ...node, children };
}

/** The Markdown text of a tree; ends with a line feed. */
export function markdown(children: readonly RootContent[]): string {
  return toMarkdown(
    { type: 'root', children: children.map(settled) },
    {
      extensions: [gfmToMarkdown({ tablePipeAlign: false })],
      bullet: '-',
      emphasis: '_',
      fences: true,
      listItemIndent: 'one',
      // Two blanks break a line in comments and in files alike, and read well as plain text in a mail.
      handlers: { break: () => '  \n' },
    },
  );
}
