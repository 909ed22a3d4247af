import { closest } from '../document/closest.ts';
import type { AgentVersions } from './agent-versions.ts';
import { canonicalType } from './catalogue-data.ts';
import type { CatalogueData, MetricRange } from './catalogue-data.ts';
import type { Basis } from './component-verdict.ts';
import { fullVersion, isAfter, isAtLeast, parseVersion } from './version.ts';

/** Whether a receiver knows a metric at a collector version. Versions are collector versions, `agentSince` a BindPlane agent's. */
export type MetricVerdict =
  | ({ readonly verdict: 'present'; readonly since?: string } & Basis)
  | ({
      readonly verdict: 'absent';
      readonly reason: 'too-new';
      readonly since: string;
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
  if (found === undefined) return { verdict: 'unknown', why: `metrics of ${type} are not recorded` };
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
      certainty: 'likely',
    };
  }
  return rangeVerdict(range, agents, version, basis);
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
