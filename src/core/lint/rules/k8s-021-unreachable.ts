import { isLoopback } from '../../collector/endpoint.ts';
import { listenerWords, takesData } from '../../collector/listeners.ts';
import type { Listener } from '../../collector/listeners.ts';
import type { Finding, Fix, RelatedPlace } from '../../document/finding.ts';
import { replaceOnLine, writtenAt } from '../line-edits.ts';
import { targetsOf } from '../ports.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const unreachableRule: Rule = {
  id: 'K8S-021',
  severity: 'error',
  summary: 'Something that listens on `localhost` and is meant to be reached from outside the pod',
  docs: 'Since collector 0.104 an endpoint that is not written is `localhost`. In a pod that is the pod itself: a Service or a `hostPort` leads to a port that refuses. Write `0.0.0.0:4317`, or `${env:MY_POD_IP}:4317`. For what takes no data, and where only the container declares the port, or a distribution of somebody’s own may have another default, it is a warning.',
  check: (input, cluster) => cluster.running.flatMap((one) => unreachable(one, cluster, input)),
};

const DEBUGGING: ReadonlySet<string> = new Set(['pprof', 'zpages']);

function unreachable(running: RunningConfig, cluster: Cluster, input: LintInput): readonly Finding[] {
  const { workload, container } = running;
  if (workload === undefined || container?.spec === undefined) return [];
  const ports = container.spec.ports;
  const services = cluster.servicesOf(workload);
  return running.listeners().flatMap((listener): readonly Finding[] => {
    const { host, port, written } = listener;
    // What is for debugging stays inside (SEC-005).
    if (port === undefined || !isLoopback(host) || DEBUGGING.has(listener.component.type)) return [];
    const targets = services
      .flatMap((service) => targetsOf(service, workload))
      .filter((target) => target.port === port);
    const declared = ports.find((one) => one.port === port && one.protocol === listener.protocol);
    const related: RelatedPlace[] = [
      ...targets.map(({ service, servicePort }) => ({
        message: `Service ${service.name} leads there`,
        at: servicePort.at,
      })),
      ...(declared === undefined
        ? []
        : [
            {
              message: declared.hostPort === undefined ? 'the container’s port' : 'the node’s port',
              at: declared.at,
            },
          ]),
    ];
    if (related.length === 0) return [];
    const own = written || running.distribution !== 'unknown';
    const certain = own && takesData(listener) && (targets.length > 0 || declared?.hostPort !== undefined);
    const how = written ? 'listens on' : 'listens, without an endpoint of its own, on';
    return [
      runningFinding(
        running,
        {
          rule: unreachableRule.id,
          severity: certain ? 'error' : 'warning',
          path: listener.path,
          message: `${listenerWords(listener)} ${how} \`localhost:${port}\`, where only the pod itself reaches it`,
          fixes: [fixOf(running, listener, input)],
        },
        related,
      ),
    ];
  });
}

function fixOf(
  { config }: RunningConfig,
  { path, host, port, written, component }: Listener,
  { head }: LintInput,
): Fix {
  const title =
    component.class === 'service'
      ? `add a pull reader with host \`0.0.0.0\` and port ${port ?? ''}`
      : `listen on \`0.0.0.0:${port ?? ''}\``;
  const at = written ? writtenAt(config, path) : undefined;
  const edits =
    at && replaceOnLine(at, `${host ?? ''}:${port ?? ''}`, `0.0.0.0:${port ?? ''}`, head.repository.texts);
  return { title, ...(at && { at }), ...(edits && { edits }) };
}
