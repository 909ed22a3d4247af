import { yamlInScalar } from '../../document/embedded-yaml.ts';
import { at, entry, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { isExactVersion, placeAt, plainTextAt } from './chart-use.ts';
import type { ChartUse } from './chart-use.ts';
import { setNode } from './helm-command.ts';

/**
 * The charts that Flux installs: every HelmRelease (`helm.toolkit.fluxcd.io`) with `spec.chart`, or with `spec.chartRef` to an
 * OCIRepository among the same documents.
 */
export function fluxCharts(roots: readonly Node[]): readonly ChartUse[] {
  const images = roots.filter((root) => textAt(root, 'kind') === 'OCIRepository');
  return roots
    .filter(
      (root) =>
        textAt(root, 'kind') === 'HelmRelease' &&
        textAt(root, 'apiVersion')?.startsWith('helm.toolkit.fluxcd.io/') === true,
    )
    .flatMap((root) => useOf(root, images, roots));
}

function useOf(root: Node, images: readonly Node[], roots: readonly Node[]): readonly ChartUse[] {
  const spec = at(root, 'spec');
  const source = at(spec, 'chart', 'spec');
  const image = imageOf(spec, images);
  const chart = plainTextAt(source, 'chart') ?? plainTextAt(image, 'spec', 'url')?.split('/').at(-1);
  if (chart === undefined) return [];
  const version =
    textAt(source, 'version') ??
    textAt(image, 'spec', 'ref', 'tag') ??
    textAt(image, 'spec', 'ref', 'semver');
  const name = plainTextAt(root, 'metadata', 'name');
  const target = plainTextAt(spec, 'targetNamespace');
  const release =
    plainTextAt(spec, 'releaseName') ?? (target === undefined ? name : `${target}-${name ?? ''}`);
  const own = plainTextAt(root, 'metadata', 'namespace');
  const namespace = target ?? own;
  const title = `Flux HelmRelease ${name ?? ''}`;
  const values = at(spec, 'values');
  const isFolder = chart.startsWith('./') || textAt(source, 'sourceRef', 'kind') === 'GitRepository';
  const from = itemsAt(spec, 'valuesFrom').map((item) => valuesFrom(item, own, roots));
  return [
    {
      title,
      by: 'flux',
      chart: { name: chart, ...(!isFolder && version !== undefined && { version }) },
      ...(isFolder && { folder: chart.replace(/^\.\//, '') }),
      ...(name !== undefined && { object: { name, ...(own !== undefined && { namespace: own }) } }),
      ...(release !== undefined && { release }),
      ...(namespace !== undefined && { namespace }),
      files: itemsAt(source, 'valuesFiles').flatMap((item) =>
        item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
      ),
      inline: [...from.flatMap((one) => one ?? []), ...(values?.kind === 'map' ? [values] : [])],
      unread: from.includes(undefined)
        ? [
            `${title} takes more values from Secrets, or from ConfigMaps that no file has, which are not read here.`,
          ]
        : [],
      isPinned:
        isFolder ||
        version?.includes('${') === true ||
        isExactVersion(version) ||
        textAt(image, 'spec', 'ref', 'digest') !== undefined,
      versionAt: source === undefined ? placeAt(root, 'spec', 'chartRef') : placeAt(source, 'version'),
      at: at(source, 'chart')?.at ?? at(spec, 'chartRef')?.at ?? root.at,
    },
  ];
}

/** Values of a key of a ConfigMap among the documents, below `targetPath` where it has one (Flux `HelmRelease.spec.valuesFrom`). */
function valuesFrom(
  item: Node,
  namespace: string | undefined,
  roots: readonly Node[],
): readonly Node[] | undefined {
  const name = plainTextAt(item, 'name');
  if (textAt(item, 'kind') !== 'ConfigMap' || name === undefined) return undefined;
  const source = roots.find(
    (root) =>
      textAt(root, 'kind') === 'ConfigMap' &&
      textAt(root, 'metadata', 'name') === name &&
      (textAt(root, 'metadata', 'namespace') ?? namespace) === namespace,
  );
  const value = entry(at(source, 'data'), textAt(item, 'valuesKey') ?? 'values.yaml');
  if (value?.value.kind !== 'scalar') return undefined;
  const path = textAt(item, 'targetPath');
  if (path !== undefined) {
    return [setNode({ path, value: String(value.value.value ?? ''), isText: false, at: value.value.at })];
  }
  return yamlInScalar(value)
    .documents.map(({ root }) => root)
    .filter((root) => root.kind === 'map');
}

function imageOf(spec: Node | undefined, images: readonly Node[]): Node | undefined {
  const name = textAt(spec, 'chartRef', 'name');
  return name === undefined ? undefined : images.find((image) => textAt(image, 'metadata', 'name') === name);
}
