import type { BuiltObservation, Shape, SourceObservation, TriedValues } from './observation.ts';
import { isAlways, namesOf, rangesOf } from './ranges.ts';
import type { Names, Ranges } from './ranges.ts';

/**
 * Keys of a config at one version: kind, whether keys nobody knows are refused (undefined: not known), whether all of it could be
 * read, and what stands below (of list items, of map values).
 */
export interface Keys {
  readonly kind: string;
  readonly strict: boolean | undefined;
  readonly complete: boolean;
  readonly fields?: ReadonlyMap<string, Keys>;
  /** What trying values of a plain key showed. */
  readonly tried?: Tried;
}

/** `exact`: it takes no value of another kind (a number for a text, a text for a list); `words`: all that it takes. */
interface Tried {
  readonly exact: boolean;
  readonly words?: readonly string[];
  readonly least?: number;
}

/** A key over all versions, as it is committed: a kind, or an object where there is more to say. `open`: takes unknown keys, or may. */
export type Field = string | FieldObject;

/** `named`: the keys below are the component's metrics or resource attributes, each like `each`. */
export interface FieldObject {
  readonly kind?: string;
  /** The only texts it takes, as far as versions were compiled; the smallest number or duration. */
  readonly words?: Names;
  readonly least?: number;
  readonly ranges?: Ranges;
  readonly open?: true;
  readonly named?: string;
  readonly each?: Field;
  readonly fields?: Readonly<Record<string, Field>>;
}

const MOST_DEPTH = 7;

/** The keys that the sources name; of a struct that decodes itself they do not tell whether it is strict. */
export function sourceKeys(said: SourceObservation): Keys | undefined {
  const { config, shapes } = said;
  if (config === undefined || shapes === undefined) return undefined;
  return keysOf({ shapes, strict: (_, parts) => strictness(parts), refused: new Set() }, 'struct', config, '', []);
}

/** The keys by reflection; strict is what a trial with an unknown key showed. */
export function builtKeys(said: BuiltObservation): Keys | undefined {
  if (said.config === '') return undefined;
  const lenient = new Set(said.lenient);
  const unsure = new Set(said.unsure);
  const strict = (path: string): boolean | undefined => (unsure.has(path) ? undefined : !lenient.has(path));
  return keysOf({ shapes: said.shapes, strict, refused: new Set(said.refused), ...(said.values && { values: said.values }) }, 'struct', said.config, '', []);
}

function strictness(parts: readonly Shape[]): boolean | undefined {
  if (parts.some((shape) => shape.open === true)) return false;
  return parts.some((shape) => shape.custom === true || shape.incomplete === true) ? undefined : true;
}

interface Reading {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly strict: (path: string, parts: readonly Shape[]) => boolean | undefined;
  readonly refused: ReadonlySet<string>;
  readonly values?: TriedValues;
}

/** Undefined for a kind of which no value was tried. */
function triedAt({ values }: Reading, kind: string, path: string): Tried | undefined {
  if (values === undefined || !['string', 'list', 'int', 'float', 'duration'].includes(kind)) return undefined;
  const exact =
    kind === 'string' ? !(values.numeric ?? []).includes(path) : kind !== 'list' || (values.lists ?? []).includes(path);
  const words = values.words?.[path];
  const least = values.least?.[path];
  return { exact, ...(words && { words }), ...(least !== undefined && { least }) };
}

function keysOf(from: Reading, kind: string, key: string, path: string, above: readonly string[]): Keys {
  if (above.length > MOST_DEPTH || above.includes(key)) {
    return { kind, strict: undefined, complete: false };
  }
  const parts = partsOf(from, key).map(withoutInterfaces);
  const fields = new Map<string, Keys>();
  for (const part of parts) {
    for (const [name, said] of Object.entries(part.fields)) {
      const [inner = '', shape] = said.split(/:(.*)/s);
      const at = path === '' ? name : `${path}.${name}`;
      if (from.refused.has(at)) continue;
      const tried = shape === undefined ? triedAt(from, inner, at) : undefined;
      fields.set(
        name,
        shape === undefined
          ? { kind: inner, strict: undefined, complete: true, ...(tried && { tried }) }
          : keysOf(from, inner, shape, `${at}${BELOW[inner] ?? ''}`, [...above, key]),
      );
    }
  }
  const complete = parts.every((part) => part.incomplete !== true);
  return { kind, strict: from.strict(path, parts), complete, fields };
}

const BELOW: Readonly<Record<string, string>> = { list: '.[]', map: '.*' };

/** An embedded interface has no key of its own: what stands there is decoded by whatever is put into it. */
function withoutInterfaces(shape: Shape): Shape {
  const keys = Object.entries(shape.fields);
  const keyed = keys.filter(([name, kind]) => kind !== 'any' || !/^[A-Z]/.test(name));
  return keyed.length === keys.length
    ? shape
    : { ...shape, fields: Object.fromEntries(keyed), incomplete: true };
}

/** A shape after those squashed into it: its own fields win. */
function partsOf(from: Reading, key: string): readonly Shape[] {
  const shape = from.shapes[key];
  if (shape === undefined) return [{ fields: {}, incomplete: true }];
  return [...(shape.squash ?? []).flatMap((squashed) => partsOf(from, squashed)), shape];
}

/** Folds the keys of all versions into one; ranges are among the versions in which the key above is there. */
export function foldKeys(read: ReadonlyMap<number, Keys>): FieldObject {
  const versions = [...read.keys()];
  const names = new Set([...read.values()].flatMap((keys) => [...(keys.fields?.keys() ?? [])]));
  const fields = [...names].sort().map((name): [string, Field] => {
    const below = new Map(
      versions.flatMap((at): [number, Keys][] => {
        const keys = read.get(at)?.fields?.get(name);
        return keys === undefined ? [] : [[at, keys]];
      }),
    );
    // Where the table could not be read whole the key's absence says nothing.
    const told = versions.filter((at) => {
      const keys = read.get(at);
      return below.has(at) || (keys?.fields !== undefined && keys.complete);
    });
    return [name, foldKey(below, rangesOf(told, (at) => below.has(at)))];
  });
  // One version that takes them opens the whole: a missed refusal is better than a false one.
  const known = new Set([...read.values()].map((keys) => keys.strict));
  const strict = known.has(true) && !known.has(false);
  return {
    ...(strict ? {} : { open: true as const }),
    ...([...read.values()].some((keys) => keys.fields !== undefined) ? { fields: Object.fromEntries(fields) } : {}),
  };
}

/** Puts a reference to a table of names in place of the keys below a field, where all of them are such names. */
export function nameField(field: Field | undefined, named: string, names: ReadonlySet<string>): Field | undefined {
  if (field === undefined || typeof field === 'string' || field.fields === undefined) return field;
  const below = Object.entries(field.fields);
  const [first] = below;
  if (first === undefined || !below.every(([name]) => names.has(name))) return field;
  const { fields: _, ...rest } = field;
  return { ...rest, named, each: withoutRanges(first[1]) };
}

function withoutRanges(field: Field): Field {
  if (typeof field === 'string') return field;
  const { ranges: _, ...rest } = field;
  return rest;
}

function foldKey(below: ReadonlyMap<number, Keys>, ranges: Ranges): Field {
  // A type that could not be read is `any`.
  const kinds = new Set([...below.values()].flatMap(({ kind }) => (kind === 'any' ? [] : [kind])));
  const [only = 'any'] = kinds;
  const values = kinds.size === 1 ? foldTried(only, below) : {};
  const kind = values.kind ?? (kinds.size === 1 ? only : 'any');
  const inner = [...below.values()].some(({ fields }) => fields !== undefined) ? foldKeys(below) : {};
  const always = isAlways(ranges);
  const { kind: _, ...limits } = values;
  if (always && inner.fields === undefined && Object.keys(limits).length === 0) return kind;
  return { ...(kind === 'struct' ? {} : { kind }), ...limits, ...(always ? {} : { ranges }), ...inner };
}

/** Words that only differ in case are read as one. */
function wordsOf(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.filter((word) => word === word.toLowerCase() || !words.includes(word.toLowerCase())));
}

/** The names of kinds that take no value of another kind. */
const EXACT: Readonly<Record<string, string>> = { string: 'text', list: 'plain list' };

/** What holds at every version that was tried; of words and limits each version has to have some. */
function foldTried(kind: string, below: ReadonlyMap<number, Keys>): Pick<FieldObject, 'kind' | 'words' | 'least'> {
  const tried = [...below].flatMap(([at, { tried: one }]) => (one === undefined ? [] : [[at, one] as const]));
  if (tried.length === 0) return {};
  const exact = EXACT[kind];
  const words = tried.flatMap(([at, one]) => (one.words === undefined ? [] : [[at, wordsOf(one.words)] as const]));
  const least = tried.flatMap(([, one]) => (one.least === undefined ? [] : [one.least]));
  return {
    ...(exact !== undefined && tried.every(([, one]) => one.exact) ? { kind: exact } : {}),
    ...(words.length === tried.length ? { words: namesOf(new Map(words)) } : {}),
    ...(least.length === tried.length ? { least: Math.min(...least) } : {}),
  };
}
