import { binaryName } from '../collector/trial/capabilities.ts';
import type { Capabilities } from '../collector/trial/capabilities.ts';
import { parseVersion } from '../collector/version.ts';
import type { Finding } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';

/** A configuration that a binary judged, and the collector versions that will run it. */
export interface JudgedVersion {
  readonly name: string;
  readonly versions: readonly string[];
  readonly capabilities: Capabilities;
}

/**
 * Notices `collector-version` for binaries of another version than those that run a configuration: what one takes, another may refuse. One for each
 * binary and each version; none where it is the same release.
 */
export function otherVersions(judged: readonly JudgedVersion[]): readonly Finding[] {
  const names = new Map<
    string,
    { readonly binary: string; readonly runs: string; readonly of: Set<string> }
  >();
  for (const { name, versions, capabilities } of judged) {
    const binary = binaryName(capabilities);
    for (const runs of versions.filter((version) => !isSameRelease(version, capabilities.version))) {
      const key = `${binary}\n${runs}`;
      const known = names.get(key) ?? { binary, runs, of: new Set<string>() };
      known.of.add(name);
      names.set(key, known);
    }
  }
  return [...names.values()].map(({ binary, runs, of }) => {
    const all = [...of].sort();
    const shown = all.slice(0, LIMITS.report.names).join(', ');
    const more = all.length > LIMITS.report.names ? ` and ${all.length - LIMITS.report.names} more` : '';
    return {
      rule: 'collector-version',
      severity: 'notice',
      message: `judged by ${binary}; the collectors that run ${shown}${more} are ${runs}`,
    };
  });
}

function isSameRelease(a: string, b: string): boolean {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  if (first === undefined || second === undefined) return a === b;
  return first.major === second.major && first.minor === second.minor;
}
