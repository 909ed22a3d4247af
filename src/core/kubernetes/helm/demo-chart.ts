import demo from '../../../../schemas/helm/demo-chart.json' with { type: 'json' };
import { isAfter, isAtLeast, parseVersion } from '../../collector/version.ts';
import type { JsonMap } from '../../document/node.ts';
import type { ChartDependency } from './chart-file.ts';
import { COLLECTOR_CHART } from './collector-chart.ts';

export const DEMO_CHART = 'opentelemetry-demo';

/** What a release of the demo chart brings: which collector charts it holds, and its own values for them. */
export interface DemoRelease {
  readonly dependencies: readonly ChartDependency[];
  readonly values: JsonMap;
  readonly doubt?: string;
}

/**
 * The demo chart at a version (tags opentelemetry-demo-0.32.5 to 0.41.0). Undefined for older ones; newer ones are rendered as the newest known
 * one, and so is an unknown version, with `doubt`.
 */
export function demoRelease(version: string | undefined): DemoRelease | undefined {
  const known = version !== undefined && parseVersion(version) !== undefined;
  const release = known
    ? demo.releases.findLast(({ since }) => isAtLeast(version, since))
    : demo.releases.at(-1);
  const values = release === undefined ? undefined : demo.values[release.values];
  if (release === undefined || values === undefined) return undefined;
  const isNewer = known && isAfter(version, demo.newest);
  const what = known
    ? `Demo chart ${version} is newer than`
    : 'The version of the demo chart is not known; rendered as';
  return {
    dependencies: release.charts.map((chart) => ({
      name: COLLECTOR_CHART,
      version: chart.version,
      ...('alias' in chart && chart.alias !== undefined && { alias: chart.alias }),
      condition: `${'alias' in chart && chart.alias !== undefined ? chart.alias : COLLECTOR_CHART}.enabled`,
    })),
    values,
    ...(isNewer && { doubt: `${what} ${demo.newest}, the newest one known here; rendered as that one.` }),
    ...(!known && { doubt: `${what} ${demo.newest}, the newest one known here.` }),
  };
}
