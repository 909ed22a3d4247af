import { describe, expect, it } from 'vitest';
import { lint } from '../../../src/core/lint/lint.ts';
import { kustomizedBy } from '../../../src/core/resources/kustomize.ts';
import { loadRepository } from '../../../src/core/resources/load.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { repositoryView } from '../../support/repository.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      serviceAccountName: gateway
      containers:
        - name: otelcol
          image: otel/opentelemetry-collector-contrib:0.100.0
          args: [--config=/conf/collector.yaml]
          volumeMounts: [{name: config, mountPath: /conf}]
      volumes: [{name: config, configMap: {name: gateway-config}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: gateway}
roleRef: {kind: ClusterRole, name: gateway, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: gateway, namespace: default}]
`;
const CONFIG = `receivers:
  otlp:
    protocols:
      grpc: {}
exporters:
  debug: {}
service:
  pipelines:
    traces:
      receivers: [otlp, jaeger]
      exporters: [debug]
`;
const BASE = `resources: [deployment.yaml]
configMapGenerator:
  - name: gateway-config
    files: [collector.yaml=config/gateway.yaml]
`;
const OVERLAY = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: observability
resources: [../../base]
images:
  - name: otel/opentelemetry-collector-contrib
    newTag: 0.135.0
`;
const FILES = {
  'base/kustomization.yaml': BASE,
  'base/deployment.yaml': DEPLOYMENT,
  'base/config/gateway.yaml': CONFIG,
  'overlays/prod/kustomization.yaml': OVERLAY,
};

describe('manifests that kustomizations take in', () => {
  it('get their namespace and images, and configs from generated ConfigMaps', () => {
    const { repository, effective } = repositoryView(FILES);
    const { manifests, collectors } = repository;
    expect(manifests.workloads).toMatchObject([
      { key: 'Deployment/observability/gateway', namespace: 'observability' },
    ]);
    expect(manifests.bindings).toMatchObject([
      { subjects: [{ namespace: 'observability', name: 'gateway' }] },
    ]);
    expect([...collectors.keys()]).toEqual(['Deployment/observability/gateway']);
    const rendered = effective.get('Deployment/observability/gateway');
    expect(rendered?.collector).toMatchObject({
      version: '0.135.0',
      image: {
        value: 'otel/opentelemetry-collector-contrib:0.135.0',
        at: { file: 'overlays/prod/kustomization.yaml', line: 7 },
      },
      source: { configMap: 'gateway-config', key: 'collector.yaml' },
    });
    expect(rendered?.config.tree).toHaveProperty('exporters.debug');
  });

  it('have findings at the lines of the file that the ConfigMap is made from', () => {
    const findings = lint({ head: repositoryView(FILES), catalogue: builtInCatalogue() });
    expect(findings.find(({ rule }) => rule === 'CFG-005')).toMatchObject({
      message: 'pipeline `traces` names receiver `jaeger`, which is not configured',
      at: { file: 'base/config/gateway.yaml', line: 10, column: 25 },
    });
  });

  it('start anew with their config where its ConfigMap is called by its content', () => {
    const hashed = loadRepository(textsOf(FILES)).manifests.workloads[0];
    expect(Object.keys(hashed?.pod?.annotations ?? {})).toEqual(['checksum/gateway-config']);
    const plain = {
      ...FILES,
      'base/kustomization.yaml': `${BASE}generatorOptions: {disableNameSuffixHash: true}\n`,
    };
    expect(loadRepository(textsOf(plain)).manifests.workloads[0]?.pod?.annotations).toEqual({});
  });

  it('stay as they are written where several overlays take them in', () => {
    const { manifests } = loadRepository(
      textsOf({ ...FILES, 'overlays/dev/kustomization.yaml': OVERLAY.replace('observability', 'dev') }),
    );
    expect(manifests.workloads).toMatchObject([{ key: 'Deployment/default/gateway' }]);
  });

  it('get prefixes, suffixes and replicas, with all that refers to their names', () => {
    const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: gateway}\n';
    const files = {
      ...FILES,
      'base/account.yaml': account,
      'base/kustomization.yaml': `${BASE.replace('[deployment.yaml]', '[deployment.yaml, account.yaml]')}namePrefix: otel-\n`,
      'overlays/prod/kustomization.yaml': `${OVERLAY}nameSuffix: -prod\nreplicas: [{name: gateway, count: 3}]\n`,
    };
    const { repository, effective } = repositoryView(files);
    const [workload] = repository.manifests.workloads;
    expect(workload).toMatchObject({
      key: 'Deployment/observability/otel-gateway-prod',
      replicas: 3,
      replicasAt: { file: 'overlays/prod/kustomization.yaml', line: 9 },
      pod: {
        serviceAccount: { value: 'otel-gateway-prod' },
        volumes: [{ kind: 'configMap', of: 'otel-gateway-config-prod' }],
        labels: { app: 'gateway' },
      },
    });
    expect(repository.manifests.bindings).toMatchObject([
      { name: 'otel-gateway-prod', subjects: [{ name: 'otel-gateway-prod' }] },
    ]);
    expect([...effective.keys()]).toEqual(['Deployment/observability/otel-gateway-prod']);
    expect([...effective.values()][0]?.config.tree).toHaveProperty('exporters.debug');
  });

  it('keep the names of namespaces, and of what no file of theirs declares', () => {
    const { manifests } = loadRepository(
      textsOf({
        'kustomization.yaml': 'namePrefix: a-\nresources: [all.yaml]\n',
        'all.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: obs}\n---\n${DEPLOYMENT}`,
      }),
    );
    expect(manifests.objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Namespace obs',
      'Deployment a-gateway',
      'ClusterRoleBinding a-gateway',
    ]);
    expect(manifests.workloads[0]?.pod).toMatchObject({
      serviceAccount: { value: 'gateway' },
      volumes: [{ of: 'gateway-config' }],
    });
  });

  it('say what patches they have, which are not applied and no objects of their own', () => {
    const patched = `${OVERLAY}patches:
  - path: replicas.yaml
  - target: {kind: ConfigMap, name: other-.*}
    patch: |
      - {op: remove, path: /data/x}
`;
    const { manifests } = loadRepository(
      textsOf({
        ...FILES,
        'overlays/prod/kustomization.yaml': patched,
        'overlays/prod/replicas.yaml':
          'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gateway}\nspec: {replicas: 3}\n',
      }),
    );
    expect(manifests.workloads).toHaveLength(1);
    expect(manifests.collectors[0]?.assumed).toEqual([
      'overlays/prod/kustomization.yaml patches it; patches are not applied here.',
    ]);
  });

  it('are taken from another revision where nothing of theirs has changed', () => {
    const before = loadRepository(textsOf(FILES));
    const after = loadRepository(textsOf({ ...FILES, 'more.yaml': 'a: 1\n' }), { like: before });
    expect(after.manifests).toBe(before.manifests);
    const changed = loadRepository(
      textsOf({ ...FILES, 'base/config/gateway.yaml': CONFIG.replace(', jaeger', '') }),
      { like: before },
    );
    expect(changed.manifests).not.toBe(before.manifests);
  });

  it('are applied by the overlay that takes them in', () => {
    const { kustomizations } = loadRepository(textsOf(FILES));
    expect(kustomizedBy('base/deployment.yaml', kustomizations)).toBe('overlays/prod');
    expect(kustomizedBy('base/kustomization.yaml', kustomizations)).toBe('overlays/prod');
    expect(kustomizedBy('overlays/prod/kustomization.yaml', kustomizations)).toBe('overlays/prod');
    expect(kustomizedBy('other.yaml', kustomizations)).toBeUndefined();
  });

  it('ends where kustomizations take each other in', () => {
    const loop = {
      'a/kustomization.yaml': 'resources: [../b, x.yaml]\n',
      'b/kustomization.yaml': 'resources: [../a]\n',
    };
    expect(loadRepository(textsOf(loop)).findings).toEqual([]);
  });
});

function textsOf(files: Readonly<Record<string, string>>): { path: string; text: string }[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}
