import { COMPONENT_CLASSES, componentType } from '../component-id.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { isList, isMap } from '../../document/node.ts';
import { isSameScalar, isZero } from './same-value.ts';

/** One way in which a collector runs something else than it was given. Values are left out: they may be secrets. */
export interface Drift {
  /** Keys from the root of the config; a place in a list counts as a key. */
  readonly path: readonly string[];
  /** `missing`: we set it and it is not there; `changed`: it has another value; `undescribed`: a component or pipeline that nobody described. */
  readonly kind: 'missing' | 'changed' | 'undescribed';
}

/** The extension that a supervisor puts into every config by itself. */
export const INJECTED = 'opamp';
/** Differences that are told; a config that has nothing to do with ours has hundreds. */
const TOLD = 50;

/**
 * How the config that a collector reports to run differs from the one it was given (reference/opamp.md §3.3, reference/lab-opamp.md §4.1).
 *
 * The report is not what was sent: variables are expanded, defaults filled in, durations respelled, headers masked, blocks injected. So only
 * keys that ours sets are compared, by what they mean; `x: {}` and `x:` ask for no more than that x is there; `${…}` may have become
 * anything; lists are judged whole and in order; where a component made another shape of a value, nothing is said. Besides, components and
 * pipelines that nobody described are told, the injected `opamp` extension excepted. No difference: an empty list. At most 50 are told.
 * @param given our config as plain data
 * @param reported the agent's effective config as plain data
 */
export function configDrift(given: Json, reported: Json): readonly Drift[] {
  const found: Drift[] = [];
  compare(withResourceAttributes(given), withResourceAttributes(reported), [], found);
  if (isMap(given) && isMap(reported)) undescribed(given, reported, found);
  return found.slice(0, TOLD);
}

function compare(given: Json, reported: Json | undefined, path: readonly string[], found: Drift[]): void {
  if (found.length >= TOLD || isExpanded(given)) return;
  if (reported === undefined) {
    if (isHidden(path)) return;
    // Zero values may be left out of a report, components and pipelines never are.
    if (!isZero(given) || isNamed(path)) found.push({ path, kind: 'missing' });
    return;
  }
  if (given === null) return;
  if (isMap(given)) compareMaps(given, reported, path, found);
  else if (isList(given)) compareLists(given, reported, path, found);
  else if (!isSameScalar(given, reported)) found.push({ path, kind: 'changed' });
}

/** What components read and never write down: the scrapers of host metrics (seen with otelcol 0.149 and 0.158). */
const HIDDEN: ReadonlySet<string> = new Set(['hostmetrics scrapers', 'host_metrics scrapers']);

function isHidden([, id, key]: readonly string[]): boolean {
  return id !== undefined && key !== undefined && HIDDEN.has(`${componentType(id)} ${key}`);
}

/** Whether a path is that of a component or a pipeline. */
function isNamed([section, next, ...rest]: readonly string[]): boolean {
  if (section === 'service') return next === 'pipelines' && rest.length === 1;
  return next !== undefined && rest.length === 0 && COMPONENT_CLASSES.some((name) => name === section);
}

function compareMaps(given: JsonMap, reported: Json, path: readonly string[], found: Drift[]): void {
  const named = isList(reported) ? namedValues(reported) : reported;
  if (named === null && Object.keys(given).length > 0) {
    // What is switched off (`enabled: false`) is reported as nothing.
    const isEmpty = given['enabled'] === false || Object.values(given).every(isZero);
    if (!isEmpty) found.push({ path, kind: 'missing' });
    return;
  }
  // Another shape: the component's own way to write it down, of which nothing can be said.
  if (!isMap(named)) return;
  for (const [key, value] of Object.entries(given)) {
    // What is optional is switched on so, and reported without the switch.
    if (key === 'enabled' && value === true && !Object.hasOwn(named, key)) continue;
    compare(value, Object.hasOwn(named, key) ? named[key] : undefined, [...path, key], found);
  }
}

function compareLists(given: readonly Json[], reported: Json, path: readonly string[], found: Drift[]): void {
  if (given.length === 0 && isZero(reported)) return;
  if (!isList(reported)) {
    if (isZero(reported)) found.push({ path, kind: 'missing' });
    return;
  }
  const present = isExtensionList(path) ? reported.filter((item) => item !== INJECTED) : reported;
  const wanted = isExtensionList(path) ? given.filter((item) => item !== INJECTED) : given;
  if (wanted.some((item, index) => isReshaped(item, present[index]))) return;
  if (wanted.length !== present.length) {
    found.push({ path, kind: 'changed' });
    return;
  }
  const within: Drift[] = [];
  for (const [index, item] of wanted.entries()) {
    compare(item, present[index], [...path, String(index)], within);
  }
  const isScalars = wanted.every((item) => !isMap(item) && !isList(item));
  if (isScalars && within.length > 0) found.push({ path, kind: 'changed' });
  else found.push(...within);
}

/** One is plain and the other is not, or they have no key in common: a component wrote the list in another shape. */
function isReshaped(given: Json | undefined, reported: Json | undefined): boolean {
  if (isMap(given) && isMap(reported)) {
    const keys = Object.keys(given);
    return keys.length > 0 && !keys.some((key) => Object.hasOwn(reported, key));
  }
  const isPlain = (value: Json): boolean => !isMap(value) && !isList(value);
  if (given === undefined || reported === undefined || given === null || reported === null) return false;
  return isPlain(given) !== isPlain(reported);
}

function isExtensionList(path: readonly string[]): boolean {
  return path.length === 2 && path[0] === 'service' && path[1] === 'extensions';
}

/** A whole value that the collector expanded: it may have become anything, also a map. */
function isExpanded(value: Json): boolean {
  return typeof value === 'string' && /^\$\{[^}]*\}$/.test(value.trim());
}

/** `[{name: a, value: b}]` as `{a: b}`: how headers and resource attributes come back. Undefined for any other list. */
function namedValues(list: readonly Json[]): JsonMap | undefined {
  const entries: [string, Json][] = [];
  for (const item of list) {
    const name = isMap(item) ? (item['name'] ?? item['key']) : undefined;
    if (!isMap(item) || typeof name !== 'string') return undefined;
    entries.push([name, item['value'] ?? null]);
  }
  return Object.fromEntries(entries);
}

/**
 * `service.telemetry.resource` in one form: names to values. It is written as a map and reported as `attributes: [{name, value}]` beside what the
 * supervisor adds of the agent's description.
 */
function withResourceAttributes(config: Json): Json {
  const service = isMap(config) ? config['service'] : undefined;
  const telemetry = isMap(service) ? service['telemetry'] : undefined;
  const resource = isMap(telemetry) ? telemetry['resource'] : undefined;
  if (!isMap(config) || !isMap(service) || !isMap(telemetry) || !isMap(resource)) return config;
  const { attributes, ...direct } = resource;
  const listed = isList(attributes) ? namedValues(attributes) : undefined;
  if (listed === undefined) return config;
  const { schema_url: _schema, ...plain } = direct;
  return {
    ...config,
    service: { ...service, telemetry: { ...telemetry, resource: { ...plain, ...listed } } },
  };
}

/** Components and pipelines that run and stand in no config of ours. */
function undescribed(given: JsonMap, reported: JsonMap, found: Drift[]): void {
  for (const section of COMPONENT_CLASSES) {
    for (const id of extraKeys(given[section], reported[section])) {
      const isInjected = section === 'extensions' && id === INJECTED;
      if (!isInjected) found.push({ path: [section, id], kind: 'undescribed' });
    }
  }
  const [ours, theirs] = [given['service'], reported['service']];
  const pipelines = isMap(ours) ? ours['pipelines'] : undefined;
  for (const id of extraKeys(pipelines, isMap(theirs) ? theirs['pipelines'] : undefined)) {
    found.push({ path: ['service', 'pipelines', id], kind: 'undescribed' });
  }
}

function extraKeys(given: Json | undefined, reported: Json | undefined): readonly string[] {
  if (!isMap(reported)) return [];
  const known = isMap(given) ? given : {};
  return Object.keys(reported).filter((key) => !Object.hasOwn(known, key));
}
