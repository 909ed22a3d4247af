import { entry } from '../document/node.ts';
import { DEMO_CHART } from '../kubernetes/helm/demo-chart.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';
import type { CollectorKey } from '../fleet/config-key.ts';
import type { ChartFile } from '../kubernetes/helm/chart-file.ts';
import { COLLECTOR_CHART } from '../kubernetes/helm/collector-chart.ts';
import { KUBE_STACK_CHART } from '../kubernetes/helm/kube-stack/kube-stack-chart.ts';
import { renderRelease } from '../kubernetes/helm/render-release.ts';
import type { DeliveredCollector } from './collectors.ts';
import type { HelmChart, HelmValues } from './formats/format.ts';

/**
 * The collectors that values files bring, each file as a release of its own. Chart and version come from the Chart.yaml nearest above the file;
 * without one the newest rules known here apply, and the collector says so. A release is called `release-name`, as `helm template` calls it.
 */
export function helmCollectors(
  values: readonly HelmValues[],
  charts: readonly HelmChart[],
): readonly DeliveredCollector[] {
  return values.flatMap((one): readonly DeliveredCollector[] => {
    const above = chartAbove(one.file, charts);
    const found = above?.chart;
    const own = values.find(({ file }) => above !== undefined && file === `${above.folder}values.yaml`);
    const { collectors, unrendered, assumed } = renderRelease({
      files: own === one ? [] : [one.root],
      release: { name: 'release-name', namespace: 'default' },
      chart: found ?? assumedChart(one),
      ...(own && { ownValues: own.root }),
    });
    // A chart of which nothing is rendered is still there, with the reason.
    const shown = collectors.length > 0 ? collectors : unrendered.length > 0 ? [blank(one)] : [];
    return shown.map((collector, index): DeliveredCollector => {
      const part = shown.length > 1 ? `#${collector.workload?.name ?? index}` : '';
      const key: CollectorKey = `HelmValues/${one.file}${part}`;
      const told = {
        ...collector,
        unrendered: [...unrendered, ...collector.unrendered],
        ...(assumed !== undefined && { assumed: [...assumed, ...(collector.assumed ?? [])] }),
      };
      return { key, by: 'helm', collector: lessSure(withDoubts(told, one, found)) };
    });
  });
}

/** What is refused by a version of a chart that was only taken for granted may be taken by the one that is installed. */
function lessSure(collector: RenderedCollector): RenderedCollector {
  if ((collector.assumed?.length ?? 0) === 0) return collector;
  const findings = collector.findings.map((finding) =>
    finding.severity === 'error'
      ? { ...finding, severity: 'warning' as const, certainty: 'likely' as const }
      : finding,
  );
  return { ...collector, findings };
}

function blank({ file, at }: HelmValues): RenderedCollector {
  return {
    title: `Helm release with ${file}`,
    namespace: 'default',
    args: [],
    distribution: 'unknown',
    ports: [],
    services: [],
    findings: [],
    unrendered: [],
    at,
  };
}

/** What is not sure where no Chart.yaml says what is installed. A chart above the collector's may well set what its values lack. */
function withDoubts(
  collector: RenderedCollector,
  { kind, root }: HelmValues,
  found: ChartFile | undefined,
): RenderedCollector {
  const isDemo = entry(root, 'components') !== undefined;
  if (found === undefined && kind === 'kube-stack') {
    const sentence = `The version of the kube-stack chart is not known; rendered as ${NEWEST_KUBE_STACK}.`;
    return { ...collector, assumed: [sentence, ...(collector.assumed ?? [])] };
  }
  if (found !== undefined || kind !== 'parent' || isDemo) return collector;
  return {
    ...collector,
    findings: collector.findings.filter(({ rule }) => rule !== 'HLM-002'),
    unrendered: [
      'No file says which chart these values are for, so what that chart sets itself is not in it.',
      ...collector.unrendered,
    ],
  };
}

/** The chart whose folder holds the file, the nearest one; the folder ends with a slash, or is empty for the top of the repository. */
export function chartAbove(
  file: string,
  charts: readonly HelmChart[],
): { readonly chart: ChartFile; readonly folder: string } | undefined {
  return charts
    .map(({ chart, file: own }) => ({ chart, folder: own.replace(/[^/]*$/, '') }))
    .filter(({ folder }) => file.startsWith(folder))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** The newest kube-stack whose rules are known here. */
const NEWEST_KUBE_STACK = '0.20.3';

/** What the values are for, by their keys: only the demo has `components` beside a collector. */
function assumedChart({ kind, root }: HelmValues): ChartFile {
  if (kind === 'collector') return { name: COLLECTOR_CHART, dependencies: [] };
  if (kind === 'kube-stack') return { name: KUBE_STACK_CHART, version: NEWEST_KUBE_STACK, dependencies: [] };
  if (entry(root, 'components') !== undefined) return { name: DEMO_CHART, dependencies: [] };
  return { name: 'CHART', dependencies: [{ name: COLLECTOR_CHART }] };
}
