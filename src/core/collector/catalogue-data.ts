import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { COMPONENT_CLASSES } from './component-id.ts';
import type { ComponentClass } from './component-id.ts';
import { readObserved } from './observed.ts';
import type { Observed, ObservedComponent } from './observed.ts';

/** The files of `schemas/components`, read. What is missing or has another shape is left out; a test holds the shape. */
export interface CatalogueData {
  readonly agentVersions: ReadonlyMap<string, string>;
  readonly linear?: { readonly after: string; readonly minorOffset: number };
  readonly contents: ReadonlyMap<string, readonly Content[]>;
  readonly seen: readonly SeenRange[];
  readonly renames: readonly Rename[];
  readonly aliasThrough: string;
  readonly removals: readonly Removal[];
  readonly metrics: MetricData;
  readonly fields: FieldData;
  /** What the components' own modules say, where the proxy gave them. */
  readonly observed: Observed;
}

/** Everything a distribution holds at one version. */
export interface Content {
  readonly version: string;
  readonly components: ReadonlyMap<ComponentClass, ReadonlySet<string>>;
  /** Spellings of which it is known that the component is in, but not how its type is written. */
  readonly unverified: ReadonlySet<string>;
}

/** A component of otelcol-contrib seen in a range of versions; `last` absent: still there at the end of the data. */
interface SeenRange {
  readonly class: ComponentClass;
  readonly type: string;
  readonly first: string;
  readonly last: string;
}

interface Rename {
  readonly class: ComponentClass;
  readonly old: string;
  readonly new: string;
  readonly since: string;
  readonly certain: boolean;
}

interface Removal {
  readonly class: ComponentClass;
  readonly type: string;
  readonly last: string;
  readonly instead?: string;
}

interface MetricData {
  readonly first: string;
  readonly last: string;
  readonly receivers: ReadonlyMap<string, ReadonlyMap<string, MetricRange>>;
}

/** Fields of components by class and type, of shared blocks by the block's key, and removed paths. */
interface FieldData {
  readonly components: ReadonlyMap<string, ReadonlyMap<string, MetricRange>>;
  readonly blocks: ReadonlyMap<string, ReadonlyMap<string, MetricRange>>;
  readonly removed: readonly RemovedField[];
}

/** A path (from the root, or its end) that was taken away. */
interface RemovedField {
  readonly path: readonly string[];
  readonly last: string;
  readonly instead?: string;
}

/** `since`: first version with it; `notBefore`: the true first version lies between it and `since`; `last`: last version with it. */
export interface MetricRange {
  readonly since?: string;
  readonly notBefore?: string;
  readonly last?: string;
  readonly instead?: string;
}

/** Reads `{ 'bindplane-agent': …, otelcol: …, 'otelcol-k8s': …, 'otelcol-contrib': …, renames: …, removals: …, metrics: … }`. */
export function readCatalogueData(value: JsonMap): CatalogueData {
  const agent = map(value['bindplane-agent']);
  const beyond = map(agent['beyond']);
  const after = text(beyond['after']);
  const offset = beyond['minorOffset'];
  const renames = map(value['renames']);
  return {
    agentVersions: new Map(
      Object.entries(map(agent['collectorVersions'])).map(([from, to]) => [from, text(to) ?? '']),
    ),
    ...(after !== undefined && typeof offset === 'number' ? { linear: { after, minorOffset: offset } } : {}),
    contents: new Map(
      ['bindplane-agent', 'otelcol', 'otelcol-k8s', 'otelcol-contrib'].map((name) => [
        name,
        list(map(value[name])['contents']).map((content) => readContent(map(content))),
      ]),
    ),
    seen: readSeen(map(value['otelcol-contrib'])),
    renames: readRenames(map(renames['renames'])),
    aliasThrough: text(renames['aliasThrough']) ?? '',
    removals: list(map(value['removals'])['removals']).flatMap((removal) => readRemoval(map(removal))),
    metrics: readMetrics(map(value['metrics'])),
    fields: readFields(map(value['fields'])),
    observed: readObserved(value),
  };
}

function readContent(content: JsonMap): Content {
  return {
    version: text(content['version']) ?? '',
    components: new Map(COMPONENT_CLASSES.map((name) => [name, new Set(texts(content[name]))])),
    unverified: new Set(
      Object.entries(map(map(content['unverifiedNames'])['names'])).flatMap(([module, type]) => [
        module,
        text(type) ?? module,
      ]),
    ),
  };
}

function readSeen(contrib: JsonMap): readonly SeenRange[] {
  const present = map(contrib['present']);
  const since = map(contrib['presentSince']);
  const first = text(present['first']) ?? '';
  const last = text(present['last']) ?? '';
  return COMPONENT_CLASSES.flatMap((name) => [
    ...texts(present[name]).map((type) => ({ class: name, type, first, last })),
    ...Object.entries(map(since[name])).map(([type, from]) => ({
      class: name,
      type,
      first: text(from) ?? first,
      last,
    })),
  ]);
}

function readRenames(renames: JsonMap): readonly Rename[] {
  return COMPONENT_CLASSES.flatMap((name) =>
    list(renames[name]).flatMap((row) => {
      const [from, to, since, note] = texts(row);
      if (from === undefined || to === undefined || since === undefined) return [];
      return [{ class: name, old: from, new: to, since, certain: note === undefined }];
    }),
  );
}

function readRemoval(removal: JsonMap): readonly Removal[] {
  const name = COMPONENT_CLASSES.find((candidate) => candidate === removal['class']);
  const type = text(removal['type']);
  const last = text(removal['last']);
  const instead = text(removal['instead']);
  if (name === undefined || type === undefined || last === undefined) return [];
  return [{ class: name, type, last, ...(instead === undefined ? {} : { instead }) }];
}

function readMetrics(metrics: JsonMap): MetricData {
  return {
    first: text(metrics['first']) ?? '',
    last: text(metrics['last']) ?? '',
    receivers: new Map(
      Object.entries(map(metrics['receivers'])).map(([type, known]) => [type, readRanges(map(known))]),
    ),
  };
}

function readRanges(known: JsonMap): ReadonlyMap<string, MetricRange> {
  return new Map([
    ...texts(known['always']).map((name): [string, MetricRange] => [name, {}]),
    ...Object.entries(map(known['ranges'])).map(([name, range]): [string, MetricRange] => [
      name,
      readRange(map(range)),
    ]),
  ]);
}

function readFields(fields: JsonMap): FieldData {
  const components = COMPONENT_CLASSES.flatMap((name) =>
    Object.entries(map(map(fields['components'])[name])).map(
      ([type, known]): [string, ReadonlyMap<string, MetricRange>] => [
        `${name}/${type}`,
        readRanges(map(known)),
      ],
    ),
  );
  return {
    components: new Map(components),
    blocks: new Map(
      Object.entries(map(fields['blocks'])).map(([key, known]) => [key, readRanges(map(known))]),
    ),
    removed: list(fields['removed']).flatMap((row) => {
      const path = text(map(row)['path']);
      const last = text(map(row)['last']);
      const instead = text(map(row)['instead']);
      if (path === undefined || last === undefined) return [];
      return [{ path: path.split('.'), last, ...(instead === undefined ? {} : { instead }) }];
    }),
  };
}

function readRange(range: JsonMap): MetricRange {
  return Object.fromEntries(
    ['since', 'notBefore', 'last', 'instead'].flatMap((key) => {
      const value = text(range[key]);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: Json | undefined): readonly string[] {
  return list(value).filter((item): item is string => typeof item === 'string');
}

/** New names by class and old name. */
type NewNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Every reader of a config asks for names, one for each component. */
const newNames = new WeakMap<CatalogueData, NewNames>();

function newNamesOf({ renames }: CatalogueData): NewNames {
  const byClass = Map.groupBy(renames, (row) => row.class);
  return new Map(
    // The first of several renames of one name counts.
    [...byClass].map(([name, rows]) => [name, new Map(rows.toReversed().map((row) => [row.old, row.new]))]),
  );
}

/** The current name of a component type; the type itself where it was never renamed. */
export function canonicalType(data: CatalogueData, componentClass: ComponentClass, type: string): string {
  const known = newNames.get(data) ?? newNamesOf(data);
  newNames.set(data, known);
  const renamed = known.get(componentClass)?.get(type) ?? type;
  return data.observed.find(componentClass, renamed)?.type ?? renamed;
}

/** What the modules say of a component, asked by its current or an older name. */
export function observedComponent(
  data: CatalogueData,
  componentClass: ComponentClass,
  type: string,
): ObservedComponent | undefined {
  const found = data.observed.find(componentClass, type);
  if (found !== undefined) return found;
  const rename = data.renames.find(
    (row) => row.class === componentClass && (row.new === type || row.old === type),
  );
  return rename === undefined
    ? undefined
    : (data.observed.find(componentClass, rename.old) ?? data.observed.find(componentClass, rename.new));
}
