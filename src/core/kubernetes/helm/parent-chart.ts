import type { Finding, SourceRange } from '../../document/finding.ts';
import type { Node } from '../../document/node.ts';
import { coalesce } from '../merge.ts';
import type { RenderedCollector } from '../rendered-collector.ts';
import { entriesOf, isEmpty, isNull, pick, tracedMap, tracedNode, withEntry } from '../traced.ts';
import type { Traced, TracedMap } from '../traced.ts';
import type { HelmRelease } from './chart-context.ts';
import type { ChartDependency, ChartFile } from './chart-file.ts';
import { chartVersionOf } from './chart-versions.ts';
import { COLLECTOR_CHART, mergedFiles, renderChartValues } from './collector-chart.ts';
import { defaultValues } from './default-values.ts';
import { DEMO_CHART, demoRelease } from './demo-chart.ts';

/** An installation of a chart that has collector charts as dependencies. */
export interface ParentRelease {
  readonly files: readonly Node[];
  readonly release: HelmRelease;
  /** The chart: its Chart.yaml where it is in the repository, else its name and version. */
  readonly chart: ChartFile;
  /** The chart's own values.yaml, where it is in the repository. The demo chart's are known. */
  readonly ownValues?: Node;
}

/** What such a chart installs, as far as it is a collector. */
export interface RenderedChart {
  readonly collectors: readonly RenderedCollector[];
  /** What cannot be told of the chart as a whole; each collector has sentences of its own. */
  readonly unrendered: readonly string[];
  /** What was taken for granted of it. */
  readonly assumed?: readonly string[];
}

/**
 * The collectors below another chart: values for a dependency stand under its name or alias; `global` reaches all charts; a condition that is
 * false switches a dependency off. Nulls are treated as Helm 3.17.1 and newer do; where older ones differ, a finding `HLM-003`
 * says so. Never throws.
 */
export function renderParentChart({ files, release, chart, ownValues }: ParentRelease): RenderedChart {
  const demo = chart.name === DEMO_CHART ? demoRelease(chart.version) : undefined;
  const dependencies = (
    chart.dependencies.length > 0 ? chart.dependencies : (demo?.dependencies ?? [])
  ).filter(({ name }) => name === COLLECTOR_CHART);
  if (dependencies.length === 0) {
    const known = chart.name === DEMO_CHART && chart.version !== undefined;
    const why = known
      ? 'is older than every version known here'
      : 'is not known here to hold a collector chart';
    return { collectors: [], unrendered: [`Chart ${titleOf(chart)} ${why}; nothing of it is rendered.`] };
  }
  const why = `default of chart ${titleOf(chart)}`;
  const own = ownValues === undefined ? undefined : tracedNode(ownValues);
  const fallback = own?.kind === 'map' ? own : tracedMap(demo?.values ?? {}, { why });
  const user = mergedFiles(files);
  const at = files.at(-1)?.at;
  const isBlind = own === undefined && demo === undefined;
  return {
    collectors: dependencies.flatMap((dependency) =>
      collectorBelow(dependency, { user, fallback, release, ...(at === undefined ? {} : { at }) }),
    ),
    unrendered: isBlind
      ? [
          `The values that chart ${titleOf(chart)} itself brings are not in this repository; what they set is not shown.`,
        ]
      : [],
    ...(demo?.doubt !== undefined && { assumed: [demo.doubt] }),
  };
}

function titleOf({ name, version }: ChartFile): string {
  return version === undefined ? name : `${name} ${version}`;
}

interface Values {
  readonly user: TracedMap;
  readonly fallback: TracedMap;
  readonly release: HelmRelease;
  readonly at?: SourceRange;
}

function collectorBelow(dependency: ChartDependency, values: Values): readonly RenderedCollector[] {
  const { user, fallback, release } = values;
  const key = dependency.alias ?? dependency.name;
  const given = mapAt(user, key);
  const section = coalesce(given, mapAt(fallback, key), true);
  const everything = coalesce(withEntry(user, key, section), fallback, true);
  if (!isWanted(dependency, everything)) return [];
  const globals = pick(everything, 'global');
  const all =
    globals?.kind === 'map'
      ? withEntry(section, 'global', coalesce(globals, mapAt(section, 'global')))
      : section;
  const at = pick(user, key)?.origin.at ?? pick(fallback, key)?.origin.at ?? values.at ?? NOWHERE;
  const exact = dependency.version !== undefined && /^v?\d+\.\d+\.\d+$/.test(dependency.version);
  const rendered = renderChartValues({
    values: all,
    release,
    chartName: key,
    ...(dependency.version === undefined || !exact ? {} : { chartVersion: dependency.version }),
    at,
  });
  const findings = nullFindings(given, mapAt(fallback, key), defaultsAt(dependency.version));
  return [{ ...rendered, findings: [...rendered.findings, ...findings] }];
}

const NOWHERE: SourceRange = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

function mapAt(values: TracedMap, key: string): TracedMap {
  const found = pick(values, key);
  return found?.kind === 'map' ? found : { kind: 'map', entries: new Map(), origin: found?.origin ?? {} };
}

/** The first path of the condition that leads to true or false decides; without one the chart is installed. */
function isWanted({ condition }: ChartDependency, values: TracedMap): boolean {
  for (const path of (condition ?? '').split(',')) {
    const found = pick(values, ...path.trim().split('.'));
    if (found?.kind === 'scalar' && typeof found.value === 'boolean') return found.value;
  }
  return true;
}

function defaultsAt(version: string | undefined): TracedMap {
  const known = chartVersionOf(version);
  return tracedMap(known === undefined ? {} : defaultValues(known.rules), {});
}

/** A null of the user in a subchart's values: what it does depends on Helm, or it does not remove what the chart above sets. */
function nullFindings(given: TracedMap, parent: TracedMap, subchart: TracedMap): readonly Finding[] {
  return [...nulls(given, [])].flatMap(({ path, value }): readonly Finding[] => {
    const place = value.origin.at === undefined ? {} : { at: value.origin.at };
    const name = path.join('.');
    if (!isEmpty(pick(parent, ...path)) && pick(subchart, ...path) === undefined) {
      return [
        {
          rule: 'HLM-003',
          severity: 'warning',
          message: `${name}: null does not remove what the chart above sets: since Helm 3.17.1 the collector gets ${name} with an empty body. Leave it out of the pipelines instead.`,
          ...place,
        },
      ];
    }
    return pick(subchart, ...path) === undefined
      ? []
      : [
          {
            rule: 'HLM-003',
            severity: 'warning',
            message: `${name}: null removes the collector chart's default only with Helm 3.17.1 or newer, as is shown here; older ones keep the default. alternateConfig works with both.`,
            ...place,
          },
        ];
  });
}

function nulls(
  value: Traced,
  path: readonly string[],
): readonly { readonly path: readonly string[]; readonly value: Traced }[] {
  if (isNull(value)) return [{ path, value }];
  return entriesOf(value).flatMap(([key, item]) => nulls(item, [...path, key]));
}
