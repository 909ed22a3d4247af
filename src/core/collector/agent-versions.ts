import type { CatalogueData } from './catalogue-data.ts';
import { compareVersions, parseVersion, versionText } from './version.ts';
import type { Version } from './version.ts';

/** A version and whether it is recorded (`exact`) or extrapolated by the linear rule (`inferred`). */
export interface VersionFact {
  readonly version: string;
  readonly certainty: 'exact' | 'inferred';
}

export interface AgentVersions {
  /** Collector version in a BindPlane agent version. Undefined for versions that the table skips or does not reach back to. */
  collectorVersion(agentVersion: string): VersionFact | undefined;
  /** First BindPlane agent version with at least this collector version. */
  firstWith(collectorVersion: string): VersionFact | undefined;
}

interface Row {
  readonly agent: Version;
  /** Whether the row names one patch release or a whole minor one. */
  readonly patch: boolean;
  readonly collector: Version;
}

/** BindPlane agent versions and the collector in each; beyond the table the collector's minor is the agent's plus a constant. */
export function agentVersions(data: CatalogueData): AgentVersions {
  const rows = [...data.agentVersions].flatMap(([from, to]) => {
    const agent = parseVersion(from);
    const collector = parseVersion(to);
    return agent === undefined || collector === undefined
      ? []
      : [{ agent, patch: from.split('.').length === 3, collector }];
  });
  return {
    collectorVersion: (agentVersion) => {
      const version = parseVersion(agentVersion);
      return version === undefined ? undefined : (recorded(rows, version) ?? extrapolated(data, version));
    },
    firstWith: (collectorVersion) => {
      const wanted = parseVersion(collectorVersion);
      return wanted === undefined ? undefined : firstWith(data, rows, wanted);
    },
  };
}

function recorded(rows: readonly Row[], version: Version): VersionFact | undefined {
  const inMinor = rows
    .filter((row) => row.agent.major === version.major && row.agent.minor === version.minor)
    .toSorted((a, b) => compareVersions(b.agent, a.agent));
  // A patch row holds for later patches of the same minor too, until the next row.
  const row = inMinor.find((candidate) => !candidate.patch || candidate.agent.patch <= version.patch);
  return row === undefined ? undefined : { version: versionText(row.collector), certainty: 'exact' };
}

function extrapolated(data: CatalogueData, version: Version): VersionFact | undefined {
  const after = parseVersion(data.linear?.after ?? '');
  if (data.linear === undefined || after === undefined) return undefined;
  if (version.major !== after.major || version.minor <= after.minor) return undefined;
  return {
    version: versionText({ major: 0, minor: version.minor + data.linear.minorOffset, patch: 0 }),
    certainty: 'inferred',
  };
}

function firstWith(data: CatalogueData, rows: readonly Row[], wanted: Version): VersionFact | undefined {
  const ascending = rows.toSorted((a, b) => compareVersions(a.agent, b.agent));
  const oldest = ascending[0];
  // The first row may not be the first version with that collector, so older collectors have no answer.
  if (oldest === undefined || compareVersions(wanted, oldest.collector) < 0) return undefined;
  const row = ascending.find((candidate) => compareVersions(candidate.collector, wanted) >= 0);
  if (row !== undefined) return { version: versionText(row.agent), certainty: 'exact' };
  const after = parseVersion(data.linear?.after ?? '');
  if (data.linear === undefined || after === undefined || wanted.major !== 0) return undefined;
  const minor = wanted.minor - data.linear.minorOffset + (wanted.patch > 0 ? 1 : 0);
  return { version: versionText({ major: after.major, minor, patch: 0 }), certainty: 'inferred' };
}
