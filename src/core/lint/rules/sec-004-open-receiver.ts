import { isLoopback } from '../../collector/endpoint.ts';
import { listenerWords, takesData } from '../../collector/listeners.ts';
import type { Listener } from '../../collector/listeners.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import type { ServiceObject } from '../../kubernetes/services.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { mapAt } from '../config-finding.ts';
import { targetsOf } from '../ports.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const openReceiverRule: Rule = {
  id: 'SEC-004',
  severity: 'warning',
  summary: 'A receiver that others than the cluster reach, without TLS and without authentication',
  docs: 'Behind a LoadBalancer, a NodePort or an Ingress anybody can send: false data, a bill, a full disk. Give the receiver `tls` or `auth`, or keep the Service inside the cluster. A port of the node (`hostPort`, `hostNetwork`) is open to its network only and a notice. An Ingress or balancer may do both in front; then say so with a suppression.',
  check: (input, cluster) => cluster.running.flatMap((one) => open(one, cluster, input)),
};

function open(running: RunningConfig, cluster: Cluster, input: LintInput): readonly Finding[] {
  const { workload } = running;
  if (workload === undefined) return [];
  const opened = running.listeners().flatMap((listener) => {
    const asked =
      takesData(listener) &&
      !isLoopback(listener.host) &&
      !isGuarded(running, listener) &&
      isAuthored(running, listener.path);
    const door = asked ? doorOf(listener, running, workload, cluster, input) : undefined;
    return door === undefined ? [] : [{ listener, door }];
  });
  return [...Map.groupBy(opened, ({ door }) => door.kind).values()].flatMap((all): readonly Finding[] => {
    const [first] = all;
    if (first === undefined) return [];
    const { door, listener } = first;
    return [
      runningFinding(
        running,
        {
          rule: openReceiverRule.id,
          severity: door.outside ? 'warning' : 'notice',
          path: listener.path,
          message: `${all.map((one) => listenerWords(one.listener)).join(', ')}: without \`tls\` and \`auth\`, and open by ${door.kind}`,
        },
        all.map((one) => ({ message: one.door.words, at: one.door.at })),
      ),
    ];
  });
}

function isGuarded({ config }: RunningConfig, { path }: Listener): boolean {
  const server = mapAt(config.tree, ...path.slice(0, -1));
  return server['tls'] !== undefined || server['auth'] !== undefined;
}

interface Door {
  readonly kind: string;
  readonly words: string;
  readonly at: SourceRange;
  readonly outside: boolean;
}

function doorOf(
  { port }: Listener,
  { container, rendered }: RunningConfig,
  workload: Workload,
  cluster: Cluster,
  { head }: LintInput,
): Door | undefined {
  if (port === undefined) return undefined;
  const services = cluster
    .servicesOf(workload)
    .filter((service) => targetsOf(service, workload).some((target) => target.port === port));
  const wide = services.find((service) => isWide(service));
  if (wide !== undefined) {
    return {
      kind: `Service ${wide.name} (${wide.type ?? ''})`,
      words: `Service ${wide.name}`,
      at: wide.at,
      outside: true,
    };
  }
  const { ingresses } = head.repository.manifests;
  const ingress = ingresses.find(
    ({ namespace, services: names }) =>
      namespace === workload.namespace && services.some(({ name }) => names.includes(name)),
  );
  if (ingress !== undefined) {
    const words = `Ingress ${ingress.name}`;
    return { kind: words, words, at: ingress.at, outside: true };
  }
  const host = container?.spec?.ports.find(
    (one) => one.port === port && one.hostPort !== undefined,
  )?.hostPort;
  // A chart asks for host ports by itself; only those that the values write are somebody's wish.
  const own = workload.made === undefined || host?.at !== rendered.collector?.at;
  if (host !== undefined && own) {
    return { kind: 'hostPort', words: `hostPort ${host.value}`, at: host.at, outside: false };
  }
  const network = workload.pod?.host.find(({ value }) => value === 'hostNetwork');
  return network && { kind: 'hostNetwork', words: 'hostNetwork', at: network.at, outside: false };
}

/** A LoadBalancer within the company's network says so by an annotation (AWS, Azure, Google). */
function isWide({ type, annotations }: ServiceObject): boolean {
  const inside = Object.entries(annotations ?? {}).some(
    ([key, value]) => /internal|scheme|load-balancer-type/i.test(key) && /^(?:true|internal)$/i.test(value),
  );
  return (type === 'LoadBalancer' && !inside) || type === 'NodePort';
}
