import { closest } from '../document/closest.ts';
import type { AgentVersions } from './agent-versions.ts';
import { canonicalType, observedComponent } from './catalogue-data.ts';
import type { CatalogueData, MetricRange } from './catalogue-data.ts';
import { COMPONENT_CLASSES, componentType } from './component-id.ts';
import type { ObservedField } from './observed.ts';
import { fullVersion, isAtLeast } from './version.ts';
import { lastOf } from './version-range.ts';
import type { VersionRange } from './version-range.ts';

/**
 * What is known of a config field without a version in mind, in collector versions. `latest`: it came with `since` or a few versions
 * before. `suggestion`: the field is in no version; this one was probably meant.
 */
export interface FieldKnowledge {
  readonly since?: string;
  readonly latest?: boolean;
  readonly agentSince?: string;
  readonly last?: string;
  readonly instead?: string;
  readonly suggestion?: string;
}

/** Knowledge about the key at the end of a config path (`exporters`, `otlp/x`, `batcher`); undefined when there is none. */
export function fieldKnowledge(
  data: CatalogueData,
  agents: AgentVersions,
  path: readonly string[],
): FieldKnowledge | undefined {
  const key = path.at(-1);
  if (key === undefined) return undefined;
  const typed = path.map((step, index) =>
    index === 1 && path[0] !== 'service' ? componentType(step) : step,
  );
  const removed = data.fields.removed.find((row) => endsWith(typed, row.path));
  if (removed !== undefined) {
    return {
      last: fullVersion(removed.last),
      ...(removed.instead === undefined ? {} : { instead: removed.instead }),
    };
  }
  const known = fieldsAround(data, path);
  const read = observedAround(data, path);
  const range = narrower(known?.get(key), read?.child(key)?.ranges.at(-1));
  if (range !== undefined) return rangeKnowledge(range, agents);
  const suggestion = closest(key, [...new Set([...(known?.keys() ?? []), ...(read?.names ?? [])])]);
  return suggestion === undefined ? undefined : { suggestion };
}

/** The keys that the component's own module has where the last key of the path stands, whatever the version. */
function observedAround(data: CatalogueData, path: readonly string[]): ObservedField | undefined {
  const section = COMPONENT_CLASSES.find((name) => name === path[0]);
  if (section === undefined || path.length < 3) return undefined;
  let at = observedComponent(data, section, componentType(path[1] ?? ''))?.fields();
  for (const step of path.slice(2, -1)) {
    const through = at?.kind === 'map' || (at?.kind === 'list' && /^\d+$/.test(step));
    at = through ? at && { ...at, kind: 'struct' } : at?.child(step);
  }
  return at;
}

/**
 * What both sources together say: the module's own data was read from it, the recorded tables know of versions that could not be read.
 * Where they exclude each other the module wins.
 */
function narrower(
  recorded: MetricRange | undefined,
  read: VersionRange | undefined,
): MetricRange | undefined {
  if (read === undefined || recorded === undefined) return recorded ?? (read && withLast(read));
  const last = read.until === undefined ? undefined : (recorded.last ?? lastOf(read));
  return { ...start(recorded, read), ...(last === undefined ? {} : { last }) };
}

function withLast({ since, notBefore, ...end }: VersionRange): MetricRange {
  const last = lastOf(end);
  return {
    ...(since === undefined ? {} : { since }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(last === undefined ? {} : { last }),
  };
}

/** Where the intervals in which each says it began overlap. */
function start(recorded: MetricRange, read: VersionRange): Pick<MetricRange, 'since' | 'notBefore'> {
  if (read.since === undefined || recorded.since === undefined) {
    const { since, notBefore } = read.since === undefined ? recorded : read;
    return { ...(since === undefined ? {} : { since }), ...(notBefore === undefined ? {} : { notBefore }) };
  }
  const first = recorded.notBefore ?? recorded.since;
  const other = read.notBefore ?? read.since;
  const from = isAtLeast(first, other) ? first : other;
  const since = isAtLeast(recorded.since, read.since) ? read.since : recorded.since;
  if (!isAtLeast(since, from)) return start({}, read);
  return { since, ...(from === since ? {} : { notBefore: from }) };
}

/** Fields of the map that holds the last key: a component's own body, or a shared block at any depth below. */
function fieldsAround(
  data: CatalogueData,
  path: readonly string[],
): ReadonlyMap<string, MetricRange> | undefined {
  const section = COMPONENT_CLASSES.find((name) => name === path[0]);
  if (section === undefined || path.length < 3) return undefined;
  if (path.length > 3) return data.fields.blocks.get(path.at(-2) ?? '');
  const wanted = canonicalType(data, section, componentType(path[1] ?? ''));
  for (const [id, fields] of data.fields.components) {
    const [name, type = ''] = id.split('/');
    if (name === section && canonicalType(data, section, type) === wanted) return fields;
  }
  return undefined;
}

function rangeKnowledge(range: MetricRange, agents: AgentVersions): FieldKnowledge | undefined {
  const { since, notBefore, last } = range;
  if (since === undefined && last === undefined) return undefined;
  const agentSince = since === undefined ? undefined : agents.firstWith(since)?.version;
  return {
    ...(since === undefined ? {} : { since: fullVersion(since) }),
    ...(notBefore === undefined ? {} : { latest: true }),
    ...(agentSince === undefined ? {} : { agentSince }),
    ...(last === undefined ? {} : { last: fullVersion(last) }),
  };
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  const offset = path.length - end.length;
  return offset >= 0 && end.every((step, index) => step === path[offset + index]);
}
