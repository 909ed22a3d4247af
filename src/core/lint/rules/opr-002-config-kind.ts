import { handedOn } from '../handed-on.ts';
import type { Rule } from '../rule.ts';

/** Found while the resource is read. */
export const configKindRule: Rule = {
  id: 'OPR-002',
  severity: 'error',
  blocksApply: true,
  summary:
    'The `config` of a collector resource as text where its version wants an object, or the other way round',
  docs: 'In `opentelemetry.io/v1beta1` the config is an object, in `v1alpha1` it is text behind `|`. The API server refuses the other one.',
  check: handedOn('OPR-002'),
};
