import { valuesKind } from '../../kubernetes/helm/render-release.ts';
import type { DocumentFormat } from './format.ts';

/** Values of the `opentelemetry-collector` chart, of a chart above it, or of the kube-stack (reference/collector.md §3.5, §3.6). */
export const helmValues: DocumentFormat = {
  id: 'helm-values',
  title: 'Helm values of a collector chart',
  claims: (root) => valuesKind(root) !== undefined,
  read: (root) => ({
    helmValues: { file: root.at.file, kind: valuesKind(root) ?? 'collector', root, at: root.at },
  }),
};
