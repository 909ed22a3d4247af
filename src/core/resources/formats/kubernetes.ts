import { textAt } from '../../document/node.ts';
import type { DocumentFormat } from './format.ts';

/** Kubernetes objects: whatever has an apiVersion and a kind and is no BindPlane resource. */
export const kubernetesManifests: DocumentFormat = {
  id: 'kubernetes',
  title: 'Kubernetes manifests',
  claims: (root) => textAt(root, 'apiVersion') !== undefined && textAt(root, 'kind') !== undefined,
  read: (_root, document) => ({ manifest: document }),
};
