import type { SourceRange } from '../document/finding.ts';
import { closest } from '../document/closest.ts';
import { at, entriesAt, entry, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import { kustomizeCharts } from './helm/kustomize-charts.ts';
import type { ChartUse } from './helm/chart-use.ts';
import { parseYaml } from '../document/yaml.ts';
import { placedNumber, placedWord } from './scalars.ts';
import type { Placed } from './workload.ts';

/** A change of an image's name, tag or digest, for every container that uses the name. */
export interface ImageChange {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
  readonly at: SourceRange;
}

/** A ConfigMap that a kustomization makes from files and words. */
export interface ConfigMapGenerator {
  readonly name: string;
  readonly namespace?: string;
  readonly files: readonly { readonly key: string; readonly path: string; readonly at: SourceRange }[];
  readonly literals: readonly { readonly key: string; readonly value: string; readonly at: SourceRange }[];
  /** Whether its name gets a digest of its content, so that a change restarts the pods that mount it. */
  readonly isHashed: boolean;
  readonly at: SourceRange;
}

/** What a patch changes: objects of a kind, by a name or an expression for names; without either every object. */
export interface KustomizePatch {
  readonly kind?: string;
  readonly name?: string;
  readonly at: SourceRange;
}

/** A kustomization as far as it can be followed without running anything. Paths are those of the repository. */
export interface Kustomization {
  readonly file: string;
  /** Its folder, without a slash at the end; empty for the top of the repository. */
  readonly folder: string;
  /** Files and folders that it takes in; addresses elsewhere are left out. */
  readonly resources: readonly string[];
  /** The same with their places, as they are written. */
  readonly taken: readonly { readonly path: string; readonly at: SourceRange }[];
  readonly namespace?: Placed<string>;
  /** What stands before and behind the names of all objects. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** Numbers of replicas by the name of the workload. */
  readonly replicas: readonly { readonly name: string; readonly count: Placed<number> }[];
  readonly charts: readonly ChartUse[];
  /** What kustomize refuses to read. */
  readonly mistakes: readonly { readonly message: string; readonly at: SourceRange }[];
  /** Fields that change objects and are not followed here. */
  readonly unapplied: readonly { readonly field: string; readonly at: SourceRange }[];
  readonly images: readonly ImageChange[];
  readonly generators: readonly ConfigMapGenerator[];
  readonly patches: readonly KustomizePatch[];
  /** Files of patches: parts of objects, not objects. */
  readonly patchFiles: readonly string[];
  readonly at: SourceRange;
}

/** Whether a document is a kustomization: by its kind, or by its file's name, where kustomize lets both be left out. */
export function isKustomization(root: Node): boolean {
  const apiVersion = textAt(root, 'apiVersion');
  if (apiVersion !== undefined) {
    return apiVersion.startsWith('kustomize.config.k8s.io/');
  }
  return (
    /(?:^|\/)[Kk]ustomization(?:\.ya?ml)?$/.test(root.at.file) &&
    ['resources', 'bases', 'components', 'configMapGenerator', 'images'].some(
      (key) => at(root, key) !== undefined,
    )
  );
}

/** Reads a kustomization (kustomize.config.k8s.io/v1beta1; reference/collector.md §3.7). */
export function readKustomization(root: Node): Kustomization {
  const { file } = root.at;
  const folder = file.replace(/\/?[^/]*$/, '');
  const namespace = placedWord(root, 'namespace');
  const generated = generatorOptions(root);
  const taken = ['resources', 'bases', 'components'].flatMap((key) =>
    itemsAt(root, key).flatMap((item) =>
      item.kind === 'scalar' && typeof item.value === 'string' ? [{ path: item.value, at: item.at }] : [],
    ),
  );
  const [prefix, suffix] = [textAt(root, 'namePrefix'), textAt(root, 'nameSuffix')];
  return {
    file,
    folder,
    resources: taken.filter(({ path }) => !isRemote(path)).map(({ path }) => joined(folder, path)),
    taken: taken.map((one) => (isRemote(one.path) ? one : { ...one, path: joined(folder, one.path) })),
    ...(namespace && { namespace }),
    ...(prefix !== undefined && { prefix }),
    ...(suffix !== undefined && { suffix }),
    replicas: itemsAt(root, 'replicas').flatMap((item) => {
      const [name, count] = [textAt(item, 'name'), placedNumber(item, 'count')];
      return name === undefined || count === undefined ? [] : [{ name, count }];
    }),
    charts: kustomizeCharts(root),
    mistakes: mistakesOf(root),
    unapplied: [
      ...UNAPPLIED.flatMap((field) => {
        const found = entry(root, field);
        return found === undefined ? [] : [{ field: `\`${field}\``, at: found.keyAt }];
      }),
      ...taken
        .filter(({ path }) => isRemote(path))
        .map(({ path, at: place }) => ({ field: `\`${path}\``, at: place })),
    ],
    images: itemsAt(root, 'images').flatMap(imageChange),
    generators: itemsAt(root, 'configMapGenerator').flatMap((item) => generator(item, folder, generated)),
    ...patchesOf(root, folder),
    at: root.at,
  };
}

/** Fields that make or change objects in ways that nothing here follows; patches are told of the collectors that they change. */
const UNAPPLIED = [
  'replacements',
  'vars',
  'transformers',
  'generators',
  'helmChartInflationGenerator',
  'configurations',
];

/** Fields of a Kustomization (kustomize `api/types/kustomization.go`); it refuses others. */
const LISTS = [
  'bases',
  'components',
  'configMapGenerator',
  'configurations',
  'crds',
  'generators',
  'helmChartInflationGenerator',
  'helmCharts',
  'images',
  'imageTags',
  'labels',
  'patches',
  'patchesJson6902',
  'patchesStrategicMerge',
  'replacements',
  'replicas',
  'resources',
  'secretGenerator',
  'transformers',
  'validators',
  'vars',
  'buildMetadata',
];
const OTHERS = [
  'apiVersion',
  'kind',
  'metadata',
  'openapi',
  'namePrefix',
  'nameSuffix',
  'namespace',
  'commonLabels',
  'commonAnnotations',
  'generatorOptions',
  'helmGlobals',
  'sortOptions',
  'inventory',
];

function mistakesOf(root: Node): Kustomization['mistakes'] {
  return entriesAt(root).flatMap(({ key, keyAt, value }) => {
    if (!LISTS.includes(key) && !OTHERS.includes(key)) {
      const meant = closest(key, [...LISTS, ...OTHERS]);
      const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
      return [{ message: `has no field \`${key}\`${hint}`, at: keyAt }];
    }
    const isEmpty = value.kind === 'scalar' && value.value === null;
    if (!LISTS.includes(key) || value.kind === 'sequence' || isEmpty) return [];
    const what = value.kind === 'map' ? 'a map' : `\`${String(value.value)}\``;
    return [{ message: `takes a list at \`${key}\`, and this is ${what}`, at: value.at }];
  });
}

function isRemote(path: string): boolean {
  return /^(?:https?|ssh|git|file):\/\/|^git@|\?ref=|^github\.com\//.test(path);
}

/** A path of the repository from a folder of it and a path relative to that. */
function joined(folder: string, path: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

const PATCHES = ['patches', 'patchesStrategicMerge', 'patchesJson6902'];

/** A strategic merge patch names its object itself, in the text or in the file; the others have a target. */
function patchesOf(root: Node, folder: string): Pick<Kustomization, 'patches' | 'patchFiles'> {
  const items = PATCHES.flatMap((key) => itemsAt(root, key));
  const files = items.flatMap((item) => {
    const path =
      item.kind === 'scalar' && !String(item.value).includes('\n') ? item.value : textAt(item, 'path');
    return typeof path === 'string' ? [joined(folder, path)] : [];
  });
  const patches = items.flatMap((item): readonly KustomizePatch[] => {
    const target = at(item, 'target');
    const text = item.kind === 'scalar' ? item.value : textAt(item, 'patch');
    const inner =
      typeof text === 'string' && text.includes('\n')
        ? parseYaml(item.at.file, text).documents[0]?.root
        : undefined;
    const named = target === undefined ? inner : undefined;
    const kind = textAt(target, 'kind') ?? textAt(named, 'kind');
    const name = textAt(target, 'name') ?? textAt(named, 'metadata', 'name');
    if (target === undefined && kind === undefined) return [];
    return [{ ...(kind !== undefined && { kind }), ...(name !== undefined && { name }), at: item.at }];
  });
  return { patches, patchFiles: files };
}

function imageChange(item: Node): readonly ImageChange[] {
  const name = textAt(item, 'name');
  if (name === undefined) return [];
  const word = (key: 'newName' | 'newTag' | 'digest'): object => {
    const found = at(item, key);
    return found?.kind === 'scalar' && found.value !== null ? { [key]: String(found.value) } : {};
  };
  const place = at(item, 'newTag') ?? at(item, 'digest') ?? at(item, 'newName') ?? item;
  return [{ name, ...word('newName'), ...word('newTag'), ...word('digest'), at: place.at }];
}

function generatorOptions(root: Node): Node | undefined {
  return at(root, 'generatorOptions', 'disableNameSuffixHash');
}

function generator(item: Node, folder: string, general: Node | undefined): readonly ConfigMapGenerator[] {
  const name = textAt(item, 'name');
  if (name === undefined) return [];
  const namespace = textAt(item, 'namespace');
  const own = at(item, 'options', 'disableNameSuffixHash') ?? general;
  const words = (
    key: string,
  ): readonly { readonly key: string; readonly rest: string; readonly at: SourceRange }[] =>
    itemsAt(item, key).flatMap((word) => {
      if (word.kind !== 'scalar' || typeof word.value !== 'string') return [];
      const equals = word.value.indexOf('=');
      return [
        {
          key: equals < 0 ? '' : word.value.slice(0, equals),
          rest: word.value.slice(equals + 1),
          at: word.at,
        },
      ];
    });
  return [
    {
      name,
      ...(namespace !== undefined && { namespace }),
      files: words('files').map(({ key, rest, at: place }) => ({
        key: key === '' ? (rest.split('/').at(-1) ?? rest) : key,
        path: joined(folder, rest),
        at: place,
      })),
      literals: words('literals').map(({ key, rest, at: place }) => ({
        key,
        value: rest.replace(/^(["'])(.*)\1$/s, '$2'),
        at: place,
      })),
      isHashed: !(own?.kind === 'scalar' && own.value === true),
      at: at(item, 'name')?.at ?? item.at,
    },
  ];
}
