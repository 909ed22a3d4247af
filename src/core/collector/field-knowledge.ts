import { closest } from '../document/closest.ts';
import type { AgentVersions } from './agent-versions.ts';
import { canonicalType } from './catalogue-data.ts';
import type { CatalogueData, MetricRange } from './catalogue-data.ts';
import { COMPONENT_CLASSES, componentType } from './component-id.ts';
import { fullVersion } from './version.ts';

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
  if (known === undefined) return undefined;
  const range = known.get(key);
  if (range !== undefined) return rangeKnowledge(range, agents);
  const suggestion = closest(key, [...known.keys()]);
  return suggestion === undefined ? undefined : { suggestion };
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
