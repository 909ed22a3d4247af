import type { Finding } from '../../document/finding.ts';
import type { Json } from '../../document/node.ts';
import { bodyOf, typedPipelines } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const ownLogsRule: Rule = {
  id: 'PIP-012',
  severity: 'warning',
  summary: 'A collector that reads its own log and prints what it reads',
  docs: 'A `debug` exporter writes to the log of the pod; a `file_log` receiver that takes every container of the node reads that again, and so on. Exclude the collector’s own files, or take `debug` out of the pipeline.',
  check: (_input, { running }) => running.flatMap((one) => loops(one)),
};

const EVERYBODY = /^\/var\/log\/(?:containers\/\*|pods\/\*\/\*|pods\/\*\*)/;

function loops(running: RunningConfig): readonly Finding[] {
  const { workload } = running;
  return typedPipelines(running).flatMap(({ receivers, exporters }) => {
    const debug = exporters.find(
      ({ id, type }) =>
        type === 'debug' &&
        bodyOf(running, 'exporters', id)['verbosity'] !== 'basic' &&
        bodyOf(running, 'exporters', id)['verbosity'] !== undefined,
    );
    if (debug === undefined) return [];
    return receivers.flatMap(({ id, type }): readonly Finding[] => {
      const body = bodyOf(running, 'receivers', id);
      if (type !== 'file_log' || !words(body['include']).some((path) => EVERYBODY.test(path))) return [];
      const own = words(body['exclude']).some(
        (path) =>
          workload === undefined ||
          /otel|opentelemetry|collector|agent/i.test(path) ||
          path.includes(workload.name),
      );
      if (own) return [];
      return [
        runningFinding(running, {
          rule: ownLogsRule.id,
          severity: 'warning',
          path: ['receivers', id],
          message: `\`${id}\` reads the logs of all pods, this one's too, and \`${debug.id}\` prints them there again`,
        }),
      ];
    });
  });
}

function words(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.flatMap((item: Json) => (typeof item === 'string' ? [item] : [])) : [];
}
