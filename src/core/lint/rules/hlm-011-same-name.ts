import { handedOn } from '../handed-on.ts';
import type { Rule } from '../rule.ts';

/** Found while the release is rendered. */
export const sameNameRule: Rule = {
  id: 'HLM-011',
  severity: 'error',
  blocksApply: true,
  summary: 'Two collectors of one release with the same name',
  docs: 'Their ConfigMaps, Services and workloads would be the same objects: Helm refuses the release, or the second one overwrites the first. Give one of them a `fullnameOverride`, in the kube-stack chart a `suffix`, or an alias in Chart.yaml.',
  check: handedOn('HLM-011'),
};
