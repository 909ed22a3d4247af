import { queueStorage, staysHere } from '../../collector/destinations.ts';
import type { Destination } from '../../collector/destinations.ts';
import { provenanceOf } from '../../collector/provenance.ts';
import type { Finding } from '../../document/finding.ts';
import { gatewaysOf } from '../gateways.ts';
import { codes } from '../pipeline-parts.ts';
import { readinessFindings } from '../readiness.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const persistentQueueRule: Rule = {
  id: 'K8S-009',
  severity: 'warning',
  summary: 'A sender that keeps what waits for the gateway in memory only',
  docs: 'While a gateway is away its senders hold the data; a queue in memory is lost with the pod, and full after minutes. Give the exporter `sending_queue.storage` with a `file_storage` on a volume. Agents of a DaemonSet that send to something outside the files get a notice.',
  check: (_input, cluster) => [
    ...readinessFindings(persistentQueueRule.id, cluster, ({ senders }) => {
      const without = senders.filter(
        ({ running, destination }) => inMemory(destination) && isAuthored(running, destination.path),
      );
      if (without.length === 0) return undefined;
      const names = [...new Set(without.map(({ destination }) => destination.exporter.id))];
      return {
        said: `senders (${codes(names)}) that keep their queue in memory`,
        message: `${codes(names)} ${names.length === 1 ? 'sends' : 'send'} to it and ${names.length === 1 ? 'keeps its' : 'keep their'} queue in memory: what waits is lost with the pod`,
        related: without.flatMap(({ running, destination }) => {
          const at = provenanceOf(running.config, ['exporters', destination.exporter.id])?.at;
          return at === undefined
            ? []
            : [{ message: `\`${destination.exporter.id}\` has no \`sending_queue.storage\``, at }];
        }),
      };
    }),
    ...agents(cluster),
  ],
};

function inMemory(destination: Destination): boolean {
  return (
    !staysHere(destination) &&
    destination.exporter.type !== 'load_balancing' &&
    queueStorage(destination.exporter.body) === undefined
  );
}

function agents(cluster: Cluster): readonly Finding[] {
  const told = new Set(
    gatewaysOf(cluster).flatMap(({ senders }) => senders.map(({ destination }) => destination)),
  );
  return cluster.running.flatMap((running) => (isAgent(running) ? ofAgent(running, told) : []));
}

function isAgent({ workload, rendered }: RunningConfig): boolean {
  return workload?.kind === 'DaemonSet' && rendered.resource === undefined;
}

function ofAgent(running: RunningConfig, told: ReadonlySet<Destination>): readonly Finding[] {
  const ids = new Set(
    running
      .destinations()
      .filter(
        (destination) =>
          !told.has(destination) &&
          (destination.exporter.type === 'otlp_grpc' || destination.exporter.type === 'otlp_http') &&
          inMemory(destination) &&
          isAuthored(running, destination.path),
      )
      .map(({ exporter }) => exporter.id),
  );
  const [first] = ids;
  if (first === undefined) return [];
  const more = ids.size > NAMED ? ` and ${ids.size - NAMED} more` : '';
  const one = ids.size === 1;
  return [
    runningFinding(running, {
      rule: persistentQueueRule.id,
      severity: 'notice',
      path: ['exporters', first],
      message: `${codes([...ids].slice(0, NAMED))}${more} ${one ? 'keeps its queue' : 'keep their queues'} in memory: what waits while the backend is away is lost with the pod`,
    }),
  ];
}

/** Exporters that one sentence names. */
const NAMED = 3;
