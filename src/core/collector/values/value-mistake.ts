import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { durationMs } from '../duration.ts';

/** A value that a component's own check refuses. */
export interface ValueMistake {
  /** Where the value stands, or would stand, below the component. */
  readonly below: readonly string[];
  /** Where the collector says it stands. */
  readonly under: readonly string[];
  /** The collector's own words. */
  readonly why: string;
  /** Collector version that began to refuse it; absent: all that are known. */
  readonly since?: string;
  /** Feature gate that makes the collector take it. */
  readonly gate?: string;
}

/** A component as its check sees it. */
export interface Checked {
  /** Its current type name. */
  readonly type: string;
  readonly body: JsonMap;
  /** Signals of the pipelines that it is in: a component that is in none is decoded and checked, but not made. */
  readonly signals: readonly string[];
  /** The collector's version, where it is known. */
  readonly version?: string;
  /** Whether this version is known to take a key at a path below the component. */
  readonly takes: (below: readonly string[]) => boolean;
}

/** The check of one component or of one block that many have. */
export interface ValueCheck {
  /** `processors/batch`, or `exporters` for all of a class. */
  readonly of: readonly string[];
  readonly check: (component: Checked) => readonly ValueMistake[];
}

/** A mistake at a key of the component itself. */
export function atKey(
  key: string,
  why: string,
  more: Pick<ValueMistake, 'since' | 'gate'> = {},
): readonly ValueMistake[] {
  return [{ below: [key], under: [], why, ...more }];
}

/** Whether something stands there that the collector would not read as nothing; a list or map without content is nothing. */
export function isGiven(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (isList(value)) return value.length > 0;
  return !isMap(value) || Object.keys(value).length > 0;
}

/** Whether a block is there, be it empty. */
export function isThere(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

/** The map below a key, empty where there is none. */
export function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

/** A number, or what counts without one; undefined for anything that is not known here. */
export function numberOf(value: Json | undefined, fallback: number): number | undefined {
  if (value === undefined || value === null) return fallback;
  return typeof value === 'number' ? value : undefined;
}

/** Milliseconds of a duration; undefined for anything that is not known here, as a bare number other than 0. */
export function durationOf(value: Json | undefined, fallback: number): number | undefined {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'number') return value === 0 ? 0 : undefined;
  return typeof value === 'string' ? durationMs(value) : undefined;
}
