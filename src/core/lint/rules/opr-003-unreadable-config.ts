import { handedOn } from '../handed-on.ts';
import type { Rule } from '../rule.ts';

/** Found while the resource is read. */
export const unreadableConfigRule: Rule = {
  id: 'OPR-003',
  severity: 'error',
  blocksApply: true,
  summary: 'A config text in a `v1alpha1` resource that is no YAML map',
  docs: 'The operator’s conversion takes what it cannot read for an empty config and says nothing; the collector that then runs does nothing, or crashes.',
  check: handedOn('OPR-003'),
};
