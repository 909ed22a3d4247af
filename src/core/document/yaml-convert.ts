import { isAlias, isMap, isScalar, type ParsedNode, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { resolveGoScalar } from './go-scalar.ts';
import { LIMITS } from './limits.ts';
import type { SourceRange } from './finding.ts';
import type { MapEntry, Node, ScalarNode } from './node.ts';
import { grouped } from './yaml-guard.ts';
import type { YamlReader } from './yaml-reader.ts';

/** A converted node with what it costs once aliases are written out, and where its text ends. */
interface Converted {
  readonly node: Node;
  readonly size: number;
  readonly height: number;
  readonly end: number;
}

interface State {
  readonly reader: YamlReader;
  /** Nodes by anchor; `open` while the anchored node is still being read (an alias to it would contain itself). */
  readonly anchors: Map<string, Converted | 'open'>;
  isOverBudget: boolean;
}

/**
 * A composed document as positioned nodes: scalars as Go resolves them, aliases followed, merge keys merged.
 * Undefined when it grows past the node or nesting limit. All that Go would refuse is reported.
 */
export function convertDocument(contents: ParsedNode | null, reader: YamlReader): Node | undefined {
  const state: State = { reader, anchors: new Map(), isOverBudget: false };
  const { node } = convert(contents, state, 0);
  return state.isOverBudget ? undefined : node;
}

function convert(source: ParsedNode | null, state: State, before: number): Converted {
  if (source === null) return leaf(null, 'plain', before, before, state);
  if (isAlias(source)) return follow(source.source, source.range[0], source.range[1], state);
  const anchor = source.anchor;
  if (anchor !== undefined) state.anchors.set(anchor, 'open');
  const converted = isScalar(source)
    ? convertScalar(source, state)
    : isMap(source)
      ? convertMap(source, state)
      : convertSequence(source, state);
  if (anchor !== undefined) state.anchors.set(anchor, converted);
  if ((converted.size > LIMITS.yaml.nodes || converted.height > LIMITS.yaml.depth) && !state.isOverBudget) {
    state.isOverBudget = true;
    const what =
      converted.size > LIMITS.yaml.nodes
        ? `more than ${grouped(LIMITS.yaml.nodes)} nodes once its aliases are written out`
        : `nested more than ${LIMITS.yaml.depth} levels deep once its aliases are written out`;
    state.reader.report(`This document is ${what}.`, source.range[0], source.range[0] + 1);
  }
  return converted;
}

function leaf(
  value: ScalarNode['value'],
  style: ScalarNode['style'],
  start: number,
  end: number,
  state: State,
): Converted {
  return {
    node: { kind: 'scalar', value, style, at: state.reader.range(start, end) },
    size: 1,
    height: 1,
    end,
  };
}

function follow(name: string, start: number, end: number, state: State): Converted {
  const target = state.anchors.get(name);
  if (target !== undefined && target !== 'open') return { ...target, end };
  const why =
    target === 'open'
      ? `The value of anchor "${name}" contains itself.`
      : `There is no anchor "${name}" above.`;
  state.reader.report(why, start, end);
  return leaf(null, 'plain', start, end, state);
}

const STYLES: Readonly<Record<string, ScalarNode['style']>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

const CORE_TAG = 'tag:yaml.org,2002:';

function convertScalar(source: Scalar.Parsed, state: State): Converted {
  const style = STYLES[source.type ?? 'PLAIN'] ?? 'plain';
  const [start, valueEnd] = source.range;
  const text = textOf(source, state.reader.text);
  const isBlock = style === 'literal' || style === 'folded';
  const end = isBlock ? trimmedEnd(state.reader.text, start, valueEnd) : valueEnd;
  const value =
    source.tag === undefined && style === 'plain'
      ? resolveGoScalar(text).value
      : taggedValue(source, text, state);
  if (style === 'double') reportEscapes(start, valueEnd, state.reader);
  return leaf(value, style, start, end, state);
}

/**
 * A scalar's text where Go and the library differ: Go keeps no line break at the end of a block where the file ends without one, and it knows
 * the escape `\'` (not looked for after an escaped backslash).
 */
function textOf(source: Scalar.Parsed, text: string): string {
  const value = typeof source.value === 'string' ? source.value : '';
  const [start, end] = source.range;
  if (source.type === 'QUOTE_DOUBLE') {
    const isPlainEscape = value.includes("\\'") && !text.slice(start, end).includes("\\\\'");
    return isPlainEscape ? value.replaceAll("\\'", "'") : value;
  }
  const isBlock = source.type === 'BLOCK_LITERAL' || source.type === 'BLOCK_FOLDED';
  if (!isBlock || end < text.length || !value.endsWith('\n')) return value;
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  return lastLine.trim() === '' ? value : value.slice(0, -1);
}

/** Where a block scalar's last line ends, without the line breaks after it. */
function trimmedEnd(text: string, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start + 1 && /\s/.test(text.charAt(trimmed - 1))) trimmed--;
  return trimmed;
}

function taggedValue(source: Scalar.Parsed, text: string, state: State): ScalarNode['value'] {
  const tag = source.tag;
  if (tag === undefined || tag === '!' || tag === `${CORE_TAG}str`) return text;
  const [start, end] = source.range;
  const name = tag.startsWith(CORE_TAG) ? tag.slice(CORE_TAG.length) : undefined;
  if (name === undefined || !['int', 'float', 'bool', 'null', 'timestamp'].includes(name)) {
    state.reader.report(`Tag "${shortTag(tag)}" is not known here. Remove it.`, start, end);
    return text;
  }
  const resolved = resolveGoScalar(text);
  if (resolved.tag === name || (name === 'float' && resolved.tag === 'int')) return resolved.value;
  state.reader.report(`"${clip(text)}" cannot be read as !!${name}.`, start, end);
  return text;
}

/** Go knows no `\/` (scannerc.go: "found unknown escape character"); YAML 1.2 does. */
function reportEscapes(start: number, end: number, reader: YamlReader): void {
  const text = reader.text;
  for (let at = text.indexOf('\\', start); at >= 0 && at < end; at = text.indexOf('\\', at + 2)) {
    if (text.charAt(at + 1) === '/') {
      reader.report(
        'Escape "\\/" is refused by Go\'s YAML reader (found unknown escape character). Write "/".',
        at,
        at + 2,
      );
    }
  }
}

function convertSequence(source: YAMLSeq.Parsed, state: State): Converted {
  reportCollectionTag(source, 'seq', state);
  const [start, valueEnd] = source.range;
  const items: Node[] = [];
  let size = 1;
  let height = 0;
  let end = start + 1;
  for (const item of source.items) {
    const converted = convert(item, state, end);
    items.push(converted.node);
    size += converted.size;
    height = Math.max(height, converted.height);
    end = Math.max(end, converted.end);
  }
  if (source.flow === true) end = valueEnd;
  return {
    node: { kind: 'sequence', items, at: state.reader.range(start, end) },
    size,
    height: height + 1,
    end,
  };
}

function reportCollectionTag(
  source: YAMLMap.Parsed | YAMLSeq.Parsed,
  expected: 'map' | 'seq',
  state: State,
): void {
  const tag = source.tag;
  if (tag === undefined || tag === '!' || tag === CORE_TAG + expected) return;
  state.reader.report(
    `Tag "${shortTag(tag)}" is not known here. Remove it.`,
    source.range[0],
    source.range[0] + 1,
  );
}

interface Merge {
  readonly value: Node;
  readonly key: ParsedNode;
}

function convertMap(source: YAMLMap.Parsed, state: State): Converted {
  reportCollectionTag(source, 'map', state);
  const [start, valueEnd] = source.range;
  const entries = new Map<string, MapEntry>();
  let merge: Merge | undefined;
  let size = 1;
  let height = 0;
  let end = start + 1;
  for (const pair of source.items) {
    const [keyStart, keyEnd] = pair.key.range;
    const key = keyOf(pair.key, state);
    const converted = convert(pair.value, state, keyEnd);
    size += converted.size + 1;
    height = Math.max(height, converted.height);
    end = Math.max(end, converted.end, keyEnd);
    if (isMergeKey(pair.key)) {
      if (merge === undefined) merge = { value: converted.node, key: pair.key };
      else reportDuplicate('<<', state.reader.range(merge.key.range[0], merge.key.range[1]), pair.key, state);
    } else if (key !== undefined) {
      const earlier = entries.get(key);
      const keyAt = state.reader.range(keyStart, keyEnd);
      if (earlier === undefined) entries.set(key, { key, keyAt, value: converted.node });
      else reportDuplicate(key, earlier.keyAt, pair.key, state);
    }
  }
  if (merge !== undefined) mergeInto(entries, merge, state);
  if (source.flow === true) end = valueEnd;
  return {
    node: { kind: 'map', entries: [...entries.values()], at: state.reader.range(start, end) },
    size,
    height: height + 1,
    end,
  };
}

/** A plain `<<` (decode.go, isMerge); quoted it is a key like any other. */
function isMergeKey(key: ParsedNode): boolean {
  return (
    isScalar(key) &&
    key.type === 'PLAIN' &&
    key.source === '<<' &&
    (key.tag === undefined || key.tag === `${CORE_TAG}merge`)
  );
}

/** Keys that JavaScript objects treat as their own machinery; no field or label needs them (SEC-80). */
const RESERVED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The key's text as Go prints it (numbers and booleans resolved), or undefined when it cannot be one; then that is reported. */
function keyOf(key: ParsedNode, state: State): string | undefined {
  const [start, end] = key.range;
  if (isScalar(key) && key.type === 'PLAIN' && key.source === '' && key.tag === undefined) {
    state.reader.report('There is no key before this ":".', start, start + 1);
    return undefined;
  }
  const converted = isMergeKey(key) ? leaf('<<', 'plain', start, end, state) : convert(key, state, start);
  if (converted.node.kind !== 'scalar') {
    state.reader.report('A map or a list cannot be a key.', start, Math.max(end, start + 1));
    return undefined;
  }
  const text = String(converted.node.value);
  if (!RESERVED_KEYS.has(text)) return text;
  state.reader.report(`Key "${text}" is not allowed. Choose another name.`, start, end);
  return undefined;
}

function reportDuplicate(key: string, first: SourceRange, second: ParsedNode, state: State): void {
  const message = `Key "${clip(key)}" stands twice in this map; it is already on line ${first.line}. Go's YAML reader refuses the file.`;
  state.reader.report(message, second.range[0], Math.max(second.range[1], second.range[0] + 1), [
    { message: 'The key stands here first.', at: first },
  ]);
}

/** Adds entries of a merged map, or of a list of maps, where the map has no such key itself; the first of a list wins (decode.go, merge). */
function mergeInto(entries: Map<string, MapEntry>, merge: Merge, state: State): void {
  const sources = merge.value.kind === 'sequence' ? merge.value.items : [merge.value];
  for (const source of sources) {
    if (source.kind !== 'map') {
      state.reader.report('"<<" takes a map or a list of maps.', merge.key.range[0], merge.key.range[1]);
      return;
    }
    for (const entry of source.entries) {
      if (!entries.has(entry.key)) entries.set(entry.key, entry);
    }
  }
}

function shortTag(tag: string): string {
  return clip(tag.startsWith(CORE_TAG) ? `!!${tag.slice(CORE_TAG.length)}` : tag);
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
