import { handedOn } from '../handed-on.ts';
import type { Rule } from '../rule.ts';

/** Found while the chart is rendered. */
export const nullBelowRule: Rule = {
  id: 'HLM-003',
  severity: 'warning',
  summary: 'A null for a chart below another, which Helm versions treat differently',
  docs: 'A null removes a default of the chart itself. Below another chart older Helm versions (before 3.17.1) keep the default of the chart below, and what the chart above sets stays in all of them. Use `alternateConfig`, or leave the component out of the pipelines.',
  check: handedOn('HLM-003'),
};
