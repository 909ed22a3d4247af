import type { Json, JsonMap } from '../document/node.ts';

/** What an agent is installed with. All of it is checked by the caller: it ends up in a shell. */
export interface AgentInstallation {
  /** With a leading `v`. */
  readonly version: string;
  /** The OpAMP endpoint. */
  readonly endpoint: string;
  readonly secretKey: string;
  /** `a=b,c=d`, or empty. */
  readonly labels: string;
}

const NAMESPACE = 'bindplane-agent';
/** Where the agent keeps its configs and its id; on the node or a claim, so that a restart is no new agent. */
const STATE = '/etc/otel/config';

const READ: readonly (readonly [string, readonly string[]])[] = [
  [
    '',
    [
      'events',
      'namespaces',
      'namespaces/status',
      'nodes',
      'nodes/proxy',
      'nodes/spec',
      'nodes/stats',
      'pods',
      'pods/status',
      'replicationcontrollers',
      'replicationcontrollers/status',
      'resourcequotas',
      'services',
    ],
  ],
  ['apps', ['daemonsets', 'deployments', 'replicasets', 'statefulsets']],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['batch', ['cronjobs', 'jobs']],
];

/**
 * The objects that run the BindPlane agent in a cluster: one on each node, or one for the cluster (reference/bindplane.md §7 has the
 * names, labels and variables that BindPlane's own manifests use). The enrolment key is in a Secret of its own.
 */
export function kubernetesManifests(
  variant: 'daemonset' | 'deployment',
  family: string,
  image: string,
  installation: AgentInstallation,
): readonly JsonMap[] {
  const component = variant === 'daemonset' ? 'node' : 'cluster';
  const labels = { 'app.kubernetes.io/name': NAMESPACE, 'app.kubernetes.io/component': component };
  const metadata = (name: string): JsonMap => ({ name, namespace: NAMESPACE, labels });
  const role = { name: NAMESPACE, labels };
  const account = { kind: 'ServiceAccount', name: NAMESPACE, namespace: NAMESPACE };
  const workload = `bindplane-${component}-agent`;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(NAMESPACE) },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(workload),
      stringData: { OPAMP_SECRET_KEY: installation.secretKey },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: role,
      rules: READ.map(([group, resources]) => ({
        apiGroups: [group],
        resources,
        verbs: ['get', 'list', 'watch'],
      })),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: role,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAMESPACE },
      subjects: [account],
    },
    service(metadata(workload), labels, {}),
    service(metadata(`${workload}-headless`), labels, { clusterIP: 'None' }),
    {
      apiVersion: 'apps/v1',
      kind: variant === 'daemonset' ? 'DaemonSet' : 'StatefulSet',
      metadata: metadata(workload),
      spec: {
        ...(variant === 'daemonset'
          ? {}
          : { replicas: 1, serviceName: `${workload}-headless`, volumeClaimTemplates: [claim()] }),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: podSpec(variant, family, workload, image, installation),
        },
      },
    },
  ];
}

function service(metadata: JsonMap, selector: JsonMap, more: JsonMap): JsonMap {
  const port = (name: string, number: number, appProtocol: string): JsonMap => ({
    appProtocol,
    name,
    port: number,
    protocol: 'TCP',
    targetPort: number,
  });
  const ports = [port('otlp-grpc', 4317, 'grpc'), port('otlp-http', 4318, 'http')];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ...more, ports, selector, type: 'ClusterIP' },
  };
}

function claim(): JsonMap {
  return {
    metadata: { name: 'config' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } },
  };
}

function environment(
  variant: 'daemonset' | 'deployment',
  family: string,
  workload: string,
  { endpoint, labels }: AgentInstallation,
): readonly Json[] {
  const own = [...(labels === '' ? [] : [labels]), `container-platform=${family}-${variant}`].join(',');
  const field = (name: string, fieldPath: string): JsonMap => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return [
    { name: 'OPAMP_ENDPOINT', value: endpoint },
    {
      name: 'OPAMP_SECRET_KEY',
      valueFrom: { secretKeyRef: { name: workload, key: 'OPAMP_SECRET_KEY' } },
    },
    field('OPAMP_AGENT_NAME', variant === 'daemonset' ? 'spec.nodeName' : 'metadata.name'),
    { name: 'OPAMP_LABELS', value: own },
    field('KUBE_NODE_NAME', 'spec.nodeName'),
    ...['CONFIG', 'MANAGER', 'LOGGING'].map((file) => ({
      name: `${file}_YAML_PATH`,
      value: `${STATE}/${file.toLowerCase()}.yaml`,
    })),
  ];
}

function podSpec(
  variant: 'daemonset' | 'deployment',
  family: string,
  workload: string,
  image: string,
  installation: AgentInstallation,
): JsonMap {
  const logs = ['/run/log/journal', '/var/log', '/var/lib/docker/containers'];
  const host =
    variant === 'daemonset' ? logs.map((path) => ({ path, name: path.slice(1).replaceAll('/', '-') })) : [];
  const state = { name: 'config', mountPath: STATE };
  const volumes: Json[] = [
    ...(variant === 'daemonset'
      ? [{ name: 'config', hostPath: { path: '/var/lib/bindplane-agent', type: 'DirectoryOrCreate' } }]
      : []),
    ...host.map(({ path, name }) => ({ name, hostPath: { path } })),
  ];
  return {
    serviceAccountName: NAMESPACE,
    initContainers: [
      {
        name: 'copy-configs',
        image,
        // A file that is there already holds the agent's id.
        command: ['sh', '-c', `cp -n config.yaml logging.yaml ${STATE}/`],
        securityContext: { runAsUser: 0 },
        volumeMounts: [state],
      },
    ],
    containers: [
      {
        name: 'opentelemetry-collector',
        image,
        imagePullPolicy: 'IfNotPresent',
        // Root reads container logs and writes to the node's folder.
        securityContext: { readOnlyRootFilesystem: true, runAsUser: 0 },
        ports: [
          { containerPort: 4317, name: 'otlpgrpc' },
          { containerPort: 4318, name: 'otlphttp' },
        ],
        resources: { requests: { cpu: '100m', memory: '200Mi' }, limits: { memory: '200Mi' } },
        env: environment(variant, family, workload, installation),
        volumeMounts: [
          state,
          // Offsets and queues of the collector.
          { ...state, mountPath: '/etc/otel/storage', subPath: 'storage' },
          ...host.map(({ path, name }) => ({ name, mountPath: path, readOnly: true })),
        ],
      },
    ],
    ...(volumes.length === 0 ? {} : { volumes }),
  };
}
