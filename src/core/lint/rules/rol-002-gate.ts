import { GATE_RULE } from '../../rollout/policy-file/read.ts';
import { policiesOf } from '../../rollout/policy-file/repository.ts';
import type { Rule } from '../rule.ts';

export const gateRule: Rule = {
  id: GATE_RULE,
  severity: 'error',
  blocksApply: true,
  summary:
    'A rollout policy that sets a gate, or a number of one, that does not exist or is out of its bounds',
  docs: 'A misspelt gate stays as it is by itself: one that was to be enforced is only told, one that was to be off stops rollouts. The gates and their numbers stand in the README.',
  check: ({ head }) =>
    policiesOf(head.repository).flatMap(({ findings }) => findings.filter(({ rule }) => rule === GATE_RULE)),
};
