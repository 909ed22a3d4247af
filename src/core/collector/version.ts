/** A release version as numbers; `text` without a leading `v`. Absent parts count as zero (`0.135` is 0.135.0). */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

const PATTERN = /^v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+].*)?$/;

/** The numbers of `0.135`, `v1.80.1` or `0.158.0-rc.1`; undefined for anything else (`latest`, a digest). */
export function parseVersion(text: string): Version | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

/** Order of releases: negative when `a` is older. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Three numbers with dots. */
export function versionText(version: Version): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** Whether `version` is at least `since`; false when either cannot be read. */
export function isAtLeast(version: string, since: string): boolean {
  const a = parseVersion(version);
  const b = parseVersion(since);
  return a !== undefined && b !== undefined && compareVersions(a, b) >= 0;
}

/**
 * Whether `version` is newer than `last`, where `last` names a minor release (`0.135`: all its patches) or a patch (`0.130.1`);
 * false when either cannot be read.
 */
export function isAfter(version: string, last: string): boolean {
  const a = parseVersion(version);
  const b = parseVersion(last);
  if (a === undefined || b === undefined) return false;
  const whole = last.split('.').length < 3;
  return compareVersions(a, whole ? { ...b, patch: Number.MAX_SAFE_INTEGER } : b) > 0;
}

/** `0.135` as people read it: `0.135.0`. */
export function fullVersion(version: string): string {
  const parsed = parseVersion(version);
  return parsed === undefined ? version : versionText(parsed);
}
