import { policiesOf } from '../../rollout/policy-file/repository.ts';
import { SHAPE_RULE } from '../../rollout/policy-file/read.ts';
import type { Rule } from '../rule.ts';

export const policyRule: Rule = {
  id: SHAPE_RULE,
  severity: 'error',
  blocksApply: true,
  summary: 'A rollout policy that cannot be read: unknown key, wrong type or form of a value',
  docs: 'A policy with an error is not used at all, because half of it would be another policy: a rollout without its approvals or windows. Durations are written as Go writes them (`90s`, `5m`), shares as `25%`, days as `Mon-Fri`, hours as `08-16` and time zones by their IANA names.',
  check: ({ head }) =>
    policiesOf(head.repository).flatMap(({ findings }) => findings.filter(({ rule }) => rule === SHAPE_RULE)),
};
