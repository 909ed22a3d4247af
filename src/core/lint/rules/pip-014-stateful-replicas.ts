import type { Finding } from '../../document/finding.ts';
import { isPushed, typedPipelines } from '../pipeline-parts.ts';
import { severalPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const statefulReplicasRule: Rule = {
  id: 'PIP-014',
  severity: 'warning',
  summary: 'A processor that remembers series or traces, in several pods that each see some',
  docs: '`cumulative_to_delta`, `delta_to_cumulative`, `interval` and `groupbytrace` put together what belongs together. Where senders spread their data over pods, each pod has a part of it and the results are wrong. Send by series or by trace (`load_balancing`), or do it in the agents. Data that a pod of a DaemonSet gets from its own node stays together, so those are not told.',
  check: (_input, cluster) => cluster.running.flatMap((one) => spread(one, cluster)),
};

const STATEFUL: ReadonlySet<string> = new Set([
  'cumulative_to_delta',
  'delta_to_cumulative',
  'delta_to_rate',
  'interval',
  'groupbytrace',
]);

function spread(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload } = running;
  if (workload === undefined || workload.kind === 'DaemonSet') return [];
  const pods = severalPods(workload, cluster, running);
  if (pods === undefined) return [];
  const senders = cluster.sendersTo(workload);
  if (
    senders.length > 0 &&
    senders.every(({ destination }) => destination.exporter.type === 'load_balancing')
  ) {
    return [];
  }
  const found = typedPipelines(running).flatMap((one) =>
    isPushed(one, running) ? one.processors.filter(({ type }) => STATEFUL.has(type)) : [],
  );
  return [...new Set(found.map(({ id }) => id))].map((id) =>
    runningFinding(running, {
      rule: statefulReplicasRule.id,
      severity: 'warning',
      path: ['processors', id],
      message: `\`${id}\` remembers what came before, and each pod sees a part of it: ${pods}`,
    }),
  );
}
