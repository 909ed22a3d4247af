import { describe, expect, it } from 'vitest';
import { loadRepository } from '../../../src/core/resources/load.ts';
import type { LoadedRepository } from '../../../src/core/resources/load.ts';
import { repositoryView } from '../../support/repository.ts';

const VALUES = `mode: deployment
image:
  repository: otel/opentelemetry-collector-k8s
config:
  exporters:
    otlp:
      endpoint: backend.example.com:4317
`;

function application(helm: string, more: string = ''): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: gateway
spec:
  destination: {namespace: observability}
  source:
    repoURL: https://open-telemetry.github.io/opentelemetry-helm-charts
    chart: opentelemetry-collector
    targetRevision: 0.134.0
    helm:
${helm}${more}`;
}

function load(files: Readonly<Record<string, string>>): LoadedRepository {
  return loadRepository(Object.entries(files).map(([path, text]) => ({ path, text })));
}

function told(repository: LoadedRepository): readonly object[] {
  return repository.helmInstallations.map(({ id, release, chart, files, unread }) => ({
    id,
    release: `${release.namespace}/${release.name}`,
    chart: `${chart.name} ${chart.version ?? '?'}`,
    files: files.map(({ at }) => at.file),
    ...(unread.length > 0 && { unread }),
  }));
}

describe('the releases of a repository', () => {
  it('are each values file by itself where nothing installs it', () => {
    expect(told(load({ 'values.yaml': VALUES }))).toEqual([
      {
        id: 'values.yaml',
        release: 'default/release-name',
        chart: 'opentelemetry-collector ?',
        files: ['values.yaml'],
      },
    ]);
  });

  it('are what Argo CD makes of them: chart, version, name, namespace, files in their order, values of its own last', () => {
    const repository = load({
      'apps/gateway.yaml': application(
        `      valueFiles: [$values/base.yaml, $values/prod/values.yaml]\n      values: |\n        replicaCount: 2\n      valuesObject:\n        replicaCount: 3\n`,
      ),
      'base.yaml': VALUES,
      'prod/values.yaml': 'resources: {}\n',
    });
    expect(told(repository)).toEqual([
      {
        id: 'prod/values.yaml',
        release: 'observability/gateway',
        chart: 'opentelemetry-collector 0.134.0',
        files: ['base.yaml', 'prod/values.yaml', 'apps/gateway.yaml', 'apps/gateway.yaml'],
      },
    ]);
    const [collector] = [...repository.collectors.values()].map((one) => one.collector);
    expect(collector?.workload).toMatchObject({ name: 'gateway-opentelemetry-collector', replicas: 3 });
    expect(collector).toMatchObject({ namespace: 'observability' });
    expect(collector?.assumed).toBeUndefined();
  });

  it('tell values inside of an Application at their lines', () => {
    const { effective } = repositoryView({
      'gateway.yaml': application(`      values: |\n${VALUES.replaceAll(/^/gm, '        ').trimEnd()}\n`),
    });
    const [rendered] = [...effective.values()];
    expect(rendered?.key).toBe('HelmValues/gateway.yaml#gateway');
    const place = rendered?.config.provenance.findLast(
      ({ path }) => path.join('.') === 'exporters.otlp.endpoint',
    );
    expect(place?.at).toMatchObject({ file: 'gateway.yaml', line: 19, column: 25 });
  });

  it('say which values they do not have', () => {
    const repository = load({
      'gateway.yaml': application(
        '      valueFiles: [values.yaml, secrets.yaml]\n      parameters: [{name: mode, value: "{{mode}}"}]\n',
      ),
      'values.yaml': VALUES,
    });
    expect(told(repository)).toMatchObject([
      {
        unread: [
          'Argo CD Application gateway sets parameters by templates or files, which are not applied here.',
          'Argo CD Application gateway names the values file secrets.yaml, which is not in these files.',
        ],
      },
    ]);
  });

  it('take the parameters of Argo CD last', () => {
    const { effective } = repositoryView({
      'gateway.yaml': application(
        '      valueFiles: [values.yaml]\n      parameters:\n        - {name: config.exporters.otlp.endpoint, value: "other.example.com:4317"}\n        - {name: image.tag, value: "1", forceString: true}\n',
      ),
      'values.yaml': VALUES,
    });
    const [rendered] = effective.values();
    expect(rendered?.config.tree).toHaveProperty('exporters.otlp.endpoint', 'other.example.com:4317');
    expect(rendered?.collector?.image?.value).toBe('otel/opentelemetry-collector-k8s:1');
    expect(rendered?.config.unrendered).toEqual([]);
  });

  it('take values that Flux has from ConfigMaps of the files, before its own', () => {
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gateway, namespace: obs}
spec:
  chart: {spec: {chart: opentelemetry-collector, version: 0.134.0}}
  valuesFrom:
    - {kind: ConfigMap, name: gateway-values}
    - {kind: ConfigMap, name: gateway-values, valuesKey: tag, targetPath: image.tag}
    - {kind: Secret, name: gateway-secret, optional: true}
  values: {replicaCount: 3}
`;
    const values = `apiVersion: v1
kind: ConfigMap
metadata: {name: gateway-values, namespace: obs}
data:
  tag: 0.133.0
  values.yaml: |
    mode: deployment
    replicaCount: 2
    image: {repository: otel/opentelemetry-collector-k8s}
    config:
      exporters:
        otlp: {endpoint: "backend.example.com:4317"}
`;
    const { effective } = repositoryView({ 'release.yaml': release, 'values-map.yaml': values });
    const rendered = [...effective.values()].find(
      ({ collector }) => collector?.workload?.kind === 'Deployment',
    );
    expect(rendered?.collector).toMatchObject({
      image: { value: 'otel/opentelemetry-collector-k8s:0.133.0' },
      workload: { replicas: 3 },
      unrendered: [
        'Flux HelmRelease gateway takes more values from Secrets, or from ConfigMaps that no file has, which are not read here.',
      ],
    });
    expect(
      rendered?.config.provenance.find(({ path }) => path.join('.') === 'exporters.otlp.endpoint')?.at,
    ).toMatchObject({
      file: 'values-map.yaml',
      line: 12,
    });
  });

  it('are what a kustomization builds with Helm', () => {
    const repository = load({
      'gateway/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nhelmCharts:\n  - name: opentelemetry-collector\n    releaseName: gateway\n    namespace: obs\n    version: 0.134.0\n    valuesFile: values.yaml\n    valuesInline: {replicaCount: 2}\n',
      'gateway/values.yaml': VALUES,
    });
    expect(told(repository)).toEqual([
      {
        id: 'gateway/values.yaml',
        release: 'obs/gateway',
        chart: 'opentelemetry-collector 0.134.0',
        files: ['gateway/values.yaml', 'gateway/kustomization.yaml'],
      },
    ]);
  });

  it('are what Flux makes of them, from a repository of charts or an image', () => {
    const release = (chart: string, target: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gateway, namespace: flux-system}
spec:
${target}${chart}
  values:
    mode: daemonset
    image: {repository: otel/opentelemetry-collector-k8s}
`;
    const image = `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: collector}
spec:
  url: oci://ghcr.io/open-telemetry/opentelemetry-helm-charts/opentelemetry-collector
  ref: {tag: 0.135.0}
`;
    const repository = load({
      'a.yaml': release('  chart: {spec: {chart: opentelemetry-collector, version: 0.134.0}}', ''),
      'b.yaml': release(
        '  chartRef: {kind: OCIRepository, name: collector}',
        '  targetNamespace: observability\n',
      ),
      'image.yaml': image,
    });
    expect(told(repository)).toMatchObject([
      { release: 'flux-system/gateway', chart: 'opentelemetry-collector 0.134.0' },
      { release: 'observability/observability-gateway', chart: 'opentelemetry-collector 0.135.0' },
    ]);
  });

  it('are what commands of scripts and workflows install, once, with what they set', () => {
    const command =
      'helm upgrade -i gateway open-telemetry/opentelemetry-collector -n observability -f ../values.yaml';
    const repository = load({
      'scripts/deploy.sh': `#!/bin/sh\n${command} --version=0.134.0 --set replicaCount=2,mode=statefulset\n`,
      '.github/workflows/deploy.yml': `on: push\njobs:\n  deploy:\n    steps:\n      - run: ${command}\n`,
      'values.yaml': VALUES,
      'test.sh': 'echo nothing of ours\n',
    });
    expect(told(repository)).toEqual([
      {
        id: 'values.yaml',
        release: 'observability/gateway',
        chart: 'opentelemetry-collector 0.134.0',
        files: ['values.yaml', 'scripts/deploy.sh', 'scripts/deploy.sh'],
      },
    ]);
    const [collector] = [...repository.collectors.values()].map((one) => one.collector);
    expect(collector).toMatchObject({ mode: 'statefulset', workload: { replicas: 2 } });
    expect(repository.skipped).toEqual([{ path: 'test.sh', reason: 'calls no tool of rollouts' }]);
  });

  it('keep apart what shares its values', () => {
    const repository = load({
      'a.yaml': application('      valueFiles: [values.yaml]\n'),
      'b.yaml': application('      valueFiles: [values.yaml]\n').replace('name: gateway', 'name: edge'),
      'values.yaml': VALUES,
    });
    expect([...repository.collectors.keys()].sort()).toEqual([
      'HelmValues/values.yaml',
      'HelmValues/values.yaml#edge',
    ]);
  });

  it('are those of a chart in the repository, whatever it calls the collector chart', () => {
    const chart = `apiVersion: v2
name: shop
version: 1.0.0
dependencies:
  - {name: opentelemetry-collector, alias: edge, version: 0.134.0}
`;
    const repository = load({
      'shop/Chart.yaml': chart,
      'shop/values.yaml': `edge:\n${VALUES.replaceAll(/^/gm, '  ').trimEnd()}\n`,
    });
    expect(told(repository)).toMatchObject([{ id: 'shop/values.yaml', chart: 'shop 1.0.0' }]);
    expect([...repository.collectors.keys()]).toEqual(['HelmValues/shop/values.yaml']);
  });

  it('leave charts alone that run no collectors', () => {
    const repository = load({
      'a.yaml': application('      valueFiles: [values.yaml]\n').replace(
        'chart: opentelemetry-collector',
        'chart: nginx',
      ),
      'deploy.sh': 'helm install web bitnami/nginx -f values.yaml\n',
      'values.yaml': 'replicaCount: 2\n',
    });
    expect(repository.helmInstallations).toEqual([]);
  });
});
