import type { BlockContent, DefinitionContent, ListItem, RootContent, Table, TableRow } from 'mdast';
import { escapeHtml } from './untrusted.ts';

type Node = RootContent | ListItem;

/** Raw tags that pass; every other one is shown as text. */
const TAG = /<!--[\s\S]*?-->|<(\/?)(details|summary|sub|b|br|code)((?:\s+open)?)\s*\/?>/g;

const ALERTS: Readonly<Record<string, string>> = {
  NOTE: 'Note',
  TIP: 'Tip',
  IMPORTANT: 'Important',
  WARNING: 'Warning',
  CAUTION: 'Caution',
};

/** One rendering: link definitions, and the raw tags still open. */
interface Rendering {
  readonly links: ReadonlyMap<string, string>;
  readonly open: string[];
}

/**
 * A Markdown tree as safe HTML: tables, alerts and coloured diff fences. Of raw HTML only details, summary, sub, b, br and code pass, always
 * closed where they were opened; comments vanish; links lead to http(s) only.
 */
export function renderNodes(nodes: readonly RootContent[]): string {
  const links = new Map<string, string>();
  for (const node of nodes) if (node.type === 'definition') links.set(node.identifier, node.url);
  return container({ links, open: [] }, nodes);
}

/** Renders nodes and closes what raw tags opened among them. */
function container(rendering: Rendering, nodes: readonly Node[]): string {
  const inner: Rendering = { ...rendering, open: [] };
  const html = nodes.map((node) => renderNode(inner, node)).join('');
  return (
    html +
    inner.open
      .toReversed()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

function renderNode(rendering: Rendering, node: Node): string {
  // eslint-disable-next-line typescript/switch-exhaustiveness-check -- the rest is phrasing
  switch (node.type) {
    case 'paragraph':
      return `<p>${container(rendering, node.children)}</p>\n`;
    case 'table':
      return renderTable(rendering, node);
    case 'heading': {
      const level = Math.max(3, node.depth);
      return `<h${level}>${container(rendering, node.children)}</h${level}>\n`;
    }
    case 'blockquote':
      return renderQuote(rendering, node.children);
    case 'list': {
      const tag = node.ordered === true ? 'ol' : 'ul';
      const start =
        node.ordered === true && typeof node.start === 'number' && node.start !== 1
          ? ` start="${node.start}"`
          : '';
      return `<${tag}${start}>${node.children.map((item) => renderItem(rendering, item)).join('')}</${tag}>\n`;
    }
    case 'code':
      return renderFence(node.value, node.lang ?? '');
    case 'thematicBreak':
      return '<hr>\n';
    case 'html':
      return rawHtml(rendering, node.value);
    case 'definition':
      return '';
    default:
      return renderPhrasing(rendering, node);
  }
}

function renderPhrasing(rendering: Rendering, node: Node): string {
  // eslint-disable-next-line typescript/switch-exhaustiveness-check -- kinds that CommonMark does not parse render as nothing
  switch (node.type) {
    case 'text':
      // In comments GitHub keeps line breaks as they are typed.
      return escapeHtml(node.value).replaceAll('\n', '<br>\n');
    case 'emphasis':
      return `<em>${container(rendering, node.children)}</em>`;
    case 'strong':
      return `<strong>${container(rendering, node.children)}</strong>`;
    case 'inlineCode':
      return `<code>${escapeHtml(node.value)}</code>`;
    case 'break':
      return '<br>';
    case 'link':
      return link(node.url, container(rendering, node.children));
    case 'linkReference':
      return link(rendering.links.get(node.identifier) ?? '', container(rendering, node.children));
    case 'image':
    case 'imageReference':
      return escapeHtml(node.alt ?? '');
    default:
      return '';
  }
}

function link(url: string, inner: string): string {
  if (!/^(?:https?:\/\/|[#/](?!\/))/i.test(url)) return inner;
  return `<a href="${escapeHtml(url)}" rel="nofollow noreferrer">${inner}</a>`;
}

function renderItem(rendering: Rendering, item: ListItem): string {
  const [only] = item.children;
  if (item.children.length === 1 && only?.type === 'paragraph') {
    return `<li>${container(rendering, only.children)}</li>`;
  }
  return `<li>${container(rendering, item.children)}</li>`;
}

function renderTable(rendering: Rendering, { align, children }: Table): string {
  const row = (tag: string, { children: cells }: TableRow): string => {
    const drawn = cells.map((cell, index) => {
      const side = align?.[index];
      return `<${tag}${side ? ` class="${side}"` : ''}>${container(rendering, cell.children)}</${tag}>`;
    });
    return `<tr>${drawn.join('')}</tr>`;
  };
  const [head, ...body] = children;
  const rows = body.map((cells) => row('td', cells)).join('');
  return `<div class="table"><table><thead>${head === undefined ? '' : row('th', head)}</thead><tbody>${rows}</tbody></table></div>\n`;
}

function renderQuote(rendering: Rendering, children: readonly (BlockContent | DefinitionContent)[]): string {
  const [first, ...rest] = children;
  const [lead, ...others] = first?.type === 'paragraph' ? first.children : [];
  // What was parsed has the marker as text; what is built has it as raw text and its line feed behind it.
  const isMarked = lead?.type === 'text' || lead?.type === 'html';
  const [marker = '', kind = ''] = (isMarked ? /^\[!(\w+)\][ \t]*(?:\n|$)/.exec(lead.value) : null) ?? [];
  const title = ALERTS[kind];
  if (title === undefined || !isMarked || first?.type !== 'paragraph') {
    return `<blockquote>${container(rendering, children)}</blockquote>\n`;
  }
  const [next, ...later] = others;
  const said =
    lead.type === 'html' && next?.type === 'text'
      ? [{ ...next, value: next.value.replace(/^\n/, '') }, ...later]
      : [{ ...lead, value: lead.value.slice(marker.length) }, ...others];
  const paragraph: BlockContent = { type: 'paragraph', children: said };
  return `<div class="alert ${kind.toLowerCase()}"><p class="alert-title">${title}</p>${container(rendering, [paragraph, ...rest])}</div>\n`;
}

function renderFence(text: string, language: string): string {
  const word = language.replaceAll(/[^\w-]/g, '');
  if (word !== 'diff') return `<pre><code>${escapeHtml(text)}\n</code></pre>\n`;
  const lines = text.split('\n').map((line) => {
    const kind = line.startsWith('+')
      ? 'added'
      : line.startsWith('-')
        ? 'removed'
        : line.startsWith('@@')
          ? 'hunk'
          : '';
    return kind === '' ? escapeHtml(line) : `<span class="${kind}">${escapeHtml(line)}</span>`;
  });
  return `<pre class="diff"><code>${lines.join('\n')}\n</code></pre>\n`;
}

function rawHtml(rendering: Rendering, value: string): string {
  let html = '';
  let last = 0;
  for (const match of value.matchAll(TAG)) {
    html += escapeHtml(value.slice(last, match.index));
    last = match.index + match[0].length;
    const [, slash = '', tag = '', attribute = ''] = match;
    if (tag === 'br') html += '<br>';
    else if (slash === '/' && rendering.open.includes(tag)) {
      // Whatever stands open inside is closed with it.
      for (let closed = ''; closed !== tag;) {
        closed = rendering.open.pop() ?? tag;
        html += `</${closed}>`;
      }
    } else if (slash === '' && tag !== '') {
      rendering.open.push(tag);
      html += `<${tag}${tag === 'details' ? attribute : ''}>`;
    }
  }
  return html + escapeHtml(value.slice(last));
}
