import { placeInScalar } from '../document/embedded-yaml.ts';
import type { ProvenanceEntry } from '../collector/effective-config.ts';
import type { SourceRange } from '../document/finding.ts';
import { isList, isMap, type Json, type JsonMap, type Node } from '../document/node.ts';
import { parseYaml } from '../document/yaml.ts';
import type { Pipeline, PlacedComponent } from './assemble.ts';
import type { Item } from './items.ts';
import { parameterValues, type GivenParameter } from './parameters.ts';
import { innerProvenance } from './raw-provenance.ts';
import { compileType, componentId, type Partials } from './template.ts';
import { SECTION_CLASSES, SIGNALS, type ParameterDefinition, type ResourceType } from './types.ts';

/**
 * Where a component and its keys come from: the component itself from the `type:` value of its resource, a key from the parameter that
 * changes it, found by rendering the type again with that parameter changed.
 */
export function componentProvenance(component: PlacedComponent, masked: boolean): readonly ProvenanceEntry[] {
  const { item, cls, id } = component;
  const own = (path: readonly string[], at: SourceRange): ProvenanceEntry => ({
    path: [cls, id, ...path],
    at,
    ...(item.via !== undefined && { via: item.via }),
  });
  const fromText = textProvenance(component);
  if (fromText !== undefined) return fromText;
  if (item.typeAt === undefined) return item.via === undefined ? [] : [own([], item.via)];
  return [
    own([], item.typeAt),
    ...keyOwners(item, masked, `${cls}/${id}`).map(({ path, at }) => own(path, at)),
  ];
}

/** A pipeline comes from the references to its two ends; each part of it from where the part comes from. */
export function pipelineProvenance(
  pipeline: Pipeline,
  configurationAt: SourceRange | undefined,
): readonly ProvenanceEntry[] {
  const { source, destination } = pipeline;
  const from = source.via ?? source.typeAt ?? configurationAt;
  const to = destination.via ?? destination.typeAt;
  if (from === undefined) return [];
  const path = ['service', 'pipelines', pipeline.id];
  const parts = (['receivers', 'processors', 'exporters'] as const).flatMap((part) =>
    pipeline[part].flatMap(({ item }, index): ProvenanceEntry[] => {
      const at = item.typeAt ?? item.via;
      return at === undefined
        ? []
        : [{ path: [...path, part, String(index)], at, ...(item.via !== undefined && { via: item.via }) }];
    }),
  );
  return [{ path, at: from, ...(to !== undefined && { via: to }) }, ...parts];
}

/** Components written as YAML text in a parameter (type `custom`): every key has its own line. Undefined when this is none. */
function textProvenance({ item, cls, id }: PlacedComponent): readonly ProvenanceEntry[] | undefined {
  for (const { name, value, node, entry } of item.given) {
    if (node === undefined || entry === undefined || typeof value !== 'string') continue;
    if (item.type?.parameters.find((definition) => definition.name === name)?.type !== 'yaml') continue;
    const root = parseYaml(node.at.file, value).documents[0]?.root;
    if (root?.kind !== 'map') continue;
    const found = root.entries.find(({ key }) => componentId(key, item.name) === id);
    const at = found && placeInScalar(found.keyAt, entry);
    if (found === undefined || at === undefined) continue;
    return [
      { path: [cls, id], at, ...(item.via !== undefined && { via: item.via }) },
      ...innerProvenance(found.value, [cls, id], entry, item.via),
    ];
  }
  return undefined;
}

interface OwnedPath {
  readonly path: readonly string[];
  readonly at: SourceRange;
}

const OWNERS = new WeakMap<Item, ReadonlyMap<string, readonly OwnedPath[]>>();

function keyOwners(item: Item, masked: boolean, component: string): readonly OwnedPath[] {
  let owners = OWNERS.get(item);
  if (owners === undefined) {
    owners = findOwners(item, masked);
    OWNERS.set(item, owners);
  }
  return owners.get(component) ?? [];
}

interface Claim extends OwnedPath {
  readonly component: string;
  /** How many keys the parameter changes in all: the one that changes least is the nearest cause. */
  readonly breadth: number;
  /** Whether the rendered value holds the parameter's own text: that breaks a tie. */
  readonly verbatim: boolean;
}

function findOwners(item: Item, masked: boolean): ReadonlyMap<string, readonly OwnedPath[]> {
  const { type } = item;
  if (type === undefined) return new Map();
  const best = new Map<string, Claim>();
  const base = bodies(item.partials);
  for (const parameter of item.given) {
    for (const claim of claims(item, type, parameter, base, masked)) {
      const key = JSON.stringify([claim.component, claim.path]);
      const rival = best.get(key);
      if (rival === undefined || isNearer(claim, rival)) best.set(key, claim);
    }
  }
  return Map.groupBy(best.values(), ({ component }) => component);
}

function isNearer(claim: Claim, rival: Claim): boolean {
  return (
    claim.breadth < rival.breadth || (claim.breadth === rival.breadth && claim.verbatim && !rival.verbatim)
  );
}

/** Keys that one parameter changes, in components that stay. */
function claims(
  item: Item,
  type: ResourceType,
  parameter: GivenParameter,
  base: ReadonlyMap<string, Json>,
  masked: boolean,
): readonly Claim[] {
  const { node } = parameter;
  const definition = type.parameters.find(({ name }) => name === parameter.name);
  if (node === undefined || definition === undefined) return [];
  for (const variant of variants(item, type, parameter, definition, masked)) {
    const rendered = compileType(type).render(item.name, variant);
    if (!('partials' in rendered)) continue;
    const other = bodies(rendered.partials);
    const changed = [...base].flatMap(([component, body]) =>
      other.has(component)
        ? changedPaths(body, other.get(component) ?? null).map((path) => ({
            component,
            path,
            leaf: valueAt(body, path),
          }))
        : [],
    );
    if (changed.length === 0) continue;
    return changed.map(({ component, path, leaf }) => ({
      component,
      path,
      at: nearest(node, path, leaf),
      breadth: changed.length,
      verbatim: isScalar(parameter.value) && isScalar(leaf) && String(leaf).includes(String(parameter.value)),
    }));
  }
  return [];
}

/** The parameter's values to try: altered as little as its type allows, then absent (its default). */
function variants(
  item: Item,
  type: ResourceType,
  parameter: GivenParameter,
  definition: ParameterDefinition,
  masked: boolean,
): readonly JsonMap[] {
  const others = item.given.filter(({ name }) => name !== parameter.name);
  const values = parameterValues(type, item.given, masked);
  const altered = alter(values[parameter.name] ?? null, definition);
  const absent = parameterValues(type, others, masked);
  return altered === undefined ? [absent] : [{ ...values, [parameter.name]: altered }, absent];
}

/** Another value of the same shape; undefined where none comes to mind. */
function alter(value: Json, definition: ParameterDefinition): Json | undefined {
  if (definition.type === 'enum') return definition.validValues.find((other) => other !== value);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'string') return alteredText(value, definition);
  if (isList(value)) return value.map((item: Json) => (typeof item === 'string' ? `${item}0` : item));
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, typeof item === 'string' ? `${item}0` : item]),
    );
  }
  return undefined;
}

function alteredText(value: string, definition: ParameterDefinition): Json | undefined {
  if (definition.type === 'bool') return !/^(?:1|t|true)$/i.test(value);
  return definition.type === 'yaml' ? undefined : `${value}0`;
}

function bodies(partials: Partials): ReadonlyMap<string, Json> {
  return new Map(
    SIGNALS.flatMap((signal) =>
      SECTION_CLASSES.flatMap((cls) =>
        partials[signal][cls].map(({ id, body }): [string, Json] => [`${cls}/${id}`, body]),
      ),
    ),
  );
}

/** Paths of `before` whose value is another one, or none, in `after`; the deepest that tell them apart. */
function changedPaths(
  before: Json,
  after: Json,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  if (isMap(before) && isMap(after)) {
    return Object.entries(before).flatMap(([key, value]) =>
      Object.hasOwn(after, key) ? changedPaths(value, after[key] ?? null, [...path, key]) : [[...path, key]],
    );
  }
  if (isList(before) && isList(after) && before.length === after.length) {
    return before.flatMap((value: Json, index) =>
      changedPaths(value, after[index] ?? null, [...path, String(index)]),
    );
  }
  return before === after || (isEmptyish(before) && isEmptyish(after)) ? [] : [path];
}

function isScalar(value: Json | undefined): value is string | number | bigint | boolean {
  return value !== null && value !== undefined && typeof value !== 'object' && value !== '';
}

function isEmptyish(value: Json): boolean {
  return isList(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const step of path) {
    if (isList(current)) current = current[Number(step)];
    else current = isMap(current) ? current[step] : undefined;
  }
  return current;
}

/** The item of a list, or the entry of a map, that made this key; else the whole value. */
function nearest(node: Node, path: readonly string[], leaf: Json | undefined): SourceRange {
  const key = path.at(-1);
  if (node.kind === 'sequence') {
    const texts = node.items.map((item) => (item.kind === 'scalar' ? String(item.value) : undefined));
    const index = Math.max(texts.indexOf(key), texts.indexOf(typeof leaf === 'string' ? leaf : undefined));
    return (index >= 0 ? node.items[index]?.at : undefined) ?? node.at;
  }
  if (node.kind === 'map') return node.entries.find((entry) => entry.key === key)?.value.at ?? node.at;
  return node.at;
}
