import { expect, it } from 'vitest';
import { plain } from '../../../../src/core/document/node.ts';
import { renderKubeStack } from '../../../../src/core/kubernetes/helm/kube-stack/kube-stack-chart.ts';
import { renderCollectorResource } from '../../../../src/core/kubernetes/operator/render-resource.ts';
import { sharedPath } from '../../../support/shared.ts';
import { dig, isSame, list, readRoots } from './chart-examples.ts';

const folder = sharedPath('data', 'otel-kubernetes', 'helm-kube-stack', 'cloud-demo');

it.skipIf(folder === undefined)('makes the collector resource of kube-stack 0.20.3 as Helm does', () => {
  if (folder === undefined) return;
  const { collectors, unrendered } = renderKubeStack({
    files: readRoots(folder, 'values.yaml'),
    release: { name: 'example', namespace: 'default' },
    chartVersion: '0.20.3',
  });
  expect(unrendered).toEqual([]);
  const [root] = readRoots(folder, 'rendered-collector.yaml');
  if (root === undefined) throw new Error('no rendered collector');
  const resource = plain(root);
  const theirs = renderCollectorResource(root, { operatorVersion: '0.154.0' });
  const [ours] = collectors;
  expect(collectors.map(({ workload }) => workload?.key)).toEqual([
    'DaemonSet/default/example-daemon-collector',
  ]);
  expect(ours?.unrendered).toEqual([]);
  // Both passed the operator, so that the resource is compared and what the operator makes of it.
  const parts = [
    ['config', ours?.config?.tree, theirs.config?.tree],
    [
      'Services',
      ours?.services.map(({ name, ports }) => [name, ports.map(({ port }) => port)]),
      theirs.services.map(({ name, ports }) => [name, ports.map(({ port }) => port)]),
    ],
    [
      'ports',
      ours?.ports.map(({ name, port, hostPort }) => [name, port, hostPort]),
      theirs.ports.map(({ name, port, hostPort }) => [name, port, hostPort]),
    ],
    ['role', ours?.role, theirs.role],
    [
      'mounts',
      ours?.workload?.containers[0]?.spec?.mounts.map(({ volume, path, readOnly }) => [
        volume,
        path,
        readOnly,
      ]),
      theirs.workload?.containers[0]?.spec?.mounts.map(({ volume, path, readOnly }) => [
        volume,
        path,
        readOnly,
      ]),
    ],
    [
      'volumes',
      ours?.workload?.pod?.volumes.map(({ name, kind, path }) => [name, kind, path?.value]),
      theirs.workload?.pod?.volumes.map(({ name, kind, path }) => [name, kind, path?.value]),
    ],
    [
      'variables',
      ours?.workload?.containers[0]?.env
        .slice(0, 8)
        .map(({ name, value, from }) => [name, value?.value ?? from]),
      list(dig(resource, 'spec', 'env')).map((variable) => [
        dig(variable, 'name'),
        dig(variable, 'value') ?? Object.keys(Object(dig(variable, 'valueFrom')))[0],
      ]),
    ],
  ] as const;
  const equal = parts.filter(([, own, other]) => isSame(own, other)).length;
  process.stdout.write(`kube-stack 0.20.3, parts equal to Helm: ${equal}/${parts.length}\n`);
  for (const [part, own, other] of parts) expect({ part, value: own }).toEqual({ part, value: other });
  expect(ours?.image?.value).toBe('otel/opentelemetry-collector-k8s:0.154.0');
});

it('says that other versions of kube-stack are not rendered', () => {
  expect(
    renderKubeStack({ files: [], release: { name: 'a', namespace: 'b' }, chartVersion: '0.11.0' }),
  ).toEqual({
    collectors: [],
    unrendered: [
      'Chart opentelemetry-kube-stack 0.11.0: only 0.20.0 to 0.20.3 are known here; its collectors are not rendered.',
    ],
  });
});
