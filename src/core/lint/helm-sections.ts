import { COLLECTOR_CHART, mergedFiles } from '../kubernetes/helm/collector-chart.ts';
import { chartVersionOf } from '../kubernetes/helm/chart-versions.ts';
import { isExactVersion } from '../kubernetes/helm/chart-use.ts';
import { defaultValues } from '../kubernetes/helm/default-values.ts';
import { DEMO_CHART, demoRelease } from '../kubernetes/helm/demo-chart.ts';
import { coalesce } from '../kubernetes/merge.ts';
import { pick, tracedMap, tracedNode } from '../kubernetes/traced.ts';
import type { TracedMap } from '../kubernetes/traced.ts';
import type { HelmInstallation } from '../resources/helm-installations.ts';
import type { LintInput } from './rule.ts';

/** The values that a release gives to one collector chart, whether it is installed by itself or below another. */
export interface CollectorSection {
  readonly installation: HelmInstallation;
  /** Values of the user alone, without any defaults. */
  readonly given: TracedMap;
  /** What holds where the user says nothing: the chart's own, under those of the chart above. */
  readonly defaults: TracedMap;
  /** Of the collector chart, where it is known exactly. */
  readonly version?: string;
  /** The path of the values within those of the release. */
  readonly below: readonly string[];
}

/** Every collector chart of the releases of a revision; the kube-stack chart has none of them. */
export function collectorSections({ head, among }: LintInput): readonly CollectorSection[] {
  return head.repository.helmInstallations.flatMap((installation) => {
    const id = `HelmValues/${installation.id}`;
    const isWanted = among === undefined || [...among].some((key) => key === id || key.startsWith(`${id}#`));
    return isWanted ? sectionsOf(installation) : [];
  });
}

function sectionsOf(installation: HelmInstallation): readonly CollectorSection[] {
  const { kind, files, chart, ownValues } = installation;
  const user = mergedFiles(files);
  if (kind === 'kube-stack') return [];
  if (kind === 'collector') {
    const own = ownValues === undefined ? undefined : tracedNode(ownValues);
    const given = own?.kind === 'map' && files.length === 0 ? own : user;
    return [section(installation, given, tracedMap({}, {}), chart.version, [])];
  }
  const demo = chart.name === DEMO_CHART ? demoRelease(chart.version) : undefined;
  const own = ownValues === undefined ? undefined : tracedNode(ownValues);
  const above = own?.kind === 'map' ? own : tracedMap(demo?.values ?? {}, {});
  const dependencies = chart.dependencies.length > 0 ? chart.dependencies : (demo?.dependencies ?? []);
  return dependencies
    .filter(({ name }) => name === COLLECTOR_CHART)
    .flatMap(({ name, alias, version }) => {
      const key = alias ?? name;
      const from = files.length === 0 && own?.kind === 'map' ? own : user;
      const given = pick(from, key);
      const fallback = pick(above, key);
      if (given?.kind !== 'map') return [];
      const parent = fallback?.kind === 'map' && from !== own ? fallback : tracedMap({}, {});
      return [
        section(
          installation,
          given,
          parent,
          chart.name === DEMO_CHART && chart.version === undefined ? undefined : version,
          [key],
        ),
      ];
    });
}

function section(
  installation: HelmInstallation,
  given: TracedMap,
  above: TracedMap,
  version: string | undefined,
  below: readonly string[],
): CollectorSection {
  const rules = chartVersionOf(version)?.rules;
  const defaults = rules === undefined ? {} : defaultValues(rules);
  return {
    installation,
    given,
    defaults: coalesce(above, tracedMap(defaults, {})),
    ...(isExactVersion(version) && { version: version.replace(/^v/, '') }),
    below,
  };
}
