import type { SourceRange, TextEdit } from '../document/finding.ts';
import { at, entry } from '../document/node.ts';
import type { MapNode, Node, ScalarNode, SequenceNode } from '../document/node.ts';

/** The texts that edits are made for, by path. */
export type Texts = ReadonlyMap<string, string>;

/**
 * Adds `name` with a list value to the parameters of an item (a map with `type:`), or the values to the list that the parameter has already.
 * Undefined where the YAML is written in a way that we do not edit.
 */
export function addToListParameter(
  item: MapNode,
  name: string,
  values: readonly string[],
  texts: Texts,
): readonly TextEdit[] | undefined {
  const parameters = entry(item, 'parameters');
  if (parameters === undefined) {
    return appendToMap(item, ['parameters:', ...parameterLines(name, values).map(indent)], texts);
  }
  const list = parameters.value;
  if (list.kind !== 'sequence') return undefined;
  const given = list.items.find((parameter) => scalarAt(parameter, 'name')?.value === name);
  if (given === undefined) {
    return isFlow(list, texts)
      ? appendToFlow(list, [`{name: ${name}, value: [${values.join(', ')}]}`], texts)
      : appendToSequence(list, [listParameter(name, values)], texts);
  }
  const value = at(given, 'value');
  if (value?.kind !== 'sequence') return undefined;
  return isFlow(value, texts)
    ? appendToFlow(value, values, texts)
    : appendToSequence(
        value,
        values.map((one) => [one]),
        texts,
      );
}

/** Appends items to a list in brackets that ends on the line it begins on. */
function appendToFlow(
  list: SequenceNode,
  items: readonly string[],
  texts: Texts,
): readonly TextEdit[] | undefined {
  const { file, line, endLine, endColumn } = list.at;
  if (line !== endLine || lineOf(list.at, texts)[endColumn - 2] !== ']') return undefined;
  const place = { file, line, column: endColumn - 1, endLine, endColumn: endColumn - 1 };
  return [{ at: place, text: `${list.items.length > 0 ? ', ' : ''}${items.join(', ')}` }];
}

function parameterLines(name: string, values: readonly string[]): readonly string[] {
  return listParameter(name, values).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

function listParameter(name: string, values: readonly string[]): readonly string[] {
  return [`name: ${name}`, 'value:', ...values.map((value) => `  - ${value}`)];
}

/**
 * Takes an item out of the block list it stands in; the whole list becomes `[]` with its last item. Undefined for lists in brackets.
 */
export function removeFromList(
  list: SequenceNode,
  item: Node,
  texts: Texts,
): readonly TextEdit[] | undefined {
  if (isFlow(list, texts) || !/^\s*-\s/.test(lineOf(item.at, texts))) return undefined;
  const last = lastLine(item);
  if (list.items.length > 1) return [removeLines(item.at.file, item.at.line, last)];
  const before = (texts.get(item.at.file) ?? '').split('\n')[item.at.line - 2] ?? '';
  const end = { line: item.at.line - 1, column: before.replace(/\r$/, '').length + 1 };
  const at = {
    file: item.at.file,
    ...end,
    endLine: last,
    endColumn: lineOf({ ...item.at, line: last }, texts).length + 1,
  };
  return /:\s*$/.test(before) ? [{ at, text: ' []' }] : undefined;
}

/** Appends entries, given as lines without indentation, to a block map. Undefined for maps in braces. */
export function appendToMap(
  map: MapNode,
  lines: readonly string[],
  texts: Texts,
): readonly TextEdit[] | undefined {
  const first = map.entries[0];
  if (first === undefined || isFlow(map, texts)) return undefined;
  const margin = ' '.repeat(first.keyAt.column - 1);
  return insertAfter(
    map,
    lines.map((line) => margin + line),
    texts,
  );
}

/** Appends items, each given as lines without the dash, to a block sequence. Undefined for lists in brackets that hold something. */
function appendToSequence(
  sequence: SequenceNode,
  items: readonly (readonly string[])[],
  texts: Texts,
): readonly TextEdit[] | undefined {
  const first = sequence.items[0];
  if (first === undefined || isFlow(sequence, texts)) return undefined;
  const line = lineOf(first.at, texts);
  const dash = line.slice(0, first.at.column - 1).lastIndexOf('-');
  if (dash < 0) return undefined;
  const gap = ' '.repeat(first.at.column - 1 - dash - 1);
  const margin = ' '.repeat(dash);
  const lines = items.flatMap((item) =>
    item.map((text, index) => (index === 0 ? `${margin}-${gap}${text}` : `${margin} ${gap}${text}`)),
  );
  return insertAfter(sequence, lines, texts);
}

/** An edit that indents whole lines, empty ones left alone. */
export function indentLines(
  file: string,
  from: number,
  to: number,
  by: number,
  texts: Texts,
): readonly TextEdit[] {
  const lines = (texts.get(file) ?? '').split('\n');
  const edits: TextEdit[] = [];
  for (let line = from; line <= to; line++) {
    if ((lines[line - 1] ?? '').trim() === '') continue;
    edits.push({ at: { file, line, column: 1, endLine: line, endColumn: 1 }, text: ' '.repeat(by) });
  }
  return edits;
}

/** An edit that takes whole lines away. */
export function removeLines(file: string, from: number, to: number): TextEdit {
  return { at: { file, line: from, column: 1, endLine: to + 1, endColumn: 1 }, text: '' };
}

/** Whole lines put below the last line of a node, whatever comment stands at its end. */
export function insertAfter(node: Node, lines: readonly string[], texts: Texts): readonly TextEdit[] {
  const { file } = node.at;
  const last = lastLine(node);
  const column = ((texts.get(file) ?? '').split('\n')[last - 1] ?? '').replace(/\r$/, '').length + 1;
  const place: SourceRange = { file, line: last, column, endLine: last, endColumn: column };
  return [{ at: place, text: lines.map((line) => `\n${line}`).join('') }];
}

/** The last line a node has content on. Ranges of block nodes may reach into blank lines and comments behind them. */
export function lastLine(node: Node): number {
  if (node.kind === 'scalar') return node.at.endColumn === 1 ? node.at.endLine - 1 : node.at.endLine;
  const children = node.kind === 'map' ? node.entries.map((child) => child.value) : node.items;
  const keys = node.kind === 'map' ? node.entries.map((child) => child.keyAt.line) : [];
  const lines = [...children.map(lastLine), ...keys];
  return lines.length === 0 ? node.at.endLine : Math.max(...lines, node.at.line);
}

function isFlow(node: MapNode | SequenceNode, texts: Texts): boolean {
  return /^[[{]/.test(lineOf(node.at, texts).slice(node.at.column - 1));
}

/** The line of a place as it stands in its file. */
export function lineOf(at: SourceRange, texts: Texts): string {
  return (texts.get(at.file) ?? '').split('\n')[at.line - 1] ?? '';
}

function scalarAt(node: Node, key: string): ScalarNode | undefined {
  const found = at(node, key);
  return found?.kind === 'scalar' ? found : undefined;
}

function indent(line: string): string {
  return `  ${line}`;
}
