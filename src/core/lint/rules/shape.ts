import { misplacedSelector } from './selector.ts';
import type { Rule } from '../rule.ts';

/** Found while files are read (schemas, types); this rule hands them on, except what the rule about selectors tells better. */
export const shapeRule: Rule = {
  id: 'BPR-001',
  severity: 'error',
  summary: 'A resource that does not have the shape of its kind: unknown key, wrong type of value',
  docs:
    'BindPlane refuses a whole apply for one unknown key inside `spec`, and drops unknown keys beside it without a word. The finding stands on the key or value; ' +
    'where a known name is near, it is offered.',
  check: ({ head }) => {
    const misplaced = [...head.repository.resources.values()].flatMap(
      (resource) => misplacedSelector(resource)?.keyAt ?? [],
    );
    return head.findings.filter(
      ({ rule, at }) =>
        rule === 'BPR-001' &&
        !misplaced.some((key) => key.file === at?.file && key.line === at.line && key.column === at.column),
    );
  },
};
