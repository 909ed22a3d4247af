import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contradictions } from './contradictions.ts';
import { readObservations } from './observation.ts';
import type { Observed, SourceObservation } from './observation.ts';
import { isAlways, minorsText, namesOf, rangesOf } from './ranges.ts';
import type { Names, Ranges } from './ranges.ts';
import { builtKeys, foldKeys, nameField, sourceKeys } from './tree.ts';
import type { Field, FieldObject, Keys } from './tree.ts';

/**
 * Folds what the generator wrote into the committed files: `observed.json`, which every question reads, and one file a component.
 *
 *   node schemas/components/gen/fold.ts DIR [TARGET]        DIR: the generator's -out; TARGET: schemas/components
 *
 * Prints what it covers and where it contradicts the hand-made files, which stay as they are.
 */
const TARGET = process.argv[3] ?? join(import.meta.dirname, '..');
/** Differences that are printed of one component. */
const SHOWN = 5;
const CLASSES = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;

/** One component in `observed.json`, by its newest name. */
export interface Entry {
  readonly module: string;
  /** Minor versions whose metadata was read, whose sources were read, whose factory was compiled and asked. */
  readonly read: { readonly metadata: string; readonly source?: string; readonly built?: string };
  /** Every name that the config may use, the newest first. */
  readonly names: Names;
  readonly distributions: Names;
  /** Stability of every signal, as its ranges. */
  readonly signals: Readonly<Record<string, Readonly<Record<string, Ranges>>>>;
}

/** The file of one component. */
export interface Detail {
  readonly metrics?: Names & { readonly on?: readonly string[] };
  readonly scrapers?: Readonly<Record<string, Names>>;
  readonly attributes?: Names;
  readonly open?: true;
  readonly fields?: Readonly<Record<string, Field>>;
}

/** What is committed of one component. */
export interface Folded {
  readonly class: string;
  readonly type: string;
  readonly entry: Entry;
  readonly detail: Detail;
}

/** Folds one component's observations; undefined when there are none. */
export function foldComponent(observed: Observed): Folded | undefined {
  const newest = [...observed.source.values()].at(-1);
  if (newest === undefined) return undefined;
  return {
    class: newest.class,
    type: newest.type,
    entry: {
      module: newest.module,
      read: {
        metadata: minorsText([...observed.source.keys()]),
        ...textOf('source', [...observed.source].flatMap(([at, said]) => (said.config === undefined ? [] : [at]))),
        ...textOf('built', [...observed.built.keys()].sort((a, b) => a - b)),
      },
      names: named(observed, ({ type, deprecated }) => [type, ...(deprecated === undefined ? [] : [deprecated])]),
      distributions: named(observed, ({ distributions }) => distributions ?? []),
      signals: signalsOf(observed),
    },
    detail: detailOf(observed, newest),
  };
}

function textOf(key: string, minors: readonly number[]): Readonly<Record<string, string>> {
  return minors.length === 0 ? {} : { [key]: minorsText(minors) };
}

function named(observed: Observed, of: (said: SourceObservation) => readonly string[]): Names {
  return namesOf(new Map([...observed.source].map(([at, said]) => [at, new Set(of(said))])));
}

function signalsOf(observed: Observed): Entry['signals'] {
  const versions = [...observed.source.keys()];
  const found: Record<string, Record<string, Ranges>> = {};
  const levels = new Map(versions.map((at) => [at, levelsOf(observed.source.get(at)?.stability ?? {})]));
  for (const signal of [...new Set([...levels.values()].flatMap((all) => [...all.keys()]))].sort()) {
    for (const level of new Set([...levels.values()].flatMap((all) => all.get(signal) ?? []))) {
      const ranges = rangesOf(versions, (at) => levels.get(at)?.get(signal) === level);
      found[signal] = { ...found[signal], [level]: ranges };
    }
  }
  return found;
}

function levelsOf(stability: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(stability).flatMap(([level, signals]) => signals.map((signal) => [signal, level])));
}

function detailOf(observed: Observed, newest: SourceObservation): Detail {
  const metrics = switchesOf(observed, ({ metrics }) => metrics);
  const attributes = switchesOf(observed, ({ attributes }) => attributes);
  const on = Object.entries(newest.metrics ?? {}).flatMap(([name, enabled]) => (enabled ? [name] : []));
  const scrapers = [...new Set([...observed.source.values()].flatMap((said) => Object.keys(said.scrapers ?? {})))].sort();
  return {
    ...(metrics === undefined ? {} : { metrics: { ...metrics, ...(on.length === 0 ? {} : { on: on.sort() }) } }),
    ...(scrapers.length === 0
      ? {}
      : {
          scrapers: Object.fromEntries(
            scrapers.map((name) => [name, switchesOf(observed, (said) => said.scrapers?.[name]) ?? {}]),
          ),
        }),
    ...(attributes === undefined ? {} : { attributes }),
    ...withScrapers(
      withTables(foldKeys(keysByVersion(observed)), { metrics, resource_attributes: attributes }),
      observed,
      scrapers,
    ),
  };
}

/**
 * Scrapers decode themselves, so no type shows them. A name that is no scraper's is refused; of a scraper's keys only the metrics are
 * known.
 */
function withScrapers(keys: FieldObject, observed: Observed, scrapers: readonly string[]): FieldObject {
  if (scrapers.length === 0) return keys;
  const each: Field = { open: true, fields: { enabled: 'bool' } };
  const versions = [...observed.source.keys()];
  const below = scrapers.map((name): [string, Field] => {
    const ranges = rangesOf(versions, (at) => observed.source.get(at)?.scrapers?.[name] !== undefined);
    const fields: Readonly<Record<string, Field>> = { metrics: { named: `scrapers.${name}`, each } };
    return [name, { ...(isAlways(ranges) ? {} : { ranges }), open: true, fields }];
  });
  return { ...keys, fields: { ...keys.fields, scrapers: { fields: Object.fromEntries(below) } } };
}

const TABLES: Readonly<Record<string, string>> = { metrics: 'metrics', resource_attributes: 'attributes' };

function withTables(keys: FieldObject, tables: Readonly<Record<string, Names | undefined>>): FieldObject {
  const fields = Object.entries(keys.fields ?? {}).map(([name, field]): [string, Field] => {
    const table = tables[name];
    const names = new Set([...(table?.always ?? []), ...Object.keys(table?.ranges ?? {})]);
    return [name, nameField(field, TABLES[name] ?? '', names) ?? field];
  });
  return fields.length === 0 ? keys : { ...keys, fields: Object.fromEntries(fields) };
}

function switchesOf(
  observed: Observed,
  of: (said: SourceObservation) => Readonly<Record<string, boolean>> | undefined,
): Names | undefined {
  const found = named(observed, (said) => Object.keys(of(said) ?? {}));
  return found.always === undefined && found.ranges === undefined ? undefined : found;
}

/** The keys at each version: by reflection where it was built, else from its sources. */
function keysByVersion(observed: Observed): ReadonlyMap<number, Keys> {
  return new Map(
    [...observed.source].flatMap(([at, said]): [number, Keys][] => {
      const built = observed.built.get(at);
      const keys = (built === undefined ? undefined : builtKeys(built)) ?? sourceKeys(said);
      return keys === undefined ? [] : [[at, keys]];
    }),
  );
}

/** Where reflection and reading of sources name different keys at the same version: `path (built only)` or `path (source only)`. */
export function readingMistakes(observed: Observed): readonly string[] {
  return [...observed.built].flatMap(([at, built]) => {
    const said = observed.source.get(at);
    const left = new Set(pathsOf(builtKeys(built), ''));
    const right = new Set(pathsOf(said === undefined ? undefined : sourceKeys(said), ''));
    return [
      ...[...left].filter((path) => !right.has(path)).map((path) => `0.${at} ${path} (built only)`),
      ...[...right].filter((path) => !left.has(path)).map((path) => `0.${at} ${path} (source only)`),
    ];
  });
}

function pathsOf(keys: Keys | undefined, above: string): readonly string[] {
  return [...(keys?.fields ?? [])].flatMap(([name, below]) => [
    `${above}${name}`,
    ...pathsOf(below, `${above}${name}.`),
  ]);
}

function write(folded: readonly Folded[]): number {
  const index = {
    about:
      'What the modules of components say of themselves, read by schemas/components/gen from the modules that the Go module proxy serves and the checksum database vouches for, collector 0.100 to 0.158. names, distributions, signals: from metadata.yaml. Fields (in the files below): source = from the Go types of the config, without compiling; built = by reflection over the default config of the compiled factory, with every key tried, and values of it: text and plain list take no other kind of value, words are all that is taken, least is the smallest number or duration. A range is [since, until); notBefore and last bound the versions around it that could not be read. Hand-made facts stand in the other files of this folder.',
    components: Object.fromEntries(
      CLASSES.map((name) => [
        name,
        Object.fromEntries(folded.filter((one) => one.class === name).map(({ type, entry }) => [type, entry])),
      ]),
    ),
  };
  let bytes = save('observed.json', index);
  for (const name of CLASSES) rmSync(join(TARGET, name), { recursive: true, force: true });
  for (const { class: section, type, detail } of folded) bytes += save(join(section, `${type}.json`), detail);
  return bytes;
}

function save(file: string, value: unknown): number {
  const path = join(TARGET, file);
  mkdirSync(join(path, '..'), { recursive: true });
  const text = `${compact(value, 0)}\n`;
  writeFileSync(path, text);
  return text.length;
}

/** JSON with one line a key down to the third level, so that a change shows in a diff, and lists and what is deeper on one line. */
function compact(value: unknown, depth: number): string {
  if (depth >= 3 || typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, one]) => `${' '.repeat(depth + 1)}${JSON.stringify(key)}: ${compact(one, depth + 1)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${' '.repeat(depth)}}`;
}

/** How many components were read at each version, by how; and how many names and keys the whole data holds. */
function coverage(observations: ReadonlyMap<string, Observed>, folded: readonly Folded[]): readonly string[] {
  const all = [...observations.values()];
  const minors = [...new Set(all.flatMap(({ source }) => [...source.keys()]))].sort((a, b) => a - b);
  const rows = minors.map((at) => {
    const metadata = all.filter(({ source }) => source.has(at)).length;
    const source = all.filter((one) => one.source.get(at)?.config !== undefined).length;
    const built = all.filter((one) => one.built.has(at)).length;
    return `0.${at} ${String(metadata).padStart(10)} ${String(source).padStart(8)} ${String(built).padStart(7)}`;
  });
  const metrics = folded.map(({ detail }) => [detail.metrics ?? {}, ...Object.values(detail.scrapers ?? {})].reduce((sum, one) => sum + sizeOf(one), 0));
  const keys = folded.map(({ detail }) => keysIn(detail.fields ?? {}));
  return [
    'version  metadata   source   built',
    ...rows,
    `${metrics.filter((count) => count > 0).length} components with ${total(metrics)} metrics, ${keys.filter((count) => count > 0).length} with ${total(keys)} keys`,
    `${all.reduce((sum, { built }) => sum + built.size, 0)} times a compiled component was compared with its sources`,
  ];
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function sizeOf({ always, ranges }: Names): number {
  return (always?.length ?? 0) + Object.keys(ranges ?? {}).length;
}

function keysIn(fields: Readonly<Record<string, Field>>): number {
  return total(Object.values(fields).map((field) => 1 + (typeof field === 'string' ? 0 : keysIn(field.fields ?? {}))));
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('usage: node schemas/components/gen/fold.ts DIR');
  const observations = readObservations(folder);
  const folded = [...observations.values()].flatMap((observed) => foldComponent(observed) ?? []);
  folded.sort((a, b) => (a.class + a.type < b.class + b.type ? -1 : 1));
  const bytes = write(folded);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`${folded.length} components, ${bytes} bytes`);
  for (const [name, observed] of observations) {
    const mistakes = readingMistakes(observed);
    for (const mistake of mistakes.slice(0, SHOWN)) say(`reading ${name} ${mistake}`);
    if (mistakes.length > SHOWN) say(`reading ${name}: ${mistakes.length - SHOWN} more`);
  }
  for (const line of coverage(observations, folded)) say(line);
  for (const one of contradictions(TARGET)) say(`contradicts: ${one}`);
}
