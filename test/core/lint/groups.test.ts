import { describe, expect, it } from 'vitest';
import { lint } from '../../../src/core/lint/lint.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { repositoryView } from '../../support/repository.ts';

/** Several rules' findings about one thing are told as one, and each can still be silenced by itself. */
const catalogue = builtInCatalogue();

const gateway = (spec: string, replicas = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: gateway
spec:
${replicas}  replicas: 1
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
        - name: collector
          image: otel/opentelemetry-collector-contrib:0.158.0
          args: ['--config=yaml:{receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}}, exporters: {otlp_http: {endpoint: "https://otlp.example.com"}}, processors: {memory_limiter: {check_interval: 1s, limit_mib: 800}, batch: {}}, service: {pipelines: {traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_http]}}}}']
          env: [{name: GOMEMLIMIT, value: 819MiB}]
          resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}
          readinessProbe: {tcpSocket: {port: 4317}}
${spec}---
apiVersion: v1
kind: Service
metadata: {name: gateway}
spec:
  clusterIP: None
  selector: {app: gateway}
  ports: [{port: 4317}]
`;

function readiness(text: string): readonly string[] {
  return lint({ head: repositoryView({ 'gateway.yaml': text }), catalogue })
    .filter(({ rule }) => /^K8S-00[1-9]$/.test(rule))
    .map(
      ({ rule, severity, message, points }) =>
        `${severity} ${rule} ${message}${points === undefined ? '' : ` [${points.map((point) => point.rule).join(' ')}]`}`,
    );
}

const SPREAD =
  '      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: gateway}}}]\n';

describe('what a gateway lacks', () => {
  it('is one finding with all its points', () => {
    expect(readiness(gateway(''))).toEqual([
      'warning K8S-001 Deployment gateway receives from others and is not ready to lose a pod: 1 replica (K8S-001), no spread over nodes (K8S-002), no HorizontalPodAutoscaler (K8S-006), no PodDisruptionBudget (K8S-008) [K8S-001 K8S-002 K8S-006 K8S-008]',
    ]);
  });

  it('leaves out the point that a comment silences', () => {
    const silenced = gateway(SPREAD, '  # collie-ignore: K8S-001 one is enough for tests\n');
    expect(readiness(silenced)).toEqual([
      'warning K8S-008 Deployment gateway receives from others and is not ready to lose a pod: no HorizontalPodAutoscaler (K8S-006), no PodDisruptionBudget (K8S-008) [K8S-006 K8S-008]',
    ]);
  });
});
