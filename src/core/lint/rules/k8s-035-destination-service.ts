import type { Destination } from '../../collector/destinations.ts';
import { isLoopback, isPublic } from '../../collector/endpoint.ts';
import { closest } from '../../document/closest.ts';
import type { Finding, Fix } from '../../document/finding.ts';
import type { ServiceObject } from '../../kubernetes/services.ts';
import { replaceOnLine, writtenAt } from '../line-edits.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const destinationServiceRule: Rule = {
  id: 'K8S-035',
  severity: 'warning',
  summary: 'An exporter whose address fits no Service, no port or not the protocol',
  docs: 'What goes to a name that does not exist waits in the queue and is lost; the collector says so only in its log. Names are compared with the Services of the files where one of them is nearly the same. 4317 is OTLP over gRPC and 4318 over HTTP. `http://` on a gRPC exporter switches TLS off and is a notice.',
  check: (input, cluster) =>
    cluster.running.flatMap((one) =>
      one.destinations().flatMap((destination) => judge(destination, one, cluster, input)),
    ),
};

function judge(
  destination: Destination,
  running: RunningConfig,
  cluster: Cluster,
  input: LintInput,
): readonly Finding[] {
  const { endpoint, path, exporter } = destination;
  const { host } = endpoint;
  if (host === undefined || !isAuthored(running, path)) return [];
  if (!isLoopback(host) && !isPublic(host)) {
    const namespace = running.workload?.namespace ?? running.rendered.collector?.namespace ?? '';
    const file = (running.workload ?? running.rendered).at?.file ?? '';
    const service = cluster.serviceFor(host, { file, ...(namespace !== '' && { namespace }) });
    const wrong =
      service === undefined
        ? unknown(destination, running, cluster, namespace, input)
        : wrongPort(destination, service, running);
    if (wrong.length > 0) return wrong;
  }
  return [
    ...otherProtocol(destination, running, input),
    ...(exporter.type === 'otlp_grpc' ? scheme(destination, running) : []),
  ];
}

/** A name that no Service has, where a Service of that namespace is called nearly so. */
function unknown(
  destination: Destination,
  running: RunningConfig,
  cluster: Cluster,
  ownNamespace: string,
  input: LintInput,
): readonly Finding[] {
  const { endpoint, path, exporter } = destination;
  const [name = '', named, svc] = (endpoint.host ?? '').split('.');
  const namespace = named ?? ownNamespace;
  if (namespace === '' || (svc !== undefined && svc !== 'svc')) return [];
  const candidates = cluster
    .servicesIn(namespace)
    .filter(({ ports }) => ports.some(({ port }) => port === destination.port));
  const names = candidates.map((service) => service.name);
  // The operator's Service of a resource by that name: OPR-008 tells it.
  if (names.includes(`${name}-collector`)) return [];
  const meant = closest(name, names);
  if (meant === undefined) return [];
  const at = writtenAt(running.config, path);
  const edits = at && replaceOnLine(at, name, meant, input.head.repository.texts);
  const fix: Fix = { title: `send to \`${meant}\``, ...(at && { at }), ...(edits && { edits }) };
  return [
    runningFinding(
      running,
      {
        rule: destinationServiceRule.id,
        severity: 'warning',
        path,
        message: `\`${exporter.id}\` sends to \`${endpoint.host ?? ''}\`, and namespace \`${namespace}\` has no Service \`${name}\`; did you mean \`${meant}\`?`,
        fixes: [fix],
      },
      candidates
        .filter((service) => service.name === meant)
        .map(({ at: place }) => ({ message: `Service ${meant}`, at: place })),
    ),
  ];
}

function wrongPort(
  { port, path, exporter }: Destination,
  service: ServiceObject,
  running: RunningConfig,
): readonly Finding[] {
  const ports = service.ports.map((one) => one.port);
  // Pods behind a headless Service are reached on any port they listen on.
  if (port === undefined || ports.length === 0 || ports.includes(port) || service.headless) return [];
  return [
    runningFinding(
      running,
      {
        rule: destinationServiceRule.id,
        severity: 'warning',
        path,
        message: `\`${exporter.id}\` sends to port ${port} of Service \`${service.name}\`, which has ${ports.join(', ')}`,
      },
      [{ message: `Service ${service.name}`, at: service.at }],
    ),
  ];
}

function otherProtocol(
  destination: Destination,
  running: RunningConfig,
  { head }: LintInput,
): readonly Finding[] {
  const { exporter, port, path, text } = destination;
  const swapped =
    exporter.type === 'otlp_grpc' && port === 4318
      ? { has: 'gRPC', port: 4317, other: 'HTTP' }
      : exporter.type === 'otlp_http' && port === 4317
        ? { has: 'HTTP', port: 4318, other: 'gRPC' }
        : undefined;
  if (swapped === undefined || !text.includes(`:${port ?? ''}`)) return [];
  const at = writtenAt(running.config, path);
  const edits = at && replaceOnLine(at, `:${port ?? ''}`, `:${swapped.port}`, head.repository.texts);
  return [
    runningFinding(running, {
      rule: destinationServiceRule.id,
      severity: 'warning',
      path,
      message: `\`${exporter.id}\` speaks ${swapped.has} to port ${port ?? ''}, which is that of OTLP over ${swapped.other}`,
      fixes: [{ title: `use port ${swapped.port}`, ...(at && { at }), ...(edits && { edits }) }],
    }),
  ];
}

function scheme(
  { endpoint, path, exporter, insecure }: Destination,
  running: RunningConfig,
): readonly Finding[] {
  if (endpoint.scheme !== 'http' || insecure) return [];
  return [
    runningFinding(running, {
      rule: destinationServiceRule.id,
      severity: 'notice',
      path,
      message: `\`http://\` switches off TLS for \`${exporter.id}\`; a gRPC endpoint is \`host:port\`, and \`tls.insecure: true\` says it`,
    }),
  ];
}
