import { describe, expect, it } from 'vitest';
import { configuration, planOf, workload, type Files } from './support.ts';

/** The commands of a plan, in order. */
function commands(before: Files, after: Files): readonly string[] {
  return planOf(before, after).steps.flatMap(({ command }) => command ?? []);
}

describe('kustomizations', () => {
  const overlay: Files = {
    'k8s/base/kustomization.yaml': 'resources: [gateway.yaml, node.yaml]\n',
    'k8s/base/gateway.yaml': workload('gateway', 'configuration=gateway'),
    'k8s/base/node.yaml': workload('node', 'configuration=node'),
    'k8s/prod/kustomization.yaml': 'namespace: prod\nresources: [../base]\n',
    'other.yaml': workload('other', 'configuration=other'),
  };
  const raised = (files: Files): Files =>
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text.replaceAll('agent:1.80.1', 'agent:1.94.0')]),
    );

  it('are applied once, whatever many files of them change', () => {
    const { steps } = planOf(overlay, raised(overlay));
    expect(steps.map(({ command, text }) => `${command ?? ''} # ${text}`)).toEqual([
      'kubectl apply -k k8s/prod # apply k8s/prod (Deployment gateway, Deployment node)',
      'kubectl apply -f other.yaml # apply other.yaml (Deployment other)',
    ]);
    expect(steps.map(({ after }) => after)).toEqual([[], []]);
  });

  it('are waited for by what needs one of their files', () => {
    const head = {
      ...raised(overlay),
      'node.bindplane.yaml': configuration('node', []),
    };
    const { steps } = planOf({ ...overlay, 'node.bindplane.yaml': configuration('node', []) }, head);
    expect(steps.every(({ id, after }) => !after.includes(id))).toBe(true);
  });
});

describe('releases of charts', () => {
  const VALUES =
    'mode: deployment\nimage: {repository: otel/opentelemetry-collector-k8s}\nconfig: {exporters: {debug: {}}}\n';
  const changed = VALUES.replace('debug: {}', 'debug: {verbosity: basic}');
  const between = (more: Files): readonly string[] =>
    commands({ ...more, 'gateway.yaml': VALUES }, { ...more, 'gateway.yaml': changed });

  it('keep an upper-case word for what no file says', () => {
    expect(between({})).toEqual([
      'helm upgrade --install RELEASE open-telemetry/opentelemetry-collector --values gateway.yaml --wait',
    ]);
  });

  it('are installed as a script installs them', () => {
    const script = (rest: string): Files => ({
      'deploy.sh': `#!/bin/sh\nhelm upgrade -i gateway open-telemetry/opentelemetry-collector -n obs --version 0.134.0 -f gateway.yaml${rest}\n`,
    });
    expect(between(script(''))).toEqual([
      'helm upgrade --install gateway open-telemetry/opentelemetry-collector --namespace obs --version 0.134.0 --values gateway.yaml --wait',
    ]);
    expect(between(script(' --set replicaCount=2'))).toEqual([
      'helm upgrade --install gateway open-telemetry/opentelemetry-collector --namespace obs --version 0.134.0 --values gateway.yaml --wait SETTINGS',
    ]);
    expect(
      commands({ ...script(''), 'gateway.yaml': VALUES }, { ...script(' --atomic'), 'gateway.yaml': VALUES }),
    ).toEqual([]);
  });

  const APPLICATION = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: otel-gateway, namespace: argocd}
spec:
  destination: {namespace: obs}
  source:
    chart: opentelemetry-collector
    targetRevision: 0.134.0
    helm: {releaseName: gateway, valueFiles: [$values/gateway.yaml]}
`;

  it('are synced by Argo CD, also for another version of the chart', () => {
    expect(between({ 'application.yaml': APPLICATION })).toEqual(['argocd app sync otel-gateway']);
    const files = { 'application.yaml': APPLICATION, 'gateway.yaml': VALUES };
    const newer = { ...files, 'application.yaml': APPLICATION.replace('0.134.0', '0.135.0') };
    const [step, ...others] = planOf(files, newer).steps;
    expect(step).toMatchObject({
      command: 'argocd app sync otel-gateway',
      text: 'Argo CD Application otel-gateway takes gateway.yaml: sync it, unless it syncs by itself',
    });
    expect(others).toEqual([]);
  });

  it('are reconciled by Flux', () => {
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gateway, namespace: obs}
spec:
  chart: {spec: {chart: opentelemetry-collector, version: 0.134.0, sourceRef: {kind: HelmRepository, name: otel}}}
  values: {mode: deployment, image: {repository: otel/opentelemetry-collector-k8s}, config: {exporters: {debug: {}}}}
`;
    expect(
      commands({ 'release.yaml': release }, { 'release.yaml': release.replace('debug: {}', 'nop: {}') }),
    ).toEqual(['flux reconcile helmrelease gateway --namespace obs --with-source']);
  });
});
