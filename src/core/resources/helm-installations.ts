import { entry, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { SourceRange } from '../document/finding.ts';
import { parseYaml } from '../document/yaml.ts';
import { DEMO_CHART } from '../kubernetes/helm/demo-chart.ts';
import type { HelmRelease } from '../kubernetes/helm/chart-context.ts';
import type { ChartFile } from '../kubernetes/helm/chart-file.ts';
import { isExactVersion } from '../kubernetes/helm/chart-use.ts';
import type { ChartUse } from '../kubernetes/helm/chart-use.ts';
import { COLLECTOR_CHART } from '../kubernetes/helm/collector-chart.ts';
import { KUBE_STACK_CHART } from '../kubernetes/helm/kube-stack/kube-stack-chart.ts';
import { valuesKind } from '../kubernetes/helm/render-release.ts';
import type { ValuesKind } from '../kubernetes/helm/render-release.ts';
import type { HelmChart, HelmValues } from './formats/format.ts';

/** Values with the chart that they are for, as one release. */
export interface HelmInstallation {
  /** `values/gateway.yaml`, or the file that installs it and the release: what people know it by. */
  readonly id: string;
  readonly kind: ValuesKind;
  /** The documents of the values in the order of merging; the last one wins. */
  readonly files: readonly Node[];
  readonly release: HelmRelease;
  readonly chart: ChartFile;
  /** False where no file says which chart it is. */
  readonly isChartKnown: boolean;
  /** The chart's own values.yaml, where it is in the repository. */
  readonly ownValues?: Node;
  /** What installs it, where a file says that. */
  readonly use?: ChartUse;
  /** What of its values is not read. */
  readonly unread: readonly string[];
  readonly at: SourceRange;
}

/** What `helm template` calls a release without a name. */
const UNNAMED: HelmRelease = { name: 'release-name', namespace: 'default' };

/** The newest kube-stack whose rules are known here. */
export const NEWEST_KUBE_STACK = '0.20.3';

/**
 * Every release of a collector chart: first those that a file asks for (Argo CD, Flux, a command), then each values file that none of
 * them names, with the Chart.yaml nearest above it.
 * @param texts every file of the repository: values files that say nothing of a collector are read when a release names them
 */
export function helmInstallations(
  values: readonly HelmValues[],
  charts: readonly HelmChart[],
  uses: readonly ChartUse[],
  texts: ReadonlyMap<string, string>,
): readonly HelmInstallation[] {
  const asked = uses.flatMap((use) => askedFor(use, values, charts, texts));
  const named = new Set(asked.flatMap(({ paths }) => paths));
  const rest = values.filter(({ file }) => !named.has(file)).map((one) => byItself(one, values, charts));
  const installed = [...asked.map(({ installation }) => installation), ...rest];
  return withOwnIds([...installed, ...byAlias(charts, installed, texts)]);
}

/** Charts of the repository that call the collector chart otherwise, so that nothing in their values says what it is. */
function byAlias(
  charts: readonly HelmChart[],
  installed: readonly HelmInstallation[],
  texts: ReadonlyMap<string, string>,
): readonly HelmInstallation[] {
  const known = new Set(installed.map(({ chart }) => chart));
  return charts.flatMap(({ chart, file }): readonly HelmInstallation[] => {
    const path = `${file.replace(/[^/]*$/, '')}values.yaml`;
    if (chartKind(chart) !== 'parent' || known.has(chart) || !texts.has(path)) return [];
    return documentOf(path, [], texts).map((root) => ({
      id: path,
      kind: 'parent',
      files: [],
      release: UNNAMED,
      chart,
      isChartKnown: true,
      ownValues: root,
      unread: [],
      at: root.at,
    }));
  });
}

/** Releases that share their last values file are told apart by what they are called. */
function withOwnIds(installations: readonly HelmInstallation[]): readonly HelmInstallation[] {
  const seen = new Map<string, number>();
  return installations.map((installation) => {
    const { id, release } = installation;
    const before = seen.get(id) ?? 0;
    seen.set(id, before + 1);
    if (before === 0) return installation;
    const more = `${id}#${release.name}`;
    const again = seen.get(more) ?? 0;
    seen.set(more, again + 1);
    return { ...installation, id: again === 0 ? more : `${more}-${again + 1}` };
  });
}

function byItself(
  one: HelmValues,
  values: readonly HelmValues[],
  charts: readonly HelmChart[],
): HelmInstallation {
  const above = chartAbove(one.file, charts);
  const own = values.find(({ file }) => above !== undefined && file === `${above.folder}values.yaml`);
  return {
    id: one.file,
    kind: one.kind,
    files: own === one ? [] : [one.root],
    release: UNNAMED,
    chart: above?.chart ?? assumedChart(one.kind, one.root),
    isChartKnown: above !== undefined,
    ...(own && { ownValues: own.root }),
    unread: [],
    at: one.at,
  };
}

const CHARTS: Readonly<Record<string, ValuesKind>> = {
  [COLLECTOR_CHART]: 'collector',
  [KUBE_STACK_CHART]: 'kube-stack',
  [DEMO_CHART]: 'parent',
};

function askedFor(
  use: ChartUse,
  values: readonly HelmValues[],
  charts: readonly HelmChart[],
  texts: ReadonlyMap<string, string>,
): readonly { readonly installation: HelmInstallation; readonly paths: readonly string[] }[] {
  const name = use.chart.name.split('/').at(-1) ?? '';
  const folder = use.folder === undefined ? undefined : cleaned(use.folder);
  const local =
    folder === undefined
      ? undefined
      : charts.find(({ file }) => file === `${folder}/Chart.yaml` || file.endsWith(`/${folder}/Chart.yaml`));
  const paths = use.files.map((file) => pathOf(file, use, folder, texts));
  const files = paths.flatMap((path) => (path === undefined ? [] : documentOf(path, values, texts)));
  const found = paths.flatMap((path) => path ?? []);
  const roots = [...files, ...use.inline];
  const kind =
    (local === undefined ? CHARTS[name] : chartKind(local.chart)) ??
    roots.map(valuesKind).findLast((one) => one !== undefined);
  if (kind === undefined) return [];
  const { namespace = UNNAMED.namespace } = use;
  const guess = assumedChart(kind, roots.at(-1));
  const chart: ChartFile = local?.chart ?? {
    name,
    ...(isExactVersion(use.chart.version) && { version: use.chart.version.replace(/^v/, '') }),
    dependencies: CHARTS[name] === undefined ? guess.dependencies : [],
  };
  const missing = use.files.filter((_file, index) => paths[index] === undefined);
  const own = local && `${local.file.replace(/[^/]*$/, '')}values.yaml`;
  const [ownValues] = own === undefined ? [] : documentOf(own, values, texts);
  return [
    {
      paths: found,
      installation: {
        id: found.at(-1) ?? `${use.at.file}#${use.release ?? name}`,
        kind,
        files: roots,
        release: { name: use.release ?? UNNAMED.name, namespace },
        chart,
        isChartKnown: true,
        ...(ownValues && { ownValues }),
        use,
        unread: [
          ...use.unread,
          ...missing.map(
            (file) => `${use.title} names the values file ${file}, which is not in these files.`,
          ),
        ],
        at: files.at(-1)?.at ?? use.inline[0]?.at ?? use.at,
      },
    },
  ];
}

function chartKind({ name, dependencies }: ChartFile): ValuesKind | undefined {
  if (CHARTS[name] !== undefined) return CHARTS[name];
  return dependencies.some((dependency) => dependency.name === COLLECTOR_CHART) ? 'parent' : undefined;
}

function cleaned(path: string): string {
  return path.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
}

/** The file of the repository that a values file means: beside what names it, in the chart's folder, from the top, or the only one that ends so. */
function pathOf(
  file: string,
  use: ChartUse,
  folder: string | undefined,
  texts: ReadonlyMap<string, string>,
): string | undefined {
  const plain = file.replace(/^\$\{?[A-Za-z_]\w*\}?\//, '').replace(/^\.\//, '');
  if (/[$`]/.test(plain)) return undefined;
  const here = use.at.file.replace(/[^/]*$/, '');
  const candidates = [
    ...(folder === undefined ? [] : [joined(`${folder}/`, plain)]),
    cleaned(plain),
    joined(here, plain),
  ];
  const direct = candidates.find((candidate) => texts.has(candidate));
  if (direct !== undefined) return direct;
  const ending = `/${cleaned(plain.replace(/^(?:\.\.\/)+/, ''))}`;
  const met = [...texts.keys()].filter((path) => path.endsWith(ending));
  return met.length === 1 ? met[0] : undefined;
}

function joined(folder: string, path: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function documentOf(
  path: string,
  values: readonly HelmValues[],
  texts: ReadonlyMap<string, string>,
): readonly Node[] {
  const known = values.find(({ file }) => file === path);
  if (known !== undefined) return [known.root];
  const { documents } = parseYaml(path, texts.get(path) ?? '');
  return documents.slice(0, 1).flatMap(({ root }) => (root.kind === 'map' ? [root] : []));
}

/** The chart whose folder holds the file, the nearest one; the folder ends with a slash, or is empty for the top of the repository. */
export function chartAbove(
  file: string,
  charts: readonly HelmChart[],
): { readonly chart: ChartFile; readonly folder: string } | undefined {
  return charts
    .map(({ chart, file: own }) => ({ chart, folder: own.replace(/[^/]*$/, '') }))
    .filter(({ folder }) => file.startsWith(folder))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** What the values are for, by their keys: only the demo has `components` beside a collector. */
function assumedChart(kind: ValuesKind, root: Node | undefined): ChartFile {
  if (kind === 'collector') return { name: COLLECTOR_CHART, dependencies: [] };
  if (kind === 'kube-stack') return { name: KUBE_STACK_CHART, version: NEWEST_KUBE_STACK, dependencies: [] };
  if (entry(root, 'components') !== undefined && textAt(root, 'apiVersion') === undefined) {
    return { name: DEMO_CHART, dependencies: [] };
  }
  return { name: 'CHART', dependencies: [{ name: COLLECTOR_CHART }] };
}
