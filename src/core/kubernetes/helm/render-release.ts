import { at, entriesAt, entry, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { CHART_MODES } from './chart-context.ts';
import type { HelmRelease } from './chart-context.ts';
import type { ChartFile } from './chart-file.ts';
import { COLLECTOR_CHART, renderCollectorChart } from './collector-chart.ts';
import { KUBE_STACK_CHART, renderKubeStack } from './kube-stack/kube-stack-chart.ts';
import { renderParentChart } from './parent-chart.ts';
import type { RenderedChart } from './parent-chart.ts';

/** An installation of any chart. */
export interface ChartInstallation {
  /** The documents of the values files in the order of `-f`. */
  readonly files: readonly Node[];
  readonly release: HelmRelease;
  /** What is installed: its Chart.yaml, or the name as a command writes it (`open-telemetry/opentelemetry-demo`, `oci://…/name`) and the version. */
  readonly chart: ChartFile;
  /** The chart's own values.yaml, where it is in the repository. */
  readonly ownValues?: Node;
}

/** The collectors that an installation brings; of a chart that is not known it is said that nothing of it is rendered. Never throws. */
export function renderRelease({ files, release, chart, ownValues }: ChartInstallation): RenderedChart {
  const name = chart.name.split('/').at(-1) ?? chart.name;
  const version = chart.version === undefined ? {} : { chartVersion: chart.version };
  if (name === COLLECTOR_CHART) {
    const own = ownValues === undefined ? [] : [ownValues];
    return {
      collectors: [renderCollectorChart({ files: [...own, ...files], release, ...version })],
      unrendered: [],
    };
  }
  if (name === KUBE_STACK_CHART) return renderKubeStack({ files, release, ...version });
  return renderParentChart({
    files,
    release,
    chart: { ...chart, name },
    ...(ownValues === undefined ? {} : { ownValues }),
  });
}

/** What a document of values is for: the collector chart, a chart that has it as a dependency, or the kube-stack chart. */
export type ValuesKind = 'collector' | 'parent' | 'kube-stack';

/** Tells the kind of a document of values by its content; undefined where it is for none of these charts. */
export function valuesKind(root: Node): ValuesKind | undefined {
  if (root.kind !== 'map' || entry(root, 'apiVersion') !== undefined) return undefined;
  const holdsMap = (node: Node, ...keys: readonly string[]): boolean =>
    keys.some((key) => at(node, key)?.kind === 'map');
  const mode = textAt(root, 'mode');
  if (
    holdsMap(root, 'config', 'presets', 'alternateConfig') &&
    CHART_MODES.some((candidate) => candidate === mode)
  ) {
    return 'collector';
  }
  const isStack = entriesAt(root, 'collectors').some(({ value }) => holdsMap(value, 'config', 'presets'));
  if (isStack || holdsMap(root, 'defaultCRConfig')) return 'kube-stack';
  const below = entriesAt(root, COLLECTOR_CHART);
  const isParent = below.some(({ key }) => ['config', 'presets', 'alternateConfig', 'mode'].includes(key));
  return isParent ? 'parent' : undefined;
}
