import type { Finding } from '../../document/finding.ts';
import { meantCollector, writtenCollectors } from '../collector-resources.ts';
import { replaceOnLine, writtenAt } from '../line-edits.ts';
import type { Rule } from '../rule.ts';
import { runningFinding } from '../running-finding.ts';

export const serviceNameRule: Rule = {
  id: 'OPR-008',
  severity: 'warning',
  summary: 'An exporter that sends to a collector resource by its own name instead of by that of its Service',
  docs: 'The operator calls the Service of the resource `gateway` `gateway-collector` (headless: `gateway-collector-headless`). The name of the resource resolves to nothing, so the exporter keeps its data until the queue is full and drops it then.',
  check: (input, cluster) => {
    const collectors = writtenCollectors(input);
    if (collectors.length === 0) return [];
    return cluster.running.flatMap((one) =>
      one.destinations().flatMap(({ endpoint, path, text, exporter }): readonly Finding[] => {
        const { host } = endpoint;
        const namespace = one.workload?.namespace ?? one.rendered.collector?.namespace;
        const file = one.rendered.at?.file ?? '';
        if (host === undefined) return [];
        const meant = meantCollector(host, collectors);
        if (meant === undefined) return [];
        const from = { file, ...(namespace !== undefined && { namespace }) };
        if (cluster.serviceFor(host, from) !== undefined) return [];
        const place = writtenAt(one.config, path);
        const edits = place && replaceOnLine(place, host, meant.host, input.head.repository.texts);
        return [
          runningFinding(
            one,
            {
              rule: serviceNameRule.id,
              severity: 'warning',
              path,
              message: `exporter \`${exporter.id}\` sends to \`${text}\`, and no Service is called \`${host.split('.', 1)[0] ?? ''}\`: the operator calls that of OpenTelemetryCollector \`${meant.collector.name}\` \`${meant.host.split('.', 1)[0] ?? ''}\``,
              fixes: [
                { title: `send to \`${meant.host}\``, ...(place && { at: place }), ...(edits && { edits }) },
              ],
            },
            [{ message: `OpenTelemetryCollector ${meant.collector.name}`, at: meant.collector.at }],
          ),
        ];
      }),
    );
  },
};
