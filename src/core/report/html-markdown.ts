import type { PhrasingContent, RootContent, Table, TableCell } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { renderNodes } from './html-nodes.ts';
import { readTable } from './html-tables.ts';

/** GitHub-flavoured Markdown, CommonMark with tables, as safe HTML; see {@link renderNodes} for what passes. */
export function renderMarkdown(source: string): string {
  return renderNodes(withTables(source, fromMarkdown(source).children));
}

/** The nodes with paragraphs that are written as tables made tables: the parser knows CommonMark alone. */
function withTables<Node extends RootContent>(source: string, nodes: readonly Node[]): Node[] {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a table stands wherever a paragraph may
  return nodes.flatMap((node) => tablesOf(source, node)) as Node[];
}

function tablesOf(source: string, node: RootContent): RootContent[] {
  if (node.type === 'blockquote') return [{ ...node, children: withTables(source, node.children) }];
  if (node.type === 'list') {
    const children = node.children.map((item) => ({ ...item, children: withTables(source, item.children) }));
    return [{ ...node, children }];
  }
  if (node.type !== 'paragraph') return [node];
  const { start, end } = node.position ?? {};
  const read = readTable(source.slice(start?.offset ?? 0, end?.offset ?? 0));
  if (read === undefined) return [node];
  const row = (cells: readonly string[]): Table['children'][number] => ({
    type: 'tableRow',
    children: cells.map((text): TableCell => ({ type: 'tableCell', children: inline(text) })),
  });
  const table: Table = {
    type: 'table',
    align: [...read.align],
    children: [read.head, ...read.rows].map(row),
  };
  return read.before === '' ? [table] : [{ type: 'paragraph', children: inline(read.before) }, table];
}

/** Reads text as the inline content of one paragraph, whatever block syntax it begins with. */
function inline(text: string): PhrasingContent[] {
  if (text.trim() === '') return [];
  // Behind a word nothing begins a block; the word is cut off again.
  const [paragraph] = fromMarkdown(`x ${text}`).children;
  if (paragraph?.type !== 'paragraph') return [{ type: 'text', value: text }];
  const [first, ...rest] = paragraph.children;
  return first?.type === 'text'
    ? [{ type: 'text', value: first.value.slice(2) }, ...rest]
    : paragraph.children;
}
