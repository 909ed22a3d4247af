import { closest } from '../../document/closest.ts';
import type { Finding } from '../../document/finding.ts';
import { at, textAt } from '../../document/node.ts';
import type { Rule } from '../rule.ts';

export const unknownKindRule: Rule = {
  id: 'OPR-011',
  severity: 'warning',
  summary: 'A kind that the OpenTelemetry operator does not have',
  docs: 'Guides name kinds of `opentelemetry.io` that never were (`Telemetry`, `Collector`). The API server refuses them (`no matches for kind`), and with them whatever `kubectl apply` was to apply behind them. The operator has OpenTelemetryCollector, Instrumentation, OpAMPBridge, TargetAllocator and ClusterObservability.',
  check: ({ head }) =>
    head.repository.manifestDocuments.flatMap(({ root }): readonly Finding[] => {
      const [group, version] = (textAt(root, 'apiVersion') ?? '').split('/');
      const kind = textAt(root, 'kind');
      if (group !== 'opentelemetry.io' || kind === undefined || KINDS.includes(kind)) return [];
      const meant = closest(kind, KINDS);
      return [
        {
          rule: unknownKindRule.id,
          severity: 'warning',
          message: `the operator has no kind \`${kind}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`,
          at: at(root, 'kind')?.at ?? root.at,
          otelcolMessage: `no matches for kind "${kind}" in version "opentelemetry.io/${version ?? ''}"`,
        },
      ];
    }),
};

const KINDS = [
  'OpenTelemetryCollector',
  'Instrumentation',
  'OpAMPBridge',
  'TargetAllocator',
  'ClusterObservability',
];
