import { isAfter, isAtLeast, parseVersion } from '../../collector/version.ts';

/** Operator releases whose default collector has another version than the release (operator tags, versions.txt). */
const OTHER_COLLECTORS: ReadonlyMap<string, string> = new Map([
  ['0.113.1', '0.114.0'],
  ['0.114.1', '0.114.0'],
  ['0.115.0', '0.115.1'],
  ['0.116.0', '0.116.1'],
  ['0.122.0', '0.122.1'],
  ['0.123.0', '0.123.1'],
  ['0.124.0', '0.124.1'],
  ['0.131.0', '0.131.1'],
  ['0.134.0', '0.134.1'],
  ['0.150.0', '0.150.1'],
  ['0.152.0', '0.152.1'],
]);

/** The oldest operator whose rules are known: the first that fills in the endpoints of all receivers. */
export const OLDEST_OPERATOR = '0.110.0';
/** The newest operator whose rules are known. */
const NEWEST_OPERATOR = '0.158.0';

/** By which operator's rules a custom resource is rendered. */
export interface OperatorVersion {
  readonly rules: string;
  /** The collector that runs where `spec.image` is absent; absent where the operator's version is not known. */
  readonly collector?: string;
  readonly doubt?: string;
}

/**
 * How to render for a release of the operator; undefined for releases older than the oldest known one. Without a version the newest rules
 * apply, and the version of the default collector is not known.
 */
export function operatorVersionOf(version: string | undefined): OperatorVersion | undefined {
  if (version === undefined || parseVersion(version) === undefined) return { rules: NEWEST_OPERATOR };
  if (!isAtLeast(version, OLDEST_OPERATOR)) return undefined;
  const collector = OTHER_COLLECTORS.get(version) ?? version;
  if (!isAfter(version, NEWEST_OPERATOR)) return { rules: version, collector };
  return {
    rules: NEWEST_OPERATOR,
    doubt: `Operator ${version} is newer than ${NEWEST_OPERATOR}, the newest one known here; rendered by the rules of ${NEWEST_OPERATOR}.`,
  };
}

/** The image where `spec.image` is absent: the core distribution, not the contrib one (operator `internal/config/config.go`). */
export function defaultCollectorImage(collector: string | undefined): string {
  const repository = 'ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector';
  return collector === undefined ? repository : `${repository}:${collector}`;
}
