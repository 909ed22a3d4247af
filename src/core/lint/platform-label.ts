import type { Resource } from '../bindplane/resource.ts';
import type { Fix, SourceRange, TextEdit } from '../document/finding.ts';
import { at, entry } from '../document/node.ts';
import type { MapEntry, MapNode } from '../document/node.ts';
import { appendToMap, removeLines } from './edits.ts';
import type { Texts } from './edits.ts';

/** The `spec.platform` of a Configuration, whose place is among its labels. */
export function misplacedPlatform({ kind, document }: Resource): MapEntry | undefined {
  return kind === 'Configuration' ? entry(at(document, 'spec'), 'platform') : undefined;
}

/** Moves it to `metadata.labels`; without edits where a person has to decide, or it is written in braces. */
export function platformFix(
  { document }: Resource,
  platform: MapEntry,
  place: SourceRange,
  texts: Texts,
): Fix {
  const title = 'move it to `metadata.labels`';
  const metadata = entry(document, 'metadata');
  const { value, keyAt } = platform;
  const line = (texts.get(place.file) ?? '').split('\n')[keyAt.line - 1] ?? '';
  const isAlone = /^\s*platform:\s+[\w"'-]+\s*$/.test(line);
  if (metadata?.value.kind !== 'map' || value.kind !== 'scalar' || !isAlone) return { title, at: place };
  const put = withLabel(metadata.value, line.trim(), texts);
  return put === undefined
    ? { title, at: place }
    : { title, at: place, edits: [...put, removeLines(place.file, keyAt.line, keyAt.line)] };
}

function withLabel(metadata: MapNode, label: string, texts: Texts): readonly TextEdit[] | undefined {
  const labels = at(metadata, 'labels');
  if (labels === undefined) return appendToMap(metadata, ['labels:', `  ${label}`], texts);
  if (labels.kind !== 'map' || entry(labels, 'platform') !== undefined) return undefined;
  const [first] = labels.entries;
  if (first === undefined || first.keyAt.line === metadata.at.line) return undefined;
  return appendToMap(labels, [label], texts);
}
