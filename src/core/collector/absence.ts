import type { AgentVersions } from './agent-versions.ts';
import { fullVersion } from './version.ts';
import { lastOf, nearestRange } from './version-range.ts';
import type { VersionRange } from './version-range.ts';

/** Why a fact does not hold at a version: it came later, or it had gone. `latest`: it came with `since` or a few versions before. */
export type Absence =
  | {
      readonly reason: 'too-new';
      readonly since: string;
      readonly latest?: true;
      readonly agentSince?: string;
    }
  | { readonly reason: 'removed'; readonly last: string };

/** What the ranges around a minor in none of them say; undefined where there are none, or they do not tell when it went. */
export function absenceAt(
  ranges: readonly VersionRange[],
  minor: number,
  agents: AgentVersions,
): Absence | undefined {
  const { next, past } = nearestRange(ranges, minor);
  if (next?.since !== undefined) {
    const agentSince = agents.firstWith(next.since)?.version;
    return {
      reason: 'too-new',
      since: fullVersion(next.since),
      ...(next.notBefore === undefined ? {} : { latest: true }),
      ...(agentSince === undefined ? {} : { agentSince }),
    };
  }
  const last = past === undefined ? undefined : lastOf(past);
  return last === undefined ? undefined : { reason: 'removed', last: fullVersion(last) };
}
