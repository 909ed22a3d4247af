import { at, textAt } from '../../document/node.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { Rule } from '../rule.ts';

export const modeChangeRule: Rule = {
  id: 'OPR-005',
  severity: 'error',
  blocksApply: true,
  summary: 'Another `mode` for a collector resource that exists',
  docs: 'The operator’s webhook refuses it. Delete the resource and apply it again (data is lost meanwhile), or give the new one another name, move the senders, then delete the old one.',
  check: (input) => {
    if (input.base === undefined) return [];
    const before = new Map(
      writtenCollectors({ head: input.base, catalogue: input.catalogue }).map((collector) => [
        `${collector.namespace}/${collector.name}`,
        collector,
      ]),
    );
    return writtenCollectors(input).flatMap((collector) => {
      const known = before.get(`${collector.namespace}/${collector.name}`);
      if (known === undefined) return [];
      const [old, now] = [known, collector].map(({ node }) => textAt(node, 'spec', 'mode') ?? 'deployment');
      if (old === undefined || old === now) return [];
      return [
        {
          rule: modeChangeRule.id,
          severity: 'error' as const,
          message: `OpenTelemetryCollector \`${collector.name}\` has mode \`${old}\`; the operator refuses to make it \`${now ?? ''}\`. Delete it first, or give the new one another name`,
          at: at(collector.node, 'spec', 'mode')?.at ?? collector.at,
          otelcolMessage: `the OpenTelemetry Collector mode is set to ${old}, which does not support modification`,
        },
      ];
    });
  },
};
