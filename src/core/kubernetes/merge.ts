import { isEmpty, isNull } from './traced.ts';
import type { Origin, TracedMap } from './traced.ts';

/**
 * Merges of values as the tools do them. Each is told by what happens to nulls: Helm keeps them between files, removes defaults with
 * them, and templates let them replace what stands below.
 */

/**
 * Two `-f` files in order: maps merge, anything else of the later one replaces, null too
 * (helm v3 `pkg/cli/values/options.go`, mergeMaps).
 */
export function mergeFiles(earlier: TracedMap, later: TracedMap): TracedMap {
  const entries = new Map(earlier.entries);
  for (const [key, value] of later.entries) {
    const known = entries.get(key);
    entries.set(key, known?.kind === 'map' && value.kind === 'map' ? mergeFiles(known, value) : value);
  }
  return { ...later, entries };
}

/**
 * Values over the defaults of a chart (helm v3 `pkg/chartutil/coalesce.go`): the values win, maps merge, and a null removes the default of
 * its key; a null without a default stays. With `keepNulls` it stays always: so do values for a chart below another over that other's
 * own defaults. `defaults` come in where `values` say nothing, also below a map.
 */
export function coalesce(values: TracedMap, defaults: TracedMap, keepNulls: boolean = false): TracedMap {
  const entries = new Map(values.entries);
  for (const [key, fallback] of defaults.entries) {
    const value = entries.get(key);
    if (value === undefined) entries.set(key, fallback);
    else if (isNull(value) && !keepNulls) entries.delete(key);
    else if (value.kind === 'map' && fallback.kind === 'map') {
      entries.set(key, coalesce(value, fallback, keepNulls));
    }
  }
  return { ...values, entries };
}

/**
 * `mustMergeOverwrite` of the template functions (sprig with mergo 1): maps merge, anything else of `over` replaces, empty values and
 * null too.
 */
export function overlay(base: TracedMap, over: TracedMap): TracedMap {
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const known = entries.get(key);
    entries.set(key, known?.kind === 'map' && value.kind === 'map' ? overlay(known, value) : value);
  }
  return { kind: 'map', entries, origin: told(over.origin) ? over.origin : base.origin };
}

/** `mustMerge` of the template functions: `base` wins wherever it is not empty, maps merge, null of `more` adds nothing. */
export function fill(base: TracedMap, more: TracedMap): TracedMap {
  const entries = new Map(base.entries);
  for (const [key, value] of more.entries) {
    const known = entries.get(key);
    if (isNull(value)) continue;
    if (known?.kind === 'map' && value.kind === 'map') entries.set(key, fill(known, value));
    else if (isEmpty(known)) entries.set(key, value);
  }
  return { ...base, entries };
}

function told(origin: Origin): boolean {
  return origin.at !== undefined || origin.why !== undefined;
}
