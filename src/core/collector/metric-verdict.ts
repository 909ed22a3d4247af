import { closest } from '../document/closest.ts';
import { absenceAt } from './absence.ts';
import type { AgentVersions } from './agent-versions.ts';
import { canonicalType, observedComponent } from './catalogue-data.ts';
import type { CatalogueData, MetricRange } from './catalogue-data.ts';
import type { Basis } from './component-verdict.ts';
import { lastOf, minorOf, rangeState } from './version-range.ts';
import { fullVersion, isAfter, isAtLeast, parseVersion } from './version.ts';

/** Whether a receiver knows a metric at a collector version. Versions are collector versions, `agentSince` a BindPlane agent's. */
export type MetricVerdict =
  | ({ readonly verdict: 'present'; readonly since?: string } & Basis)
  | ({
      readonly verdict: 'absent';
      readonly reason: 'too-new';
      readonly since: string;
      /** It came with `since` or a few versions before. */
      readonly latest?: boolean;
      readonly agentSince?: string;
    } & Basis)
  | ({
      readonly verdict: 'absent';
      readonly reason: 'removed';
      readonly last: string;
      readonly instead?: string;
    } & Basis)
  | ({ readonly verdict: 'absent'; readonly reason: 'never-known'; readonly suggestion?: string } & Basis)
  | { readonly verdict: 'unknown'; readonly why: string };

/** When a metric of a receiver type came and went, in collector versions; `agentSince`: first BindPlane agent that has it. */
export interface MetricKnowledge {
  readonly type: string;
  readonly since?: string;
  readonly agentSince?: string;
  readonly last?: string;
  readonly instead?: string;
}

/** Whether the receiver of this canonical type knows the metric at a collector version. */
export function metricVerdict(
  data: CatalogueData,
  agents: AgentVersions,
  type: string,
  metric: string,
  version: string,
): MetricVerdict {
  const found = metricsOf(data, type);
  if (found === undefined) return fromModule(data, agents, type, metric, version);
  const { receiver, known } = found;
  if (parseVersion(version) === undefined) {
    return { verdict: 'unknown', why: `collector version ${version} cannot be read` };
  }
  const { first, last } = data.metrics;
  const covered = isAtLeast(version, first) && !isAfter(version, last);
  const basis: Basis = {
    certainty: covered ? 'exact' : 'likely',
    data: `metrics of ${receiver}, collector ${first} to ${last}`,
  };
  const range = known.get(metric);
  if (range === undefined) {
    if (!covered) {
      return {
        verdict: 'unknown',
        why: `metrics of ${receiver} are recorded for collector ${first} to ${last} only`,
      };
    }
    const suggestion = closest(metric, [...known.keys()]);
    return {
      verdict: 'absent',
      reason: 'never-known',
      ...(suggestion === undefined ? {} : { suggestion }),
      ...basis,
      // The table is compared with changelogs, not with every version: the module's own list decides where that version was read.
      certainty:
        fromModule(data, agents, type, metric, version).verdict === 'absent' && readAt(data, type, version)
          ? 'exact'
          : 'likely',
    };
  }
  return rangeVerdict(range, agents, version, basis);
}

function readAt(data: CatalogueData, type: string, version: string): boolean {
  const minor = minorOf(version);
  const read = observedComponent(data, 'receivers', type)?.read.metadata ?? [];
  return minor !== undefined && read.includes(minor);
}

/** By the metrics in the receiver's metadata.yaml: exact where that version's file was read, else by the versions around it. */
function fromModule(
  data: CatalogueData,
  agents: AgentVersions,
  type: string,
  metric: string,
  version: string,
): MetricVerdict {
  const component = observedComponent(data, 'receivers', type);
  const known = component?.metrics();
  const minor = minorOf(version);
  if (component === undefined || known === undefined) {
    return { verdict: 'unknown', why: `metrics of ${type} are not recorded` };
  }
  if (minor === undefined) return { verdict: 'unknown', why: `collector version ${version} cannot be read` };
  const read = component.read.metadata;
  const basis: Basis = {
    certainty: readAt(data, type, version) ? 'exact' : 'likely',
    data: `metadata of ${component.module}`,
  };
  const ranges = known.get(metric) ?? [];
  const state = rangeState(ranges, minor, read);
  if (state === 'unsure') {
    return { verdict: 'unknown', why: `metrics of ${type} are not recorded at collector 0.${minor}` };
  }
  if (state === 'holds') return { verdict: 'present', ...basis };
  const absence = absenceAt(ranges, minor, agents);
  if (absence !== undefined) return { verdict: 'absent', ...absence, ...basis };
  const there = [...known].flatMap(([name, all]) => (rangeState(all, minor, read) === 'holds' ? [name] : []));
  const suggestion = closest(metric, there);
  return {
    verdict: 'absent',
    reason: 'never-known',
    ...(suggestion === undefined ? {} : { suggestion }),
    ...basis,
  };
}

function rangeVerdict(
  range: MetricRange,
  agents: AgentVersions,
  version: string,
  basis: Basis,
): MetricVerdict {
  const { since, notBefore, last, instead } = range;
  if (since !== undefined && !isAtLeast(version, since)) {
    if (notBefore !== undefined && isAtLeast(version, notBefore)) {
      return {
        verdict: 'unknown',
        why: `it came between collector ${fullVersion(notBefore)} and ${fullVersion(since)}`,
      };
    }
    const agentSince = agents.firstWith(since)?.version;
    return {
      verdict: 'absent',
      reason: 'too-new',
      since: fullVersion(since),
      ...(agentSince === undefined ? {} : { agentSince }),
      ...basis,
      certainty: 'exact',
    };
  }
  if (last !== undefined && isAfter(version, last)) {
    return {
      verdict: 'absent',
      reason: 'removed',
      last: fullVersion(last),
      ...(instead === undefined ? {} : { instead }),
      ...basis,
    };
  }
  return { verdict: 'present', ...(since === undefined ? {} : { since: fullVersion(since) }), ...basis };
}

/** When the metric came and went, for every receiver type that has it or only for `type`. */
export function metricKnowledge(
  data: CatalogueData,
  agents: AgentVersions,
  metric: string,
  type?: string,
): readonly MetricKnowledge[] {
  const wanted = type === undefined ? undefined : canonicalType(data, 'receivers', type);
  const recorded = recordedKnowledge(data, agents, metric, wanted);
  return recorded.length > 0 ? recorded : moduleKnowledge(data, agents, metric, wanted);
}

/** The same from the modules' metadata; only what came or went between two versions read next to each other is told. */
function moduleKnowledge(
  data: CatalogueData,
  agents: AgentVersions,
  metric: string,
  wanted: string | undefined,
): readonly MetricKnowledge[] {
  const asked =
    wanted === undefined
      ? data.observed.all.filter((one) => one.class === 'receivers')
      : [observedComponent(data, 'receivers', wanted)];
  return asked.flatMap((component) => {
    const range = component?.metrics()?.get(metric)?.at(-1);
    if (component === undefined || range === undefined) return [];
    const since = range.notBefore === undefined ? range.since : undefined;
    const last = lastOf(range);
    const agentSince = since === undefined ? undefined : agents.firstWith(since)?.version;
    return [
      {
        type: component.type,
        ...(since === undefined ? {} : { since: fullVersion(since) }),
        ...(agentSince === undefined ? {} : { agentSince }),
        ...(last === undefined ? {} : { last: fullVersion(last) }),
      },
    ];
  });
}

function recordedKnowledge(
  data: CatalogueData,
  agents: AgentVersions,
  metric: string,
  wanted: string | undefined,
): readonly MetricKnowledge[] {
  return [...data.metrics.receivers].flatMap(([receiver, metrics]) => {
    const range = metrics.get(metric);
    if (
      range === undefined ||
      (wanted !== undefined && canonicalType(data, 'receivers', receiver) !== wanted)
    ) {
      return [];
    }
    const agentSince = range.since === undefined ? undefined : agents.firstWith(range.since)?.version;
    return [
      {
        type: receiver,
        ...(range.since === undefined ? {} : { since: fullVersion(range.since) }),
        ...(agentSince === undefined ? {} : { agentSince }),
        ...(range.last === undefined ? {} : { last: fullVersion(range.last) }),
        ...(range.instead === undefined ? {} : { instead: range.instead }),
      },
    ];
  });
}

/** Metrics by the receiver's name in the data, which may be the older one. */
function metricsOf(
  data: CatalogueData,
  wanted: string,
): { readonly receiver: string; readonly known: ReadonlyMap<string, MetricRange> } | undefined {
  for (const [receiver, known] of data.metrics.receivers) {
    if (canonicalType(data, 'receivers', receiver) === wanted) return { receiver, known };
  }
  return undefined;
}
