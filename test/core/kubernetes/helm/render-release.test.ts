import { expect, it } from 'vitest';
import { readChartFile } from '../../../../src/core/kubernetes/helm/chart-file.ts';
import { renderRelease, valuesKind } from '../../../../src/core/kubernetes/helm/render-release.ts';
import type { RenderedChart } from '../../../../src/core/kubernetes/helm/parent-chart.ts';
import { dig, rootsOf } from './chart-examples.ts';

const release = { name: 'shop', namespace: 'web' };

function install(values: string, name: string, version?: string): RenderedChart {
  return renderRelease({
    files: rootsOf('values.yaml', values),
    release,
    chart: { name, dependencies: [], ...(version === undefined ? {} : { version }) },
  });
}

it.each([
  [
    'open-telemetry/opentelemetry-collector',
    '0.158.2',
    'mode: deployment\nimage: {repository: a/b}\n',
    'Deployment/web/shop-opentelemetry-collector',
  ],
  ['oci://ghcr.io/charts/opentelemetry-demo', '0.40.10', '{}', 'DaemonSet/web/otel-collector-agent'],
  ['opentelemetry-kube-stack', '0.20.3', '{}', 'DaemonSet/web/shop-daemon-collector'],
])('%s %s runs %s as %s', (name, version, values, key) => {
  const { collectors, unrendered } = install(values, name, version);
  expect(unrendered).toEqual([]);
  expect(collectors.map(({ workload }) => workload?.key)).toEqual([key]);
  expect(collectors[0]?.config?.text).toContain('receivers:');
});

it('says of other charts that nothing is rendered', () => {
  expect(install('{}', 'grafana/grafana', '8.0.0')).toEqual({
    collectors: [],
    unrendered: [
      'Chart grafana 8.0.0 is not known here to hold a collector chart; nothing of it is rendered.',
    ],
  });
});

it('renders every alias of a dependency, and none that its condition switches off', () => {
  const [root] = rootsOf(
    'Chart.yaml',
    `apiVersion: v2
name: platform
version: 1.0.0
dependencies:
  - {name: opentelemetry-collector, version: 0.158.2, alias: gateway}
  - {name: opentelemetry-collector, version: 0.158.2, alias: node, condition: node.enabled}
  - {name: redis, version: 1.0.0}
`,
  );
  const chart = root === undefined ? undefined : readChartFile(root);
  if (chart === undefined) throw new Error('no chart');
  const [ownValues] = rootsOf(
    'own.yaml',
    'gateway: {mode: deployment, image: {repository: a/b}}\nnode: {enabled: false}\n',
  );
  const files = rootsOf('values.yaml', 'gateway: {replicaCount: 2}\nglobal: {imageRegistry: mirror.local}\n');
  const { collectors } = renderRelease({
    files,
    release,
    chart,
    ...(ownValues === undefined ? {} : { ownValues }),
  });
  expect(collectors.map(({ workload }) => [workload?.key, workload?.replicas])).toEqual([
    ['Deployment/web/shop-gateway', 2],
  ]);
  expect(collectors[0]?.image?.value).toBe('mirror.local/a/b:0.153.0');
  expect(collectors[0]?.workload?.containers[0]?.name).toBe('gateway');
});

it('tells what a null below another chart does, which depends on Helm', () => {
  const values = `opentelemetry-collector:
  config:
    receivers:
      zipkin: null
      kafkametrics: null
`;
  const { collectors } = install(values, 'opentelemetry-demo', '0.40.10');
  const receivers = dig(collectors[0]?.config?.tree, 'receivers');
  expect(Object.keys(Object(receivers))).not.toContain('zipkin');
  expect(dig(receivers, 'kafkametrics')).toBeNull();
  expect(collectors[0]?.findings.map(({ rule, at }) => [rule, at?.line])).toEqual([
    ['HLM-003', 4],
    ['HLM-003', 5],
  ]);
});

it.each([
  ['collector', 'mode: deployment\npresets: {}\n'],
  ['parent', 'opentelemetry-collector: {config: {}}\nother: 1\n'],
  ['kube-stack', 'collectors: {daemon: {config: {}}}\n'],
  ['kube-stack', 'defaultCRConfig: {}\n'],
  [undefined, 'replicaCount: 1\nimage: {}\n'],
  [undefined, 'apiVersion: v1\nkind: ConfigMap\nmode: deployment\nconfig: {}\n'],
])('%s: case %#', (kind, text) => {
  const [root] = rootsOf('values.yaml', text);
  expect(root === undefined ? undefined : valuesKind(root)).toBe(kind);
});
