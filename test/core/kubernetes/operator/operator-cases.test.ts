import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isMap, plain } from '../../../../src/core/document/node.ts';
import type { Json } from '../../../../src/core/document/node.ts';
import { renderCollectorResource } from '../../../../src/core/kubernetes/operator/render-resource.ts';
import type { RenderedCollector } from '../../../../src/core/kubernetes/rendered-collector.ts';
import { sharedPath } from '../../../support/shared.ts';
import { dig, isSame, list, readRoots, rootsOf, ruleTexts } from '../helm/chart-examples.ts';

const folder = sharedPath('data', 'otel-kubernetes', 'operator');

interface Row {
  readonly case: string;
  readonly part: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** What a controller test expects of a resource that passed no webhook: config, names, ports, variables, Services. */
function goldenRows(name: string, ours: RenderedCollector, objects: readonly Json[]): readonly Row[] {
  const kind = (wanted: string): readonly Json[] =>
    objects.filter((object) => dig(object, 'kind') === wanted);
  const workload = kind('Deployment')[0];
  const container = dig(workload, 'spec', 'template', 'spec', 'containers', 0);
  const text = dig(kind('ConfigMap')[0], 'data', 'collector.yaml');
  const ports = (values: readonly Json[], key: string): unknown =>
    values.map((port) => [dig(port, 'name'), dig(port, key), dig(port, 'protocol') ?? 'TCP']);
  return [
    {
      case: name,
      part: 'config',
      ours: ours.config?.tree,
      theirs: typeof text === 'string' ? plain(rootsOf(name, text)[0]) : undefined,
    },
    {
      case: name,
      part: 'workload',
      ours: [
        ours.workload?.kind,
        ours.workload?.name,
        ours.workload?.replicas,
        ours.image?.value,
        ours.args,
        ours.serviceAccount,
      ],
      theirs: [
        'Deployment',
        dig(workload, 'metadata', 'name'),
        dig(workload, 'spec', 'replicas'),
        dig(container, 'image'),
        list(dig(container, 'args')),
        dig(workload, 'spec', 'template', 'spec', 'serviceAccountName'),
      ],
    },
    {
      case: name,
      part: 'variables',
      ours: ours.workload?.containers[0]?.env.map((variable) => [variable.name, variable.from]),
      theirs: list(dig(container, 'env')).map((variable) => {
        const from = dig(variable, 'valueFrom');
        return [dig(variable, 'name'), isMap(from) ? Object.keys(from)[0] : undefined];
      }),
    },
    {
      case: name,
      part: 'ports',
      ours: ours.ports.map((port) => [port.name, port.port, port.protocol]),
      theirs: ports(list(dig(container, 'ports')), 'containerPort'),
    },
    {
      case: name,
      part: 'Service names',
      ours: ours.services.map((service) => service.name),
      theirs: kind('Service').map((service) => dig(service, 'metadata', 'name')),
    },
    ...kind('Service').map((service) => {
      const own = ours.services.find(({ name }) => name === dig(service, 'metadata', 'name'));
      return {
        case: name,
        part: 'Services',
        ours: [
          own?.ports.map((port) => [port.name, port.port, port.protocol]),
          own?.headless,
          own?.internalTrafficPolicy,
          own?.selector,
        ],
        theirs: [
          ports(list(dig(service, 'spec', 'ports')), 'port'),
          dig(service, 'spec', 'clusterIP') === 'None',
          dig(service, 'spec', 'internalTrafficPolicy'),
          dig(service, 'spec', 'selector'),
        ],
      };
    }),
  ];
}

function rbacRows(cases: string): readonly Row[] {
  return readdirSync(cases)
    .filter((name) => name.startsWith('rbac-'))
    .flatMap((name) =>
      readdirSync(join(cases, name))
        .filter(
          (file) =>
            file.endsWith('-install.yaml') &&
            existsSync(join(cases, name, file.replace('install', 'expected'))),
        )
        .map((file) => {
          const [root] = readRoots(cases, name, file);
          const ours =
            root === undefined ? undefined : renderCollectorResource(root, { operatorVersion: '0.158.0' });
          const expected = readRoots(cases, name, file.replace('install', 'expected'))
            .map((one) => plain(one))
            .find((object) => dig(object, 'kind') === 'ClusterRole');
          return {
            case: `${name}/${file}`,
            part: 'RBAC',
            ours: [ours?.role?.name, ruleTexts(ours?.role?.rules ?? [])],
            theirs: [dig(expected, 'metadata', 'name'), ruleTexts(list(dig(expected, 'rules')))],
          };
        }),
    );
}

function conversionRow(cases: string): Row {
  const [root] = readRoots(cases, 'invalid-config', 'collector-v1alpha1.bad.yaml');
  const [after] = readRoots(cases, 'invalid-config', 'expected-after-conversion.yaml');
  const text = after === undefined ? undefined : dig(plain(after), 'spec', 'config');
  const ours = root === undefined ? undefined : renderCollectorResource(root);
  return {
    case: 'invalid-config',
    part: 'config',
    ours: [ours?.config?.tree, ours?.findings.map(({ rule }) => rule)],
    theirs: [typeof text === 'string' ? plain(rootsOf('after', text)[0]) : undefined, ['OPR-003']],
  };
}

it.skipIf(folder === undefined)("makes of the operator's own cases what the operator makes", () => {
  if (folder === undefined) return;
  const goldens = readdirSync(join(folder, 'goldens'))
    .filter((name) => name.startsWith('build_collector_') && name.endsWith('.input.yaml'))
    .flatMap((name) => {
      const [root] = readRoots(folder, 'goldens', name);
      if (root === undefined) return [];
      const objects = readRoots(folder, 'goldens', name.replace('.input.', '.expected.')).map((one) =>
        plain(one),
      );
      const ours = renderCollectorResource(root, { operatorVersion: '0.158.0', admission: false });
      return goldenRows(name, ours, objects);
    });
  const rows = [...goldens, ...rbacRows(join(folder, 'e2e')), conversionRow(join(folder, 'e2e'))];
  const isEqual = ({ ours, theirs }: Row): boolean => isSame(ours, theirs);
  const parts = [...new Set(rows.map(({ part }) => part))];
  const table = parts.map((part) => {
    const all = rows.filter((row) => row.part === part);
    return `${part.padEnd(14)} ${all.filter(isEqual).length}/${all.length}`;
  });
  process.stdout.write(`operator cases, equal to the operator\n${table.join('\n')}\n`);
  expect(rows.filter((row) => !isEqual(row))).toEqual([]);
  expect(rows.length).toBeGreaterThan(20);
});

it.skipIf(folder === undefined)('reads every collector resource of the real cases', () => {
  if (folder === undefined) return;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.yaml') && !name.includes('.broken.') && !name.includes('chainsaw'),
  );
  const rendered = files.flatMap((file) =>
    readRoots(folder, file)
      .filter((root) => dig(plain(root), 'kind') === 'OpenTelemetryCollector')
      .map((root) => ({ file, collector: renderCollectorResource(root) })),
  );
  expect(rendered.length).toBeGreaterThan(25);
  const errors = rendered.flatMap(({ file, collector }) =>
    collector.findings.filter(({ severity }) => severity === 'error').map(({ rule }) => `${file} ${rule}`),
  );
  expect(errors).toEqual(['e2e/invalid-config/collector-v1alpha1.bad.yaml OPR-003']);
});

it.skipIf(folder === undefined)(
  'sees that two versions of an upgraded resource differ in replicas alone',
  () => {
    if (folder === undefined) return;
    const [before] = readRoots(folder, 'e2e', 'upgrade', '00-v1alpha1.yaml').map((root) =>
      renderCollectorResource(root),
    );
    const [after] = readRoots(folder, 'e2e', 'upgrade', '02-v1beta1.yaml').map((root) =>
      renderCollectorResource(root),
    );
    // A null body and an empty one mean the same to the collector.
    expect(before?.config?.text.replaceAll(': null', ': {}')).toBe(after?.config?.text);
    expect([before?.workload?.replicas, after?.workload?.replicas]).toEqual([1, 2]);
  },
);
