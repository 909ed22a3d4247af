import { at, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { isExactVersion, placeAt, plainTextAt } from './chart-use.ts';
import type { ChartUse } from './chart-use.ts';

/** The charts that a kustomization installs (`helmCharts`, kustomize `api/types/helmchartargs.go`; built with `--enable-helm`). */
export function kustomizeCharts(root: Node): readonly ChartUse[] {
  return itemsAt(root, 'helmCharts').flatMap((item): readonly ChartUse[] => {
    const name = plainTextAt(item, 'name');
    if (name === undefined) return [];
    const version = textAt(item, 'version');
    const release = plainTextAt(item, 'releaseName');
    const namespace = plainTextAt(item, 'namespace') ?? plainTextAt(root, 'namespace');
    const first = textAt(item, 'valuesFile');
    const more = itemsAt(item, 'additionalValuesFiles').flatMap((file) =>
      file.kind === 'scalar' && typeof file.value === 'string' ? [file.value] : [],
    );
    const inline = at(item, 'valuesInline');
    return [
      {
        title: `Kustomization ${root.at.file}`,
        by: 'kustomize',
        chart: { name, ...(version !== undefined && { version }) },
        ...(release !== undefined && { release }),
        ...(namespace !== undefined && { namespace }),
        files: [...(first === undefined ? [] : [first]), ...more],
        inline: inline?.kind === 'map' ? [inline] : [],
        unread: [],
        isPinned: isExactVersion(version),
        versionAt: placeAt(item, 'version'),
        at: placeAt(item, 'name'),
      },
    ];
  });
}
