import type { Rule } from '../rule.ts';

export const availableComponentsRule: Rule = {
  id: 'SUP-004',
  severity: 'notice',
  summary: 'A supervisor that does not tell the server which components its collector has',
  docs: 'With `reports_available_components: true` the server knows what each collector was built with, and a review can say “3 of 41 agents lack `redaction`” instead of concluding it from a version. It is off unless the file says otherwise.',
  check: ({ head }) =>
    head.repository.supervisors
      .filter(
        ({ capabilities }) =>
          capabilities.get('accepts_remote_config')?.on === true &&
          capabilities.get('reports_available_components')?.on !== true,
      )
      .map(({ capabilities, capabilitiesAt, at }) => ({
        rule: availableComponentsRule.id,
        severity: 'notice' as const,
        message:
          '`reports_available_components` is off: nobody can tell before a rollout which components this collector lacks',
        at: capabilities.get('reports_available_components')?.at ?? capabilitiesAt ?? at,
        fixes: [{ title: 'set `reports_available_components: true` below `capabilities`' }],
      })),
};
