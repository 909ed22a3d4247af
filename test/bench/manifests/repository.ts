import type { RepositoryText } from '../../../src/core/resources/load.ts';
import { customResources, gateway, helmValues, nodeAgents } from './collectors.ts';
import {
  account,
  autoscaler,
  configMap,
  disruptionBudget,
  indented,
  networkPolicy,
  service,
  workload,
} from './objects.ts';
import type { Pods } from './objects.ts';

/** Files in one team's folder; each holds about six objects in 5 kB. */
const FILES: readonly ((team: string) => readonly string[])[] = [
  gateway,
  nodeAgents,
  customResources,
  helmValues,
  bindplaneResources,
  bindplaneAgents,
  (team) => applications(team, ['cart', 'checkout'], 'java'),
  (team) => applications(team, ['catalog', 'search'], 'python'),
  (team) => applications(team, ['payment', 'shipping'], 'nodejs'),
  (team) => applications(team, ['email', 'web'], undefined),
];

/**
 * A repository as platform teams have them: a folder for each team with its gateway, its agents on the nodes, custom resources of the
 * operator, Helm values, BindPlane resources, agents of a BindPlane server, and the applications. Nothing is random: `count` files are
 * the first `count` of any longer repository.
 */
export function manifestRepository(count: number): readonly RepositoryText[] {
  return Array.from({ length: count }, (_, index) => {
    const team = `team-${String(Math.floor(index / FILES.length)).padStart(4, '0')}`;
    const documents = FILES[index % FILES.length]?.(team) ?? [];
    return { path: `clusters/${team}/${index % FILES.length}.yaml`, text: documents.join('---\n') };
  });
}

function resource(kind: string, name: string, team: string, spec: string): string {
  return `apiVersion: bindplane.observiq.com/v1
kind: ${kind}
metadata:
  name: ${name}
  labels:
    team: ${team}
spec:
${indented(spec, 2)}`;
}

function parameters(values: Readonly<Record<string, string>>): string {
  const items = Object.entries(values).map(([name, value]) => `  - name: ${name}\n    value: ${value}\n`);
  return `parameters:\n${items.join('')}`;
}

function bindplaneResources(team: string): readonly string[] {
  const destination = (name: string, hostname: string): string =>
    resource(
      'Destination',
      name,
      team,
      `type: otlp_grpc\n${parameters({ hostname, grpc_port: '4317', enable_tls: 'true' })}`,
    );
  const configuration = (name: string, sources: readonly string[], backend: string): string =>
    resource(
      'Configuration',
      name,
      team,
      `contentType: text/yaml
measurementInterval: 1m
sources:
${sources.map((source) => `  - name: ${source}\n    processors:\n      - name: ${team}-batch\n`).join('')}destinations:
  - name: ${backend}
selector:
  matchLabels:
    configuration: ${name}
`,
    );
  return [
    resource(
      'Source',
      `${team}-otlp`,
      team,
      `type: otlp\n${parameters({
        telemetry_types: '[Logs, Metrics, Traces]',
        listen_address: '0.0.0.0',
        grpc_port: '4317',
        http_port: '4318',
      })}`,
    ),
    resource('Source', `${team}-pods`, team, `type: k8s_container\n${parameters({ cluster_name: team })}`),
    resource('Processor', `${team}-batch`, team, `type: batch\n${parameters({ send_batch_size: '8192' })}`),
    destination(`${team}-backend`, `backend.${team}.example`),
    destination(`${team}-archive`, `archive.${team}.example`),
    configuration(`${team}-gateway`, [`${team}-otlp`], `${team}-backend`),
    configuration(`${team}-nodes`, [`${team}-pods`, `${team}-otlp`], `${team}-archive`),
  ];
}

function bindplaneAgents(team: string): readonly string[] {
  const container = (configuration: string): string => `          env:
            - name: OPAMP_ENDPOINT
              value: wss://bindplane.example/v1/opamp
            - name: OPAMP_SECRET_KEY
              valueFrom:
                secretKeyRef:
                  name: bindplane
                  key: secret
            - name: OPAMP_LABELS
              value: configuration=${configuration},team=${team}
            - name: OPAMP_AGENT_NAME
              valueFrom:
                fieldRef:
                  fieldPath: spec.nodeName
            - name: GOMEMLIMIT
              value: 410MiB
            - name: CONFIG_YAML_PATH
              value: /etc/otel/storage/config.yaml
            - name: MANAGER_YAML_PATH
              value: /etc/otel/storage/manager.yaml
          volumeMounts:
            - name: storage
              mountPath: /etc/otel/storage
`;
  const volumes = '      volumes:\n        - name: storage\n          emptyDir: {}\n';
  const agent = (name: string, kind: Pods['kind'], configuration: string): string =>
    workload(name, team, {
      kind,
      image: 'ghcr.io/observiq/bindplane-agent:1.70.0',
      ports: { 'otlp-grpc': 4317, 'otlp-http': 4318 },
      container: container(configuration),
      volumes,
    });
  return [
    agent('bindplane-gateway', 'Deployment', `${team}-gateway`),
    agent('bindplane-node', 'DaemonSet', `${team}-nodes`),
    service('bindplane-gateway', team, { 'otlp-grpc': 4317, 'otlp-http': 4318 }),
    disruptionBudget('bindplane-gateway', team),
    account('bindplane-gateway', team),
    account('bindplane-node', team),
  ];
}

function applications(
  team: string,
  names: readonly string[],
  language: string | undefined,
): readonly string[] {
  const annotations =
    language === undefined
      ? ''
      : `      annotations:\n        instrumentation.opentelemetry.io/inject-${language}: "${language}"\n`;
  const settings = (name: string): string =>
    `server:\n  port: 8080\n  shutdown: graceful\nname: ${name}\nfeatures:\n  recommendations: true\n  newCheckout: false\nupstreams:\n  - http://cart.${team}:8080\n  - http://catalog.${team}:8080\n`;
  return names.flatMap((name) => [
    configMap(name, team, 'settings.yaml', settings(name)),
    workload(name, team, {
      kind: 'Deployment',
      image: `registry.example/${team}/${name}:1.${name.length}.0`,
      ports: { http: 8080 },
      annotations,
      container: `          env:
            - name: OTEL_SERVICE_NAME
              value: ${name}
            - name: OTEL_RESOURCE_ATTRIBUTES
              value: deployment.environment=production,team=${team}
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
          volumeMounts:
            - name: settings
              mountPath: /etc/${name}
`,
      volumes: `      volumes:\n        - name: settings\n          configMap:\n            name: ${name}\n`,
    }),
    service(name, team, { http: 8080 }),
    autoscaler(name, team),
    networkPolicy(name, team, 8080),
  ]);
}
