import { entry, textAt } from '../../document/node.ts';
import { readChartFile } from '../../kubernetes/helm/chart-file.ts';
import type { DocumentFormat } from './format.ts';

/** A Chart.yaml: what the values beside it are for, and in which version. */
export const helmChart: DocumentFormat = {
  id: 'helm-chart',
  title: 'Helm charts',
  claims: (root) =>
    /(?:^|\/)Chart\.ya?ml$/.test(root.at.file) &&
    entry(root, 'kind') === undefined &&
    textAt(root, 'name') !== undefined,
  read: (root) => {
    const chart = readChartFile(root);
    return chart === undefined ? {} : { helmChart: { file: root.at.file, chart, at: root.at } };
  },
};
