import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { plain } from '../../../../src/core/document/node.ts';
import { readChartFile } from '../../../../src/core/kubernetes/helm/chart-file.ts';
import { renderParentChart } from '../../../../src/core/kubernetes/helm/parent-chart.ts';
import { sharedPath } from '../../../support/shared.ts';
import { compareWithHelm, isSame, readRoots, rootsOf } from './chart-examples.ts';

const folder = sharedPath('data', 'otel-kubernetes', 'helm-demo-chart');
const release = { name: 'example', namespace: 'default' };

it.skipIf(folder === undefined)(
  'renders the demo chart as Helm does, from its own values and from what is known of it',
  () => {
    if (folder === undefined) return;
    const differences: unknown[] = [];
    let equal = 0;
    let total = 0;
    for (const version of readdirSync(folder)) {
      const objects = readdirSync(join(folder, version))
        .filter((name) => name.startsWith('rendered-'))
        .flatMap((name) => readRoots(folder, version, name).map((root) => plain(root)));
      if (objects.length === 0) continue;
      const [chartRoot] = readRoots(folder, version, 'Chart.yaml');
      const [ownValues] = readRoots(folder, version, 'values-collector-section.yaml');
      const chart = chartRoot === undefined ? undefined : readChartFile(chartRoot);
      if (chart === undefined || ownValues === undefined) throw new Error(`${version} has no chart`);
      const both = [
        renderParentChart({ files: [], release, chart, ownValues }),
        renderParentChart({ files: [], release, chart: { name: chart.name, version, dependencies: [] } }),
      ];
      for (const [index, { collectors }] of both.entries()) {
        const [collector] = collectors;
        if (collector === undefined) throw new Error(`${version} has no collector`);
        expect(collectors).toHaveLength(1);
        // Only ConfigMap and workload of the default installation are recorded.
        for (const { part, ours, theirs } of compareWithHelm(collector, objects)) {
          if (!['config', 'workload', 'container', 'ports'].includes(part)) continue;
          total++;
          if (isSame(ours, theirs)) equal++;
          else differences.push({ version, index, part, ours, theirs });
        }
      }
    }
    process.stdout.write(`demo chart, parts equal to Helm: ${equal}/${total}\n`);
    expect(differences).toEqual([]);
    expect(total).toBeGreaterThan(30);
  },
);

const labs = sharedPath('data', 'astroshop-bindplane-labs');

it.skipIf(labs === undefined)(
  "renders the labs' values without dangling names on 0.40.7 and 0.40.10 alone",
  () => {
    if (labs === undefined) return;
    const file = readdirSync(labs, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('astroshop-values.yaml'),
    );
    if (file === undefined) throw new Error('astroshop-values.yaml is not there');
    const dangling = ['0.40.1', '0.40.6', '0.40.7', '0.40.10', '0.41.0'].filter((version) => {
      const { collectors } = renderParentChart({
        files: readRoots(labs, file),
        release: { name: 'astroshop', namespace: 'default' },
        chart: { name: 'opentelemetry-demo', version, dependencies: [] },
      });
      const tree: unknown = collectors[0]?.config?.tree;
      return undefinedIds(tree).length > 0;
    });
    expect(dangling).toEqual(['0.40.1', '0.40.6', '0.41.0']);
  },
);

function undefinedIds(tree: unknown): readonly string[] {
  const at = (value: unknown, key: string): unknown => Reflect.get(Object(value), key);
  return Object.values(Object(at(at(tree, 'service'), 'pipelines'))).flatMap((pipeline) =>
    ['receivers', 'processors', 'exporters'].flatMap((section) => {
      const ids: unknown = at(pipeline, section);
      return (Array.isArray(ids) ? ids.map(String) : []).filter(
        (id) => !(id in Object(at(tree, section))) && !(id in Object(at(tree, 'connectors'))),
      );
    }),
  );
}

it('says what it does not know of a chart above the collector chart', () => {
  const [values] = rootsOf(
    'values.yaml',
    'opentelemetry-collector: {mode: deployment, image: {repository: acme/collector}}\n',
  );
  if (values === undefined) throw new Error('unreadable');
  const dependencies = [{ name: 'opentelemetry-collector', version: '~0.158' }];
  const { collectors, unrendered } = renderParentChart({
    files: [values],
    release,
    chart: { name: 'platform', version: '1.2.3', dependencies },
  });
  expect(unrendered).toEqual([
    'The values that chart platform 1.2.3 itself brings are not in this repository; what they set is not shown.',
  ]);
  expect(collectors[0]?.assumed).toEqual([
    'The version of the collector chart is not known; rendered by the rules of 0.170.0.',
  ]);
  expect(collectors[0]?.workload?.key).toBe('Deployment/default/example-opentelemetry-collector');
});
