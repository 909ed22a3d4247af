import type { Finding, SourceRange } from '../../document/finding.ts';
import { policiesOf } from '../../rollout/policy-file/repository.ts';
import type { LintInput, Rule } from '../rule.ts';

export const samePolicyRule: Rule = {
  id: 'ROL-004',
  severity: 'error',
  blocksApply: true,
  summary: 'Two rollout policies of one name',
  docs: 'A policy is known by its name, so one of the two never counts. Which one does depends on the order of files.',
  check,
};

function check({ head }: LintInput): readonly Finding[] {
  const first = new Map<string, SourceRange>();
  return policiesOf(head.repository).flatMap(({ name, at }): readonly Finding[] => {
    if (name === undefined) return [];
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, at);
      return [];
    }
    const message = `Rollout policy \`${name}\` is declared before`;
    const related = [{ message: 'the first one', at: before }];
    return [{ rule: samePolicyRule.id, severity: 'error', message, at, related }];
  });
}
