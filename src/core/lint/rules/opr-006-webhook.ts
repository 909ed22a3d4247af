import { readingFindings } from '../rule.ts';
import type { Rule } from '../rule.ts';

/** Found while the resource is rendered. What the webhook warns of, keys without a value, is CFG-013 for every format. */
export const webhookRule: Rule = {
  id: 'OPR-006',
  severity: 'error',
  blocksApply: true,
  summary: 'What the operator’s webhook refuses',
  docs: 'The operator checks modes, autoscaling, target allocator and ports of a collector resource when it is applied; what it refuses never runs.',
  check: (input) =>
    readingFindings(input).filter(({ rule, severity }) => rule === 'OPR-006' && severity === 'error'),
};
