import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderCollectorChart } from '../../../../src/core/kubernetes/helm/collector-chart.ts';
import { sharedPath } from '../../../support/shared.ts';
import { compareWithHelm, isSame, objectsIn, readRoots } from './chart-examples.ts';

const CHART = ['data', 'otel-kubernetes', 'helm-collector-chart-0.170.0', 'examples'];
const folder = sharedPath(...CHART);

it.skipIf(folder === undefined)('renders every example of chart 0.170.0 as Helm does', () => {
  if (folder === undefined) return;
  const rows: string[] = [];
  const differences: unknown[] = [];
  const counts = new Map<string, { equal: number; total: number }>();
  for (const example of readdirSync(folder).sort()) {
    const objects = objectsIn(join(folder, example, 'rendered'));
    for (const file of readdirSync(join(folder, example)).filter((name) => name.endsWith('values.yaml'))) {
      const rendered = renderCollectorChart({
        files: readRoots(folder, example, file),
        release: { name: 'example', namespace: 'default' },
        chartVersion: '0.170.0',
      });
      for (const { part, ours, theirs } of compareWithHelm(rendered, objects)) {
        // One folder holds what two releases made; a Service or a role in it belongs to one of them.
        const isOthers =
          example === 'daemonset-and-deployment' && part === 'service' && rendered.services.length === 0;
        if (isOthers) continue;
        const equal = isSame(ours, theirs);
        const count = counts.get(part) ?? { equal: 0, total: 0 };
        counts.set(part, { equal: count.equal + (equal ? 1 : 0), total: count.total + 1 });
        if (!equal) differences.push({ example, file, part, ours, theirs });
      }
    }
  }
  for (const [part, { equal, total }] of counts) rows.push(`${part.padEnd(12)} ${equal}/${total}`);
  process.stdout.write(`collector chart 0.170.0, examples equal to Helm\n${rows.join('\n')}\n`);
  expect(differences).toEqual([]);
  expect(counts.get('config')?.total).toBeGreaterThanOrEqual(16);
});
