import { isAtLeast, isAfter, parseVersion } from '../../collector/version.ts';

/**
 * Versions of the chart opentelemetry-collector from which the collector (appVersion) changes
 * (open-telemetry/opentelemetry-helm-charts, tags opentelemetry-collector-*, Chart.yaml).
 */
const APP_VERSIONS: readonly (readonly [chart: string, app: string])[] = [
  ['0.98.0', '0.104.0'],
  ['0.99.0', '0.105.0'],
  ['0.101.0', '0.106.1'],
  ['0.102.0', '0.107.0'],
  ['0.103.0', '0.108.0'],
  ['0.105.0', '0.109.0'],
  ['0.107.0', '0.110.0'],
  ['0.108.0', '0.111.0'],
  ['0.109.0', '0.113.0'],
  ['0.110.0', '0.114.0'],
  ['0.111.0', '0.115.1'],
  ['0.112.0', '0.116.1'],
  ['0.113.0', '0.117.0'],
  ['0.114.0', '0.118.0'],
  ['0.116.0', '0.119.0'],
  ['0.117.0', '0.120.0'],
  ['0.119.0', '0.121.0'],
  ['0.120.0', '0.122.1'],
  ['0.122.0', '0.123.1'],
  ['0.123.0', '0.124.1'],
  ['0.124.0', '0.125.0'],
  ['0.125.0', '0.126.0'],
  ['0.126.0', '0.127.0'],
  ['0.127.0', '0.128.0'],
  ['0.128.0', '0.129.1'],
  ['0.129.0', '0.130.0'],
  ['0.130.0', '0.131.0'],
  ['0.131.0', '0.132.4'],
  ['0.132.0', '0.133.0'],
  ['0.133.0', '0.134.1'],
  ['0.134.0', '0.135.0'],
  ['0.135.0', '0.136.0'],
  ['0.137.0', '0.137.0'],
  ['0.138.0', '0.138.0'],
  ['0.139.0', '0.139.0'],
  ['0.140.0', '0.140.0'],
  ['0.140.1', '0.140.1'],
  ['0.141.0', '0.141.0'],
  ['0.142.0', '0.142.0'],
  ['0.143.0', '0.143.0'],
  ['0.144.0', '0.144.0'],
  ['0.145.0', '0.145.0'],
  ['0.146.0', '0.146.1'],
  ['0.147.0', '0.147.0'],
  ['0.148.0', '0.148.0'],
  ['0.149.0', '0.149.0'],
  ['0.151.0', '0.150.1'],
  ['0.153.0', '0.151.0'],
  ['0.156.0', '0.152.0'],
  ['0.158.0', '0.153.0'],
  ['0.159.0', '0.154.0'],
  ['0.163.0', '0.155.0'],
  ['0.165.0', '0.156.0'],
  ['0.166.0', '0.157.0'],
  ['0.169.0', '0.158.0'],
];

/** The oldest chart whose rules are known; before it presets and defaults were made differently. */
export const OLDEST_CHART = '0.98.0';
/** The newest chart whose rules are known. */
const NEWEST_CHART = '0.170.0';

/** How a chart version is rendered: by which rules, with which collector, and what is uncertain about it. */
export interface ChartVersion {
  /** The version whose rules apply. */
  readonly rules: string;
  /** Version of the collector image where the values name no tag; absent where the chart is newer than what is known. */
  readonly appVersion?: string;
  /** What a reader must know; absent when the version is known. */
  readonly doubt?: string;
}

/**
 * How to render a version of the collector chart. Undefined for versions older than the oldest known one. Without a version, or with one
 * that is newer than everything known, the newest rules apply and `doubt` says so.
 */
export function chartVersionOf(version: string | undefined): ChartVersion | undefined {
  if (version === undefined || parseVersion(version) === undefined) {
    const what =
      version === undefined
        ? 'The version of the collector chart is not known'
        : `"${version}" is no chart version`;
    return { rules: NEWEST_CHART, doubt: `${what}; rendered by the rules of ${NEWEST_CHART}.` };
  }
  if (!isAtLeast(version, OLDEST_CHART)) return undefined;
  if (isAfter(version, NEWEST_CHART)) {
    return {
      rules: NEWEST_CHART,
      doubt: `Collector chart ${version} is newer than ${NEWEST_CHART}, the newest one known here; rendered by the rules of ${NEWEST_CHART}.`,
    };
  }
  const known = APP_VERSIONS.findLast(([chart]) => isAtLeast(version, chart));
  return { rules: version, ...(known === undefined ? {} : { appVersion: known[1] }) };
}
