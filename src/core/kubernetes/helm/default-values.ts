import { isAtLeast } from '../../collector/version.ts';
import type { JsonMap } from '../../document/node.ts';

const SELF = '${env:MY_POD_IP}';

/**
 * The defaults of the collector chart that decide what is rendered, at a chart version: facts of its `values.yaml` (chart tags
 * opentelemetry-collector-0.98.0 to 0.170.0). Values that only decorate objects (annotations, probes, volumes) are left out.
 */
export function defaultValues(version: string): JsonMap {
  return {
    nameOverride: '',
    fullnameOverride: '',
    namespaceOverride: '',
    mode: '',
    presets: defaultPresets(version),
    configMap: { create: true, existingName: '' },
    ...(isAtLeast(version, '0.118.0') && { internalTelemetryViaOTLP: internalTelemetry() }),
    ...(isAtLeast(version, '0.162.0')
      ? { rewriteDeprecatedComponentNames: true }
      : isAtLeast(version, '0.160.0') && { rewriteDeprecatedProcessorNames: true }),
    config: defaultConfig(version),
    ...(isAtLeast(version, '0.104.0') && { alternateConfig: {} }),
    image: { repository: '', pullPolicy: 'IfNotPresent', tag: '', digest: '' },
    command: { name: '', extraArgs: [] },
    serviceAccount: { create: true, name: '' },
    clusterRole: { create: false, name: '', rules: [], clusterRoleBinding: { name: '' } },
    podSecurityContext: {},
    securityContext: {},
    extraEnvs: [],
    extraEnvsFrom: [],
    ports: defaultPorts(),
    useGOMEMLIMIT: true,
    resources: {},
    hostNetwork: false,
    dnsPolicy: '',
    dnsConfig: {},
    replicaCount: 1,
    service: { type: 'ClusterIP', annotations: {} },
    ingress: { enabled: false, additionalIngresses: [] },
    podDisruptionBudget: { enabled: false },
    autoscaling: { enabled: false, minReplicas: 1, maxReplicas: 10 },
  };
}

function defaultPresets(version: string): JsonMap {
  const off = { enabled: false };
  const k8sEvents = isAtLeast(version, '0.170.0') ? { useK8sEventsReceiver: false } : {};
  return {
    logsCollection: {
      ...off,
      includeCollectorLogs: false,
      storeCheckpoints: false,
      maxRecombineLogSize: 102_400,
    },
    hostMetrics: off,
    kubernetesAttributes: { ...off, extractAllPodLabels: false, extractAllPodAnnotations: false },
    kubeletMetrics: off,
    kubernetesEvents: { ...off, ...k8sEvents },
    clusterMetrics: off,
    ...(isAtLeast(version, '0.136.0') && { annotationDiscovery: { logs: off, metrics: off } }),
    ...(isAtLeast(version, '0.152.1') && { profiling: off }),
    ...(isAtLeast(version, '0.155.0') && { resourceDetection: defaultDetection(version) }),
    ...(isAtLeast(version, '0.156.2') && { kubernetesObjects: defaultObjects(version) }),
  };
}

function defaultDetection(version: string): JsonMap {
  const on = { enabled: true };
  const off = { enabled: false };
  const node = isAtLeast(version, '0.159.2') ? { k8s_api: on } : { k8snode: on };
  return { enabled: false, env: on, ...node, eks: off, aks: off, gcp: off };
}

function defaultObjects(version: string): JsonMap {
  const on = { enabled: true };
  return {
    enabled: false,
    watch: false,
    core: on,
    rbac: on,
    storage: on,
    networking: on,
    autoscaling: { ...on, vpa: { enabled: false } },
    policy: on,
    apiExtensions: on,
    ...(isAtLeast(version, '0.170.0') && { events: { enabled: false } }),
  };
}

function internalTelemetry(): JsonMap {
  const signal = { enabled: false, endpoint: '', headers: [] };
  return { endpoint: '', headers: [], traces: signal, metrics: signal, logs: signal };
}

function defaultPorts(): JsonMap {
  const port = (number: number, protocol: string = 'TCP'): JsonMap => ({
    enabled: true,
    containerPort: number,
    servicePort: number,
    hostPort: number,
    protocol,
  });
  return {
    otlp: { ...port(4317), appProtocol: 'grpc' },
    'otlp-http': port(4318),
    'jaeger-compact': port(6831, 'UDP'),
    'jaeger-thrift': port(14_268),
    'jaeger-grpc': port(14_250),
    zipkin: port(9411),
    metrics: { enabled: false, containerPort: 8888, servicePort: 8888, protocol: 'TCP' },
  };
}

/** Limits of the memory limiter: a default of the values since 0.100.0, put in by a template before. */
export const MEMORY_LIMITER = {
  check_interval: '5s',
  limit_percentage: 80,
  spike_limit_percentage: 25,
} as const;

function defaultConfig(version: string): JsonMap {
  const pipeline = (...receivers: readonly string[]): JsonMap => ({
    exporters: ['debug'],
    processors: ['memory_limiter', 'batch'],
    receivers,
  });
  return {
    exporters: { debug: {} },
    extensions: { health_check: { endpoint: `${SELF}:13133` } },
    processors: {
      batch: {},
      memory_limiter: isAtLeast(version, '0.100.0') ? MEMORY_LIMITER : null,
    },
    receivers: {
      jaeger: {
        protocols: {
          grpc: { endpoint: `${SELF}:14250` },
          thrift_http: { endpoint: `${SELF}:14268` },
          thrift_compact: { endpoint: `${SELF}:6831` },
        },
      },
      otlp: {
        protocols: { grpc: { endpoint: `${SELF}:4317` }, http: { endpoint: `${SELF}:4318` } },
      },
      prometheus: {
        config: {
          scrape_configs: [
            {
              job_name: 'opentelemetry-collector',
              scrape_interval: '10s',
              static_configs: [{ targets: [`${SELF}:8888`] }],
            },
          ],
        },
      },
      zipkin: { endpoint: `${SELF}:9411` },
    },
    service: {
      telemetry: defaultTelemetry(version),
      extensions: ['health_check'],
      pipelines: {
        logs: pipeline('otlp'),
        metrics: pipeline('otlp', 'prometheus'),
        traces: pipeline('otlp', 'jaeger', 'zipkin'),
      },
    },
  };
}

function defaultTelemetry(version: string): JsonMap {
  const metrics = isAtLeast(version, '0.121.0')
    ? { readers: [{ pull: { exporter: { prometheus: { host: SELF, port: 8888 } } } }] }
    : { address: `${SELF}:8888` };
  if (!isAtLeast(version, '0.147.1')) return { metrics };
  const resource = {
    'k8s.namespace.name': '${env:OTEL_K8S_NAMESPACE}',
    'k8s.node.name': '${env:OTEL_K8S_NODE_NAME}',
    'k8s.node.ip': '${env:OTEL_K8S_NODE_IP}',
    'k8s.pod.name': '${env:OTEL_K8S_POD_NAME}',
    'k8s.pod.ip': '${env:OTEL_K8S_POD_IP}',
    'host.name': '${env:OTEL_K8S_NODE_NAME}',
  };
  return { resource, metrics };
}
