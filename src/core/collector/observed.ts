import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { COMPONENT_CLASSES } from './component-id.ts';
import type { ComponentClass } from './component-id.ts';
import { readMinors } from './version-range.ts';
import type { Minors, VersionRange } from './version-range.ts';

/** What the modules of components say of themselves (`observed.json` and one file a component, made by `schemas/components/gen`). */
export interface Observed {
  /** By any name the component ever had. */
  find(componentClass: ComponentClass, type: string): ObservedComponent | undefined;
  readonly all: readonly ObservedComponent[];
}

/** Names and the ranges in which each holds; none given: in every version read. */
export type RangedNames = ReadonlyMap<string, readonly VersionRange[]>;

export interface ObservedComponent {
  readonly class: ComponentClass;
  /** Its newest name. */
  readonly type: string;
  /** The Go module, short: `x/receiver/kubeletstatsreceiver`. */
  readonly module: string;
  /** Versions whose metadata was read, whose config types were read from source, whose factory was compiled and asked. */
  readonly read: { readonly metadata: Minors; readonly source: Minors; readonly built: Minors };
  readonly names: RangedNames;
  readonly distributions: RangedNames;
  /** Stability levels of each signal. */
  readonly signals: ReadonlyMap<string, RangedNames>;
  /** Metrics of the component and of its scrapers; undefined when it has none. */
  metrics(): RangedNames | undefined;
  /** The keys of its config; undefined when they were not read. */
  fields(): ObservedField | undefined;
}

/** A key of a config. `open`: keys that nobody knows are taken below it, or may be. `named`: the keys below come from its metadata. */
export interface ObservedField {
  readonly kind: string;
  /** The only texts that it takes, by the versions whose values were tried (`read.built`); the smallest number or duration. */
  readonly words?: RangedNames;
  readonly least?: number;
  readonly ranges: readonly VersionRange[];
  readonly open: boolean;
  readonly named: boolean;
  child(name: string): ObservedField | undefined;
  readonly names: readonly string[];
}

const ALWAYS: readonly VersionRange[] = [{}];

/** Reads `observed` of the files, and a component's own file, when it is first asked for. What has another shape is left out. */
export function readObserved(files: JsonMap): Observed {
  const all = once(() => readComponents(files));
  const byName = once(() => {
    const byClass = Map.groupBy(all(), (one) => one.class);
    return new Map(
      [...byClass].map(([componentClass, components]) => [
        componentClass,
        new Map(components.flatMap((one) => one.called().map((name) => [name, one] as const))),
      ]),
    );
  });
  return {
    get all() {
      return all();
    },
    find: (componentClass, type) => byName().get(componentClass)?.get(type),
  };
}

/** Every run looks some components up by name and reads only those further: there are hundreds. */
interface ListedComponent extends ObservedComponent {
  /** Any name it ever had. */
  called(): readonly string[];
}

function readComponents(files: JsonMap): readonly ListedComponent[] {
  const components = map(map(files['observed'])['components']);
  return COMPONENT_CLASSES.flatMap((componentClass) =>
    Object.entries(map(components[componentClass])).map(([type, entry]) =>
      readComponent(files, componentClass, type, map(entry)),
    ),
  );
}

function readComponent(
  files: JsonMap,
  componentClass: ComponentClass,
  type: string,
  entry: JsonMap,
): ListedComponent {
  const read = once(() => readVersions(map(entry['read'])));
  const names = once(() => readNames(entry['names']));
  const distributions = once(() => readNames(entry['distributions']));
  const signals = once(() => readSignals(map(entry['signals'])));
  const detail = once(() => map(files[`${componentClass}/${type}`]));
  const fields = once(() => {
    const own = detail();
    return own['fields'] === undefined
      ? undefined
      : readField({ open: own['open'] ?? false, fields: own['fields'] }, own);
  });
  const metrics = once(() => metricsOf(detail()));
  return {
    class: componentClass,
    type,
    module: text(entry['module']) ?? '',
    get read() {
      return read();
    },
    get names() {
      return names();
    },
    get distributions() {
      return distributions();
    },
    get signals() {
      return signals();
    },
    called: () => {
      const own = map(entry['names']);
      return [...texts(own['always']), ...Object.keys(map(own['ranges']))];
    },
    metrics,
    fields,
  };
}

function readVersions(read: JsonMap): ObservedComponent['read'] {
  return {
    metadata: readMinors(text(read['metadata']) ?? ''),
    source: readMinors(text(read['source']) ?? ''),
    built: readMinors(text(read['built']) ?? ''),
  };
}

function readSignals(signals: JsonMap): ObservedComponent['signals'] {
  return new Map(
    Object.entries(signals).map(([signal, levels]) => [
      signal,
      new Map(Object.entries(map(levels)).map(([level, ranges]) => [level, readRanges(ranges)])),
    ]),
  );
}

function metricsOf(detail: JsonMap): RangedNames | undefined {
  const tables = [detail['metrics'], ...Object.values(map(detail['scrapers']))].map(readNames);
  const all = new Map<string, readonly VersionRange[]>();
  for (const [name, ranges] of tables.flatMap((table) => [...table])) {
    all.set(name, [...(all.get(name) ?? []), ...ranges]);
  }
  return all.size === 0 ? undefined : all;
}

function readField(value: Json, detail: JsonMap): ObservedField {
  if (!isMap(value)) return scalar(text(value) ?? 'any');
  const table = text(value['named']);
  const fields = map(value['fields']);
  const { least } = value;
  const common = {
    kind: text(value['kind']) ?? 'struct',
    ...(value['words'] === undefined ? {} : { words: readNames(value['words']) }),
    ...(typeof least === 'number' ? { least } : {}),
    ranges: value['ranges'] === undefined ? ALWAYS : readRanges(value['ranges']),
  };
  if (table !== undefined) {
    const names = namesAt(detail, table);
    const each = readField(value['each'] ?? 'any', detail);
    const child = (name: string): ObservedField | undefined => {
      const ranges = names.get(name);
      return ranges === undefined ? undefined : { ...each, ranges };
    };
    return { ...common, open: value['open'] === true, named: true, names: [...names.keys()], child };
  }
  const children = new Map<string, ObservedField>();
  return {
    ...common,
    open: value['open'] === true || value['fields'] === undefined,
    named: false,
    names: Object.keys(fields),
    child: (name) => {
      const known = children.get(name);
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (known !== undefined || field === undefined) return known;
      const read = readField(field, detail);
      children.set(name, read);
      return read;
    },
  };
}

function scalar(kind: string): ObservedField {
  return { kind, ranges: ALWAYS, open: true, named: false, names: [], child: () => undefined };
}

/** The table `metrics`, `attributes` or `scrapers.<name>` of a component's file. */
function namesAt(detail: JsonMap, table: string): RangedNames {
  const [first = '', second] = table.split('.');
  return readNames(second === undefined ? detail[first] : map(detail[first])[second]);
}

function readNames(value: Json | undefined): RangedNames {
  const names = map(value);
  return new Map([
    ...texts(names['always']).map((name): [string, readonly VersionRange[]] => [name, ALWAYS]),
    ...Object.entries(map(names['ranges'])).map(([name, ranges]): [string, readonly VersionRange[]] => [
      name,
      readRanges(ranges),
    ]),
  ]);
}

function readRanges(value: Json | undefined): readonly VersionRange[] {
  return (Array.isArray(value) ? value : []).map((range) =>
    Object.fromEntries(
      ['since', 'notBefore', 'until', 'last'].flatMap((key) => {
        const version = text(map(range)[key]);
        return version === undefined ? [] : [[key, version]];
      }),
    ),
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: Json | undefined): readonly string[] {
  return (Array.isArray(value) ? value : []).filter((item): item is string => typeof item === 'string');
}
