import type { ProvenanceEntry } from '../collector/effective-config.ts';
import type { SourceRange } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { Explainable } from './explainable.ts';

const VERSION = 1;

/** Values that an error may quote: addresses, files, numbers, references. Everything else (secrets among it) stays out. */
const QUOTABLE = /^(?:[^\s@]{0,200}:\d{1,5}|\/[^\s]{1,200}|\$\{[^}\s]{1,100}\})$/;

/**
 * What explaining needs of a configuration, as compact plain data: its keys, the few values that errors quote, and the place of each entry
 * of its provenance. Read it back with {@link explainableOf}. Bounded by `LIMITS.sourceMap`; what goes beyond is counted in `cut`.
 */
export function sourceMapOf(config: Explainable): JsonMap {
  const files: string[] = [];
  const fileIndex = (file: string): number => {
    const known = files.indexOf(file);
    return known < 0 ? files.push(file) - 1 : known;
  };
  const range = (at: SourceRange): readonly number[] => [
    fileIndex(at.file),
    at.line,
    at.column,
    at.endLine,
    at.endColumn,
  ];
  const start = config.textStart && [fileIndex(config.textStart.file), config.textStart.line];
  const entries = config.provenance.slice(0, LIMITS.sourceMap.paths);
  const places: Json = entries.map(({ path, at, via }) => [
    path,
    range(at),
    ...(via === undefined ? [] : [range(via)]),
  ]);
  const budget = { keys: LIMITS.sourceMap.paths };
  const tree = skeleton(config.tree, budget, false);
  const cut = config.provenance.length - entries.length + Math.max(0, -budget.keys);
  return {
    version: VERSION,
    configuration: config.configuration,
    name: config.name,
    files,
    places,
    tree,
    ...(start && { textStart: start }),
    ...(cut > 0 ? { cut } : {}),
  };
}

/** Keys of a value with the values that errors quote; in `service` also the ids that pipelines list. */
function skeleton(value: Json, budget: { keys: number }, references: boolean): Json {
  if (isList(value)) return value.map((item) => skeleton(item, budget, references));
  if (!isMap(value)) return typeof value === 'string' && !references && !QUOTABLE.test(value) ? '' : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      budget.keys -= 1;
      return budget.keys < 0 ? [] : [[key, skeleton(item, budget, references || key === 'service')]];
    }),
  );
}

/** A source map as it was; undefined for data of another shape or version. Entries that cannot be read are left out. Never throws. */
export function explainableOf(sourceMap: Json): Explainable | undefined {
  if (!isMap(sourceMap) || sourceMap['version'] !== VERSION) return undefined;
  const { configuration, name, tree } = sourceMap;
  if (typeof configuration !== 'string' || typeof name !== 'string' || !isMap(tree)) return undefined;
  const files = list(sourceMap['files']).filter((file) => typeof file === 'string');
  const provenance = list(sourceMap['places'])
    .slice(0, LIMITS.sourceMap.paths)
    .flatMap((entry) => entryOf(list(entry), files));
  const [index, line] = list(sourceMap['textStart']);
  const file = typeof index === 'number' ? files[index] : undefined;
  return {
    configuration,
    name,
    tree,
    provenance,
    ...(file !== undefined && typeof line === 'number' && { textStart: { file, line } }),
  };
}

function entryOf([path, at, via]: readonly Json[], files: readonly string[]): readonly ProvenanceEntry[] {
  const place = rangeOf(list(at), files);
  if (place === undefined) return [];
  const reference = rangeOf(list(via), files);
  return [
    {
      path: list(path).filter((step) => typeof step === 'string'),
      at: place,
      ...(reference === undefined ? {} : { via: reference }),
    },
  ];
}

function rangeOf([file, ...numbers]: readonly Json[], files: readonly string[]): SourceRange | undefined {
  const [line, column, endLine, endColumn] = numbers.filter(
    (value) => typeof value === 'number' && Number.isInteger(value) && value > 0,
  );
  const name = typeof file === 'number' ? files[file] : undefined;
  if (
    name === undefined ||
    !isNumber(line) ||
    !isNumber(column) ||
    !isNumber(endLine) ||
    !isNumber(endColumn)
  ) {
    return undefined;
  }
  return { file: name, line, column, endLine, endColumn };
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number';
}

function list(value: Json | undefined): readonly Json[] {
  return value !== undefined && isList(value) ? value : [];
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
