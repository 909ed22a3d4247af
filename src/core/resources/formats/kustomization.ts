import { isKustomization, readKustomization } from '../../kubernetes/kustomization.ts';
import type { DocumentFormat } from './format.ts';

/** Kustomizations: which manifests they take in, and what they change of them. */
export const kustomization: DocumentFormat = {
  id: 'kustomization',
  title: 'kustomizations',
  claims: isKustomization,
  read: (root) => ({ kustomization: readKustomization(root) }),
};
