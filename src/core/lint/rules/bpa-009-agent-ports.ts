import { isLoopback } from '../../collector/endpoint.ts';
import { listenerWords, takesData } from '../../collector/listeners.ts';
import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import { runningFinding } from '../running-finding.ts';
import { workloadWords } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';

export const agentPortsRule: Rule = {
  id: 'BPA-009',
  severity: 'warning',
  summary: 'A configuration that listens where the agent’s manifest lets nobody in',
  docs: 'A configuration comes from the server, ports and Services from the manifest. When a source is moved to another port, Services and host ports still lead to the old one, and senders get “connection refused” while agent and rollout are healthy. Change both in one pull request.',
  check: (_input, cluster) => cluster.running.flatMap((one) => unreachable(one, cluster)),
};

const USUAL: Readonly<Record<string, number>> = { grpc: 4317, http: 4318 };

function unreachable(one: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload, container, rendered, whole } = one;
  const spec = container?.spec;
  if (!whole || rendered.resource === undefined || workload === undefined || spec === undefined) return [];
  if (workload.pod?.host.some(({ value }) => value === 'hostNetwork') === true) return [];
  const numberOf = (port: number | string): number | undefined =>
    typeof port === 'number' ? port : spec.ports.find(({ name }) => name === port)?.port;
  const ofServices = cluster
    .servicesOf(workload)
    .flatMap(({ ports }) => ports.map(({ targetPort }) => numberOf(targetPort)));
  const ofHost = spec.ports.filter(({ hostPort }) => hostPort !== undefined).map(({ port }) => port);
  const open = new Set([...ofServices, ...ofHost]);
  if (open.size === 0) return [];
  const listeners = one.listeners().filter((listener) => takesData(listener) && !isLoopback(listener.host));
  const missed = listeners.filter(({ port }) => port !== undefined && !open.has(port));
  // A Service may well leave one of the usual ports out (a source opens both); a port that somebody chose is meant to be used.
  const chosen = missed.filter(({ port, part }) => USUAL[part] !== port);
  const told = chosen.length > 0 || missed.length < listeners.length ? chosen : missed;
  return told.map((listener) => {
    const { port, path } = listener;
    const known = [...open].flatMap((number) => number ?? []).sort((a, b) => a - b);
    return runningFinding(
      one,
      {
        rule: agentPortsRule.id,
        severity: 'warning',
        path,
        message: `${listenerWords(listener)} listens on ${port}, and no Service or host port of ${workloadWords(workload)} leads there (only to ${known.join(', ')})`,
      },
      [],
    );
  });
}
