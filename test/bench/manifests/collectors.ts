import {
  account,
  autoscaler,
  configMap,
  disruptionBudget,
  indented,
  networkPolicy,
  object,
  service,
  workload,
} from './objects.ts';

function gatewayConfig(team: string): string {
  return `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:4317
      http:
        endpoint: 0.0.0.0:4318
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 20
  k8sattributes:
    extract:
      metadata: [k8s.namespace.name, k8s.pod.name, k8s.node.name]
  resource/team:
    attributes:
      - key: team
        value: ${team}
        action: upsert
  filter/health:
    error_mode: ignore
    traces:
      span:
        - attributes["http.target"] == "/healthz"
  batch:
    send_batch_size: 8192
    timeout: 2s
exporters:
  otlp/backend:
    endpoint: otlp.backend.example:4317
    headers:
      authorization: Bearer \${env:BACKEND_TOKEN}
    retry_on_failure:
      enabled: true
    sending_queue:
      queue_size: 5000
  debug:
    verbosity: basic
extensions:
  health_check:
    endpoint: 0.0.0.0:13133
service:
  extensions: [health_check]
  telemetry:
    metrics:
      readers:
        - pull:
            exporter:
              prometheus:
                host: 0.0.0.0
                port: 8888
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, k8sattributes, resource/team, filter/health, batch]
      exporters: [otlp/backend]
    metrics:
      receivers: [otlp]
      processors: [memory_limiter, k8sattributes, resource/team, batch]
      exporters: [otlp/backend]
    logs:
      receivers: [otlp]
      processors: [memory_limiter, k8sattributes, resource/team, batch]
      exporters: [otlp/backend, debug]
`;
}

const COLLECTOR_CONTAINER = `          args:
            - --config=/conf/collector.yaml
          env:
            - name: GOMEMLIMIT
              value: 410MiB
            - name: K8S_NODE_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            - name: BACKEND_TOKEN
              valueFrom:
                secretKeyRef:
                  name: backend
                  key: token
          livenessProbe:
            httpGet:
              path: /
              port: 13133
          readinessProbe:
            httpGet:
              path: /
              port: 13133
          volumeMounts:
            - name: config
              mountPath: /conf
              readOnly: true
`;

export function gateway(team: string): readonly string[] {
  const ports = { 'otlp-grpc': 4317, 'otlp-http': 4318, health: 13133, metrics: 8888 };
  return [
    configMap('otel-gateway', team, 'collector.yaml', gatewayConfig(team)),
    workload('otel-gateway', team, {
      kind: 'Deployment',
      image: 'otel/opentelemetry-collector-contrib:0.139.0',
      ports,
      container: COLLECTOR_CONTAINER,
      volumes:
        '      volumes:\n        - name: config\n          configMap:\n            name: otel-gateway\n',
    }),
    service('otel-gateway', team, { 'otlp-grpc': 4317, 'otlp-http': 4318 }),
    disruptionBudget('otel-gateway', team),
    autoscaler('otel-gateway', team),
    account('otel-gateway', team),
  ];
}

function agentConfig(team: string): string {
  return `receivers:
  kubeletstats:
    auth_type: serviceAccount
    endpoint: https://\${env:K8S_NODE_NAME}:10250
    collection_interval: 30s
    metric_groups: [node, pod, container]
  filelog:
    include: [/var/log/pods/*/*/*.log]
    exclude: [/var/log/pods/${team}_otel-agent*/*/*.log]
    include_file_path: true
    start_at: end
    operators:
      - type: container
        id: container-parser
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:4317
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 20
  resourcedetection:
    detectors: [env, system]
    timeout: 5s
  batch:
    timeout: 5s
exporters:
  otlp:
    endpoint: otel-gateway.${team}.svc.cluster.local:4317
    tls:
      insecure: true
extensions:
  health_check:
    endpoint: 0.0.0.0:13133
service:
  extensions: [health_check]
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, resourcedetection, batch]
      exporters: [otlp]
    metrics:
      receivers: [kubeletstats]
      processors: [memory_limiter, resourcedetection, batch]
      exporters: [otlp]
    logs:
      receivers: [filelog]
      processors: [memory_limiter, resourcedetection, batch]
      exporters: [otlp]
`;
}

export function nodeAgents(team: string): readonly string[] {
  const role = `${team}-otel-agent`;
  return [
    configMap('otel-agent', team, 'collector.yaml', agentConfig(team)),
    workload('otel-agent', team, {
      kind: 'DaemonSet',
      image: 'otel/opentelemetry-collector-contrib:0.139.0',
      ports: { 'otlp-grpc': 4317, health: 13133 },
      container: `${COLLECTOR_CONTAINER}            - name: pods\n              mountPath: /var/log/pods\n              readOnly: true\n`,
      volumes: `      volumes:
        - name: config
          configMap:
            name: otel-agent
        - name: pods
          hostPath:
            path: /var/log/pods
`,
    }),
    account('otel-agent', team),
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${role}
rules:
  - apiGroups: [""]
    resources: [nodes/stats, nodes, pods, namespaces]
    verbs: [get, list, watch]
  - apiGroups: [apps]
    resources: [replicasets]
    verbs: [get, list, watch]
`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${role}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${role}
subjects:
  - kind: ServiceAccount
    name: otel-agent
    namespace: ${team}
`,
    networkPolicy('otel-agent', team, 4317),
  ];
}

export function customResources(team: string): readonly string[] {
  const instrumentation = (name: string, port: number, language: string): string =>
    object(
      'opentelemetry.io/v1alpha1',
      'Instrumentation',
      name,
      team,
      `spec:
  exporter:
    endpoint: http://${team}-collector.${team}.svc.cluster.local:${port}
  propagators: [tracecontext, baggage]
  sampler:
    type: parentbased_traceidratio
    argument: "0.25"
  ${language}:
    env:
      - name: OTEL_EXPORTER_OTLP_PROTOCOL
        value: ${port === 4317 ? 'grpc' : 'http/protobuf'}
`,
    );
  return [
    object(
      'opentelemetry.io/v1beta1',
      'OpenTelemetryCollector',
      team,
      team,
      `spec:
  mode: deployment
  image: otel/opentelemetry-collector-contrib:0.139.0
  replicas: 2
  resources:
    requests:
      cpu: 200m
      memory: 512Mi
    limits:
      memory: 512Mi
  env:
    - name: GOMEMLIMIT
      value: 410MiB
    - name: BACKEND_TOKEN
      valueFrom:
        secretKeyRef:
          name: backend
          key: token
  config:
${indented(gatewayConfig(team), 4)}`,
    ),
    instrumentation('java', 4317, 'java'),
    instrumentation('python', 4318, 'python'),
    instrumentation('nodejs', 4317, 'nodejs'),
    disruptionBudget(`${team}-collector`, team),
    networkPolicy(`${team}-collector`, team, 4317),
  ];
}

export function helmValues(team: string): readonly string[] {
  return [
    `mode: deployment
fullnameOverride: ${team}-edge
image:
  repository: otel/opentelemetry-collector-contrib
  tag: 0.139.0
replicaCount: 3
resources:
  requests:
    cpu: 250m
    memory: 512Mi
  limits:
    memory: 512Mi
presets:
  kubernetesAttributes:
    enabled: true
podDisruptionBudget:
  enabled: true
  maxUnavailable: 1
ports:
  jaeger-compact:
    enabled: false
  jaeger-thrift:
    enabled: false
  jaeger-grpc:
    enabled: false
  zipkin:
    enabled: false
extraEnvs:
  - name: BACKEND_TOKEN
    valueFrom:
      secretKeyRef:
        name: backend
        key: token
config:
${indented(gatewayConfig(team), 2)}`,
  ];
}
