import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { lint } from '../../../src/core/lint/lint.ts';
import { selectedBy } from '../../../src/core/lint/selected.ts';
import type { Finding } from '../../../src/core/document/finding.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { repositoryView } from '../../support/repository.ts';

type Labels = Readonly<Record<string, string>>;

const deployment = (name: string, labels: Labels): unknown => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'obs' },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'collector', image: 'otel/opentelemetry-collector-contrib:0.139.0' }] },
    },
  },
});

const service = (name: string, selector: Labels): unknown => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'obs' },
  spec: { selector, ports: [{ port: 4317 }] },
});

const file = (...objects: readonly unknown[]): string =>
  objects.map((object) => JSON.stringify(object)).join('\n---\n');

/** What the Services of some files select: for each workload the names and files of its own. */
function selected(files: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const { workloads, services } = repositoryView(files).repository.manifests;
  const declared = Map.groupBy(workloads, ({ key }) => key);
  const servicesOf = selectedBy(
    services,
    ({ selector }) => selector,
    (key) => (declared.get(key) ?? []).map(({ at }) => at.file),
  );
  return Object.fromEntries(
    workloads.map((workload) => [
      `${workload.name} of ${workload.at.file}`,
      servicesOf(workload).map(({ name, at }) => `${name} of ${at.file}`),
    ]),
  );
}

describe('what selects the pods of a workload', () => {
  it('asks for no label that they lack, and for one at least', () => {
    const labels = { app: 'gateway', tier: 'edge' };
    expect(
      selected({
        'all.yaml': file(
          deployment('gateway', labels),
          deployment('agent', { app: 'agent' }),
          service('by-one', { tier: 'edge' }),
          service('by-both', labels),
          service('by-more', { ...labels, zone: 'a' }),
          service('by-none', {}),
          service('of-agents', { app: 'agent' }),
        ),
      }),
    ).toEqual({
      'gateway of all.yaml': ['by-one of all.yaml', 'by-both of all.yaml'],
      'agent of all.yaml': ['of-agents of all.yaml'],
    });
  });

  it('is that of its own environment where each has one', () => {
    const labels = { app: 'gateway' };
    expect(
      selected({
        'dev/all.yaml': file(deployment('gateway', labels), service('gateway', labels)),
        'prod/gateway.yaml': file(deployment('gateway', labels)),
        'prod/service.yaml': file(service('gateway', labels)),
        'shared.yaml': file(service('metrics', labels)),
      }),
    ).toEqual({
      'gateway of dev/all.yaml': ['gateway of dev/all.yaml', 'metrics of shared.yaml'],
      'gateway of prod/gateway.yaml': ['gateway of prod/service.yaml', 'metrics of shared.yaml'],
    });
  });

  it('is bounded, and those of its own file come first', () => {
    const labels = { app: 'gateway' };
    const many = Array.from({ length: LIMITS.lint.selecting * 2 }, (_, index) =>
      service(`service-${index}`, labels),
    );
    const found = selected({
      'a.yaml': file(...many),
      'z.yaml': file(deployment('gateway', labels), service('own', labels)),
    });
    const services = found['gateway of z.yaml'] ?? [];
    expect(services).toHaveLength(LIMITS.lint.selecting);
    expect(services.slice(0, 2)).toEqual(['own of z.yaml', 'service-0 of a.yaml']);
  });
});

describe('a budget that blocks drains', () => {
  const told = (workloads: number): readonly Finding[] => {
    const labels = { app: 'gateway' };
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'gateways', namespace: 'obs' },
      spec: { selector: { matchLabels: labels }, maxUnavailable: 0 },
    };
    const names = Array.from({ length: workloads }, (_, index) => `gateway-${index}`);
    const head = repositoryView({
      'all.yaml': file(...names.map((name) => deployment(name, labels)), budget),
    });
    return lint({ head, catalogue: builtInCatalogue() }, new Set(['K8S-008']));
  };

  it.each([
    [1, 'Deployment gateway-0'],
    [2, 'Deployment gateway-0 or Deployment gateway-1'],
    [5, 'Deployment gateway-0, Deployment gateway-1, Deployment gateway-2 or 2 more'],
  ])('is told once for %i workloads', (workloads, words) => {
    expect(told(workloads).map(({ message }) => message)).toEqual([
      `PodDisruptionBudget \`gateways\` lets no pod go, so that no node with a pod of ${words} can be drained`,
    ]);
  });
});
