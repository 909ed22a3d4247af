import type { Finding } from '../../document/finding.ts';
import { codes, typedPipelines } from '../pipeline-parts.ts';
import { severalPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const tailSamplingReplicasRule: Rule = {
  id: 'PIP-007',
  severity: 'error',
  summary: '`tail_sampling` in several pods that each see a part of a trace',
  docs: 'It decides about whole traces, so all spans of one have to reach the same pod: a tier before it has to send with `load_balancing` by trace id. It is an error where the senders are in the files and one of them spreads its data otherwise, and a warning where nobody is seen to send.',
  check: (_input, cluster) => cluster.running.flatMap((one) => split(one, cluster)),
};

function split(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload } = running;
  const pods = workload === undefined ? undefined : severalPods(workload, cluster, running);
  if (workload === undefined || pods === undefined) return [];
  return typedPipelines(running).flatMap(({ processors, receivers }): readonly Finding[] => {
    const sampling = processors.find(({ type }) => type === 'tail_sampling');
    if (sampling === undefined || receivers.length === 0) return [];
    const senders = cluster.sendersTo(workload);
    const wrong = senders.filter(({ destination }) => !byTrace(destination.exporter));
    if (senders.length > 0 && wrong.length === 0) return [];
    const known = wrong.length > 0;
    const names = [...new Set(wrong.map(({ destination }) => destination.exporter.id))];
    const why = known
      ? `${codes(names)} ${names.length === 1 ? 'sends' : 'send'} to them without \`load_balancing\` by trace id`
      : 'nothing in these files sends to them with `load_balancing` by trace id';
    return [
      runningFinding(
        running,
        {
          rule: tailSamplingReplicasRule.id,
          severity: known ? 'error' : 'warning',
          path: ['processors', sampling.id],
          message: `\`${sampling.id}\` decides about parts of traces: ${pods}, and ${why}`,
        },
        wrong.flatMap(({ running: sender, destination }) => {
          const entry = sender.config.provenance.find(
            ({ path }) => path.join(' ') === destination.path.join(' '),
          );
          return entry === undefined ? [] : [{ message: `\`${destination.exporter.id}\``, at: entry.at }];
        }),
      ),
    ];
  });
}

function byTrace({
  type,
  body,
}: {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}): boolean {
  return (
    type === 'load_balancing' && (body['routing_key'] === undefined || body['routing_key'] === 'traceID')
  );
}
