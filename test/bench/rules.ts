import { parseArgs } from 'node:util';
import { clusterOf } from '../../src/core/lint/cluster.ts';
import { RULES } from '../../src/core/lint/index.ts';
import type { LintInput } from '../../src/core/lint/rule.ts';
import { builtInCatalogue } from '../support/catalogue.ts';
import { repositoryView } from '../support/repository.ts';

/**
 * How each lint rule grows with the number of alike objects that share names and labels.
 *
 *   node test/bench/rules.ts [--few 200] [--many 1600] [--slack 2]
 *
 * Prints the rules that take more than `slack` times what a linear rule would; what takes less than 20 ms for many is left out.
 */
type Objects = (index: number) => readonly unknown[];

const CONFIG = `receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_mib: 400}, batch: {}, filter: {traces: {span: ['name == "x"']}}}
exporters: {otlp: {endpoint: "gateway.obs:4317", tls: {insecure: true}}, debug: {}}
extensions: {health_check: {}}
service:
  extensions: [health_check]
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, filter, batch], exporters: [otlp, debug]}
    logs: {receivers: [otlp], processors: [batch], exporters: [otlp]}
`;

const labels = { app: 'gateway' };

function meta(name: string): object {
  return { name, namespace: 'obs', labels };
}

function pod(config: string): object {
  const container = {
    name: 'collector',
    image: 'otel/opentelemetry-collector-contrib:0.139.0',
    args: ['--config=/conf/config.yaml'],
    ports: [{ containerPort: 4317 }],
    env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'token', key: 'value' } } }],
    volumeMounts: [{ name: 'config', mountPath: '/conf' }],
  };
  return {
    metadata: { labels },
    spec: {
      serviceAccountName: 'collector',
      containers: [container],
      volumes: [{ name: 'config', configMap: { name: config } }],
    },
  };
}

function workload(kind: string, name: string, config: string): object {
  const spec = { replicas: 2, selector: { matchLabels: labels }, template: pod(config) };
  return { apiVersion: 'apps/v1', kind, metadata: meta(name), spec };
}

/** Kinds of objects, each alone and in company: same labels everywhere, names shared by none, some or all. */
const KINDS: Readonly<Record<string, Objects>> = {
  'configs of their own': (index) => [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta(`config-${index}`),
      data: { 'config.yaml': CONFIG },
    },
    workload('Deployment', `gateway-${index}`, `config-${index}`),
  ],
  'one config': (index) => [
    ...(index === 0
      ? [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('config'), data: { 'config.yaml': CONFIG } }]
      : []),
    workload('DaemonSet', `agent-${index}`, 'config'),
  ],
  'objects around them': (index) => [
    ...(index % 4 === 0
      ? [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: meta(`c-${index}`),
            data: { 'config.yaml': CONFIG },
          },
          workload('Deployment', `gateway-${index}`, `c-${index}`),
        ]
      : []),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta(index % 2 === 0 ? 'gateway' : `gateway-${index}`),
      spec: { selector: labels, ports: [{ port: 4317 }] },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: meta(`scaler-${index}`),
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: `gateway-${index}` },
        minReplicas: 1,
        maxReplicas: 3,
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta(`budget-${index}`),
      spec: { selector: { matchLabels: labels }, minAvailable: 1 },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: meta(`policy-${index}`),
      spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: meta(index % 2 === 0 ? 'collector' : `account-${index}`),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `role-${index}` },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `binding-${index}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `role-${index}` },
      subjects: [{ kind: 'ServiceAccount', name: 'collector', namespace: 'obs' }],
    },
  ],
  'instrumented workloads': (index) => [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta(`shop-${index}`),
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { 'instrumentation.opentelemetry.io/inject-java': 'true' } },
          spec: { containers: [{ name: 'shop', image: 'shop:1' }] },
        },
      },
    },
    {
      apiVersion: 'opentelemetry.io/v1alpha1',
      kind: 'Instrumentation',
      metadata: meta(`instrumentation-${index}`),
      spec: { exporter: { endpoint: 'http://gateway.obs:4317' } },
    },
    {
      apiVersion: 'opentelemetry.io/v1beta1',
      kind: 'OpenTelemetryCollector',
      metadata: meta(`collector-${index}`),
      spec: {
        mode: 'deployment',
        config: { receivers: { otlp: {} }, exporters: { debug: {} }, service: {} },
      },
    },
  ],
  'the same names everywhere': () => [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('gateway'), data: { 'config.yaml': CONFIG } },
    workload('Deployment', 'gateway', 'gateway'),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('gateway'),
      spec: { selector: labels, ports: [{ port: 4317 }] },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: meta('gateway'),
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'gateway' }, minReplicas: 1, maxReplicas: 3 },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta('gateway'),
      spec: { selector: { matchLabels: labels }, minAvailable: 1 },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('collector') },
  ],
  'agents of a server': (index) => [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta(`agent-${index}`),
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'agent',
                image: 'ghcr.io/observiq/bindplane-agent:1.80.1',
                env: [
                  { name: 'OPAMP_ENDPOINT', value: 'wss://server.example/v1/opamp' },
                  { name: 'OPAMP_LABELS', value: `configuration=edge-${index}` },
                ],
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Source',
      metadata: { name: `edge-${index}` },
      spec: { type: 'otlp', parameters: [{ name: 'grpc_port', value: 4317 }] },
    },
    {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: `edge-${index}` },
      spec: {
        sources: [{ name: `edge-${index}` }],
        selector: { matchLabels: { configuration: `edge-${index}` } },
      },
    },
  ],
  'BindPlane resources': (index) => [
    {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Source',
      metadata: { name: `otlp-${index}` },
      spec: { type: 'otlp', parameters: [{ name: 'grpc_port', value: 4317 }] },
    },
    {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Destination',
      metadata: { name: `backend-${index}` },
      spec: { type: 'otlp_grpc', parameters: [{ name: 'hostname', value: 'backend' }] },
    },
    {
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: `team-${index}` },
      spec: {
        contentType: 'text/yaml',
        sources: [{ name: `otlp-${index}` }],
        destinations: [{ name: `backend-${index}` }],
        selector: { matchLabels: { configuration: 'team' } },
      },
    },
  ],
};

/** Milliseconds of this thread: neighbours on the machine disturb them less than a clock's. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of each rule over `count` alike objects, the better of two runs; `*` is what all rules share. */
function timesOf(objects: Objects, count: number, apart: boolean): ReadonlyMap<string, number> {
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      apart ? `folder-${index}/objects.yaml` : `objects-${index}.yaml`,
      objects(index)
        .map((document) => JSON.stringify(document))
        .join('\n---\n'),
    ]),
  );
  const best = new Map<string, number>();
  for (let run = 0; run < 2; run++) {
    const input: LintInput = { head: repositoryView(files), catalogue: builtInCatalogue() };
    const cluster = clusterOf(input);
    const timed = (name: string, work: () => unknown): void => {
      const start = cpuMs();
      work();
      best.set(name, Math.min(best.get(name) ?? Infinity, cpuMs() - start));
    };
    timed('*', () => cluster.running.map(({ listeners, destinations }) => [listeners(), destinations()]));
    for (const rule of RULES) timed(rule.id, () => rule.check(input, cluster));
  }
  return best;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      few: { type: 'string', default: '200' },
      many: { type: 'string', default: '1600' },
      slack: { type: 'string', default: '2' },
    },
  });
  const growth = Number(values.many) / Number(values.few);
  let found = 0;
  const cases = Object.entries(KINDS).flatMap(([name, objects]) => [
    { name, objects, apart: false },
    { name: `${name}, each in a folder`, objects, apart: true },
  ]);
  for (const { name, objects, apart } of cases) {
    const few = timesOf(objects, Number(values.few), apart);
    const many = timesOf(objects, Number(values.many), apart);
    const total = [...many.values()].reduce((sum, time) => sum + time, 0);
    process.stdout.write(`${name}: ${values.many} in ${total.toFixed(0)} ms\n`);
    for (const [rule, time] of [...many].toSorted(([, one], [, other]) => other - one)) {
      const before = Math.max(few.get(rule) ?? 0, 0.5);
      if (time < 20 || time / before <= growth * Number(values.slack)) continue;
      found += 1;
      process.stdout.write(`  ${rule.padEnd(8)} ${before.toFixed(1)} ms → ${time.toFixed(0)} ms\n`);
    }
  }
  process.exitCode = found > 0 ? 1 : 0;
}
