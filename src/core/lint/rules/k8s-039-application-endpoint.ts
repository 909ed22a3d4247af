import { isLoopback, parseEndpoint } from '../../collector/endpoint.ts';
import type { Finding, RelatedPlace } from '../../document/finding.ts';
import type { Container, Placed, Workload } from '../../kubernetes/workload.ts';
import { variableOf } from '../agents.ts';
import { workloadId } from '../collector-workloads.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const applicationEndpointRule: Rule = {
  id: 'K8S-039',
  severity: 'warning',
  summary: 'An application whose OTLP endpoint leads to nothing, or to the other protocol',
  docs: 'SDKs drop what they cannot send, and say so in a log that nobody reads. `localhost` is the pod itself, not its node: without a collector beside the application nothing listens there; take the node’s address (`fieldRef: status.hostIP`) or a Service. 4317 is OTLP over gRPC and 4318 over HTTP (`OTEL_EXPORTER_OTLP_PROTOCOL` `grpc`, `http/protobuf`, `http/json`). Names are compared with the Services of the files.',
  check: (input, cluster) => {
    const collectors = new Set(cluster.workloads.map(workloadId));
    return input.head.repository.manifests.workloads
      .filter((workload) => !collectors.has(workloadId(workload)))
      .flatMap((workload) =>
        workload.containers.flatMap((container) => ofContainer(container, workload, cluster, input)),
      );
  },
};

const SIGNALS = ['', '_TRACES', '_METRICS', '_LOGS'];
/** What the ports of OTLP speak (specification “OTLP”). */
const PORTS: Readonly<Record<number, 'grpc' | 'http'>> = { 4317: 'grpc', 4318: 'http' };

function ofContainer(
  container: Container,
  workload: Workload,
  cluster: Cluster,
  input: LintInput,
): readonly Finding[] {
  return SIGNALS.flatMap((signal): readonly Finding[] => {
    const name = `OTEL_EXPORTER_OTLP${signal}_ENDPOINT`;
    const value = variableOf(container, name)?.value;
    if (value === undefined || value.value.includes('$(')) return [];
    const protocol =
      variableOf(container, `OTEL_EXPORTER_OTLP${signal}_PROTOCOL`)?.value ??
      variableOf(container, 'OTEL_EXPORTER_OTLP_PROTOCOL')?.value;
    const why = mistake(value, protocol, workload, cluster, input);
    if (why === undefined) return [];
    return [
      {
        rule: applicationEndpointRule.id,
        severity: 'warning',
        message: `${name} of ${workloadWords(workload)} is \`${value.value}\`: ${why.words}`,
        at: value.at,
        ...(why.related && { related: [why.related] }),
      },
    ];
  });
}

interface Mistake {
  readonly words: string;
  readonly related?: RelatedPlace;
}

function mistake(
  endpoint: Placed<string>,
  protocol: Placed<string> | undefined,
  workload: Workload,
  cluster: Cluster,
  input: LintInput,
): Mistake | undefined {
  const { host, port } = parseEndpoint(endpoint.value);
  if (host === undefined || host === '') return undefined;
  if (isLoopback(host)) {
    return mayHaveCompany(workload, input)
      ? undefined
      : { words: 'that is the pod itself, and no collector runs in it' };
  }
  const spoken = protocol?.value.replace(/\/.*$/, '');
  const expected = port === undefined ? undefined : PORTS[port];
  if (protocol !== undefined && expected !== undefined && spoken !== expected) {
    return {
      words: `port ${port ?? ''} takes OTLP over ${expected === 'grpc' ? 'gRPC' : 'HTTP'}, and the protocol is \`${protocol.value}\``,
      related: { message: 'the protocol', at: protocol.at },
    };
  }
  const service = cluster.serviceFor(host, { namespace: workload.namespace, file: workload.at.file });
  if (service === undefined || service.headless || port === undefined || service.ports.length === 0) {
    return undefined;
  }
  return service.ports.some((one) => one.port === port)
    ? undefined
    : {
        words: `Service \`${service.name}\` has no port ${port}, only ${service.ports.map((one) => String(one.port)).join(', ')}`,
        related: { message: `Service ${service.name}`, at: service.at },
      };
}

/** Whether something else may listen in the pod: another container, the node’s network, a sidecar that the operator or a mesh puts in. */
function mayHaveCompany({ containers, pod, namespace }: Workload, { head }: LintInput): boolean {
  if (pod === undefined || containers.filter(({ init }) => !init).length > 1) return true;
  const shared = pod.host.some(({ value }) => value === 'hostNetwork');
  if (shared || containers.some(({ init }) => init)) return true;
  const annotations = Object.keys(pod.annotations);
  if (annotations.some((key) => /^sidecar\.|inject/.test(key))) return true;
  // The annotation may stand on the namespace, which the files need not have.
  return [...head.repository.collectors.values()].some(
    ({ collector }) => collector.mode === 'sidecar' && collector.namespace === namespace,
  );
}
