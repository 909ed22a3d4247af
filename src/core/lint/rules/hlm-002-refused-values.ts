import { handedOn } from '../handed-on.ts';
import type { Rule } from '../rule.ts';

/** Found while the chart is rendered. */
export const refusedValuesRule: Rule = {
  id: 'HLM-002',
  severity: 'error',
  blocksApply: true,
  summary: 'Values that the collector chart refuses to install',
  docs: 'The templates of the chart stop on some values: no `image.repository`, no `mode`, no health check extension, presets that exclude each other. `helm upgrade` then changes nothing.',
  check: handedOn('HLM-002'),
};
