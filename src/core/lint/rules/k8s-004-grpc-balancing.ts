import { provenanceOf } from '../../collector/provenance.ts';
import { readinessFindings } from '../readiness.ts';
import type { Lack } from '../readiness.ts';
import type { Gateway } from '../gateways.ts';
import type { RelatedPlace } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const grpcBalancingRule: Rule = {
  id: 'K8S-004',
  severity: 'warning',
  summary: 'gRPC through a Service that balances connections, not calls',
  docs: 'A gRPC client keeps one connection, and a Service with a cluster address gives it to one pod for as long as it lasts: new pods get nothing, old ones everything. Use a headless Service with `dns:///` and `balancer_name: round_robin` at the senders, the `load_balancing` exporter, or a mesh. `max_connection_age` at the receiver softens it only.',
  check: (_input, cluster) => readinessFindings(grpcBalancingRule.id, cluster, pinned),
};

const MESH = /linkerd\.io\/inject|sidecar\.istio\.io\/inject|cilium\.io\/.*lb/;

function pinned({ workload, listeners, services, senders, running, onePod }: Gateway): Lack | undefined {
  const grpc = listeners.some(({ component, part }) => component.type === 'otlp' && part === 'grpc');
  const { pod } = workload;
  if (onePod || (!grpc && running.some(({ whole }) => whole))) return undefined;
  const annotations = Object.keys({ ...pod?.annotations, ...pod?.labels });
  if (annotations.some((name) => MESH.test(name))) return undefined;
  // Whatever a client does with several addresses, behind a cluster address there is one (PIP-008 tells it of `load_balancing`).
  const through = senders.filter(
    ({ destination, service }) =>
      destination.protocol === 'grpc' && destination.exporter.type !== 'load_balancing' && !service.headless,
  );
  const unknown = senders.length === 0 && services.length > 0 && services.every(({ headless }) => !headless);
  if (through.length === 0 && (!unknown || pod === undefined)) return undefined;
  const [service] = through.length > 0 ? through.map((sender) => sender.service) : services;
  const related = new Map<string, RelatedPlace>();
  for (const { running: sender, destination } of through) {
    const place = provenanceOf(sender.config, destination.path)?.at;
    if (place !== undefined) {
      related.set(`${place.file} ${place.line}`, {
        message: `\`${destination.exporter.id}\` sends through it`,
        at: place,
      });
    }
  }
  return {
    said: `gRPC through Service \`${service?.name ?? ''}\`, which keeps each sender with one pod`,
    message: `${workloadWords(workload)} takes gRPC through Service \`${service?.name ?? ''}\`, which is not headless: each sender stays with one pod`,
    ...(service && { at: service.at }),
    related: [...related.values()],
  };
}
