import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const verboseDebugRule: Rule = {
  id: 'SEC-007',
  severity: 'notice',
  summary: 'A `debug` exporter that prints everything that passes',
  docs: '`verbosity: detailed` writes each span, log and point with all attributes to the collector’s log: personal data where nobody looks for it, and often more text than data. A warning where the namespace or the labels say production.',
  check: (_input, { running }) =>
    running.flatMap((one) =>
      startedComponents(one, 'exporters', ['debug', 'logging'])
        .filter(({ id }) => {
          const body = bodyOf(one, 'exporters', id);
          if (!isAuthored(one, ['exporters', id, 'verbosity'])) return false;
          return body['verbosity'] === 'detailed' || body['loglevel'] === 'debug';
        })
        .map(({ id }) =>
          runningFinding(one, {
            rule: verboseDebugRule.id,
            severity: isProduction(one) ? 'warning' : 'notice',
            path: ['exporters', id, 'verbosity'],
            message: `\`${id}\` prints everything that passes${isProduction(one) ? ', in production' : ''}`,
          }),
        ),
    ),
};

function isProduction({ workload }: RunningConfig): boolean {
  if (workload === undefined) return false;
  const words = [workload.namespace, ...Object.values(workload.pod?.labels ?? {})];
  return words.some((word) => /(?:^|[-_.])prod(?:uction)?(?:$|[-_.])/i.test(word));
}
