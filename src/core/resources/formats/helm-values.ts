import { at, entry, textAt } from '../../document/node.ts';
import type { MapNode } from '../../document/node.ts';
import type { DocumentFormat } from './format.ts';

const COLLECTOR_CHART = 'opentelemetry-collector';
const MODES: readonly (string | undefined)[] = ['deployment', 'daemonset', 'statefulset'];

/** Values of the `opentelemetry-collector` chart, or of a chart above it (reference/collector.md §3.5, §3.6). */
export const helmValues: DocumentFormat = {
  id: 'helm-values',
  title: 'Helm values of a collector chart',
  claims: (root) => entry(root, 'apiVersion') === undefined && (isParent(root) || isCollector(root)),
  read: (root) => ({ helmValues: { file: root.at.file, parentChart: isParent(root), at: root.at } }),
};

function isParent(root: MapNode): boolean {
  const values = at(root, COLLECTOR_CHART);
  return values?.kind === 'map' && (isCollector(values) || at(values, 'config')?.kind === 'map');
}

function isCollector(values: MapNode): boolean {
  return (
    MODES.includes(textAt(values, 'mode')) &&
    (entry(values, 'config') ?? entry(values, 'presets')) !== undefined
  );
}
