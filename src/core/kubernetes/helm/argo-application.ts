import { yamlInScalar } from '../../document/embedded-yaml.ts';
import { at, entry, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { isExactVersion, placeAt, plainTextAt } from './chart-use.ts';
import type { ChartUse } from './chart-use.ts';
import { setNode } from './helm-command.ts';
import type { SetValue } from './helm-command.ts';

/**
 * The charts that an Argo CD Application, or the template of an ApplicationSet, installs (`argoproj.io/v1alpha1`: `spec.source`, `spec.sources`
 * with `chart` or a `path`, `targetRevision`, `helm.releaseName|valueFiles|values|valuesObject|parameters`). None for other objects.
 */
export function argoCharts(root: Node): readonly ChartUse[] {
  if (textAt(root, 'apiVersion')?.startsWith('argoproj.io/') !== true) return [];
  const kind = textAt(root, 'kind');
  if (kind === 'ApplicationSet') return chartsOf(at(root, 'spec', 'template'), root);
  return kind === 'Application' ? chartsOf(root, root) : [];
}

function chartsOf(application: Node | undefined, root: Node): readonly ChartUse[] {
  const name = plainTextAt(application, 'metadata', 'name');
  const source = at(application, 'spec', 'source');
  const sources = [...(source === undefined ? [] : [source]), ...itemsAt(application, 'spec', 'sources')];
  const title = `Argo CD ${textAt(root, 'kind') ?? ''} ${textAt(root, 'metadata', 'name') ?? ''}`;
  return sources.flatMap((one): readonly ChartUse[] => {
    const chart = plainTextAt(one, 'chart');
    const folder = chart === undefined ? plainTextAt(one, 'path') : undefined;
    const helm = at(one, 'helm');
    // A folder without anything of Helm is as likely one of manifests.
    if (chart === undefined && (folder === undefined || helm === undefined)) return [];
    const release = plainTextAt(helm, 'releaseName') ?? name;
    const namespace = plainTextAt(application, 'spec', 'destination', 'namespace');
    const version = textAt(one, 'targetRevision');
    const files = itemsAt(helm, 'valueFiles').flatMap((item) =>
      item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
    );
    const parameters = itemsAt(helm, 'parameters').map(parameter);
    const isUnread = parameters.includes(undefined) || itemsAt(helm, 'fileParameters').length > 0;
    return [
      {
        title,
        by: 'argo',
        chart: {
          name: chart ?? folder ?? '',
          ...(chart !== undefined && version !== undefined && { version }),
        },
        ...(folder !== undefined && { folder }),
        ...(name !== undefined && { object: { name } }),
        ...(release !== undefined && { release }),
        ...(namespace !== undefined && { namespace }),
        files: files.filter((file) => !file.includes('{{')),
        inline: [
          ...inlineValues(helm),
          ...parameters.flatMap((one) => (one === undefined ? [] : [setNode(one)])),
        ],
        unread: [
          ...(isUnread
            ? [`${title} sets parameters by templates or files, which are not applied here.`]
            : []),
          ...(files.some((file) => file.includes('{{'))
            ? [`${title} chooses values files by a template, which are not read here.`]
            : []),
        ],
        isPinned: folder !== undefined || version?.includes('{{') === true || isExactVersion(version),
        versionAt: placeAt(one, 'targetRevision'),
        at: at(one, 'chart')?.at ?? at(one, 'path')?.at ?? one.at,
      },
    ];
  });
}

/** A parameter is what `--set` is to helm, `forceString` `--set-string`; undefined where a template makes it. */
function parameter(item: Node): SetValue | undefined {
  const [path, value] = [textAt(item, 'name'), at(item, 'value')];
  if (path === undefined || value?.kind !== 'scalar') return undefined;
  const text = String(value.value ?? '');
  const force = at(item, 'forceString');
  return /\{\{|\$[({A-Za-z]/.test(`${path}${text}`)
    ? undefined
    : {
        path,
        value: text,
        isText: force?.kind === 'scalar' && force.value === true,
        at: value.at,
      };
}

/** `values` is text, `valuesObject` wins over it, parameters over both. */
function inlineValues(helm: Node | undefined): readonly Node[] {
  const text = entry(helm, 'values');
  const read = text === undefined ? [] : yamlInScalar(text).documents.map(({ root }) => root);
  const object = at(helm, 'valuesObject');
  return [...read, ...(object === undefined ? [] : [object])].filter((node) => node.kind === 'map');
}
