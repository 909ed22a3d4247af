import { chartAbove } from '../resources/helm-installations.ts';
import type { HelmInstallation } from '../resources/helm-installations.ts';
import type { ChartUse } from '../kubernetes/helm/chart-use.ts';
import type { LoadedView } from '../resources/view.ts';
import type { Step } from './plan.ts';
import { shellWord } from './shell.ts';

/**
 * What brings changed values into the cluster: for each release that a file of the repository installs, what installs it, with the names,
 * version and files that it says; for values that nobody names, a command with what is missing as upper-case words.
 * @param after steps that come before any of them
 */
export function helmSteps(base: LoadedView, head: LoadedView, after: readonly string[]): readonly Step[] {
  const changed = (file: string): boolean =>
    base.repository.texts.get(file) !== head.repository.texts.get(file);
  const installed = head.repository.helmInstallations.flatMap((installation) =>
    installation.use === undefined ? [] : [{ installation, use: installation.use }],
  );
  const known = new Set(installed.flatMap(({ installation }) => filesOf(installation)));
  return [
    ...installed
      .filter(({ installation, use }) =>
        // A script that changes is run by whoever runs scripts; an Application is a wish by itself.
        [...filesOf(installation), ...(use.by === 'command' ? [] : [use.at.file])].some(changed),
      )
      .map(({ installation, use }) => knownRelease(installation, use, after)),
    ...head.repository.helmValues
      .filter(({ file }) => !known.has(file) && changed(file))
      .map((values) => unknownRelease(values, head, after)),
  ];
}

function filesOf({ files, ownValues }: HelmInstallation): readonly string[] {
  return [...files, ...(ownValues === undefined ? [] : [ownValues])].map(({ at }) => at.file);
}

function knownRelease(installation: HelmInstallation, use: ChartUse, after: readonly string[]): Step {
  const { files } = installation;
  const named = files.map(({ at }) => at.file).filter((file) => file !== use.at.file);
  const what = named.length === 0 ? use.at.file : named.join(', ');
  const name = use.object?.name ?? use.release ?? 'RELEASE';
  const step = {
    id: `external:helm:${use.by}:${use.object?.namespace ?? use.namespace ?? ''}/${name}:${installation.id}`,
    kind: 'external' as const,
    after,
    at: installation.at,
  };
  if (use.by === 'argo') {
    return {
      ...step,
      command: `argocd app sync ${shellWord(name)}`,
      text: `${use.title} takes ${what}: sync it, unless it syncs by itself`,
    };
  }
  if (use.by === 'flux') {
    const namespace = use.object?.namespace;
    return {
      ...step,
      command: `flux reconcile helmrelease ${shellWord(name)}${namespace === undefined ? '' : ` --namespace ${shellWord(namespace)}`} --with-source`,
      text: `${use.title} takes ${what}: Flux does this by itself at its next interval`,
    };
  }
  if (use.by === 'kustomize') {
    const folder = use.at.file.replace(/\/?[^/]*$/, '');
    return {
      ...step,
      command: `kubectl kustomize --enable-helm ${shellWord(folder === '' ? '.' : folder)} | kubectl apply -f -`,
      text: `${use.title} takes ${what}`,
    };
  }
  const words = [
    'helm upgrade --install',
    use.release === undefined ? 'RELEASE' : shellWord(use.release),
    shellWord(use.folder === undefined ? use.chart.name : `./${use.folder.replace(/^\.\//, '')}`),
    ...(use.namespace === undefined ? [] : ['--namespace', shellWord(use.namespace)]),
    ...(use.chart.version === undefined ? [] : ['--version', shellWord(use.chart.version)]),
    ...named.flatMap((file) => ['--values', shellWord(file)]),
    '--wait',
    ...(use.inline.length > 0 ? ['SETTINGS'] : []),
  ];
  return {
    ...step,
    command: words.join(' '),
    text: `Helm release ${use.release ?? 'RELEASE'} with ${what}, as ${use.at.file} installs it${use.inline.length > 0 ? '; SETTINGS are the `--set` flags there' : ''}`,
  };
}

/** The chart is where a Chart.yaml stands above the file. */
function unknownRelease(
  { file, at, kind }: LoadedView['repository']['helmValues'][number],
  { repository }: LoadedView,
  after: readonly string[],
): Step {
  const above = chartAbove(file, repository.helmCharts);
  const folder = above === undefined ? undefined : `./${above.folder}`.replace(/\/$/, '');
  const chart = folder ?? (kind === 'parent' ? 'CHART' : `open-telemetry/opentelemetry-${kind}`);
  const isOwn = above !== undefined && file === `${above.folder}values.yaml`;
  const missing = chart === 'CHART' ? 'release and chart are' : "the release's name is";
  return {
    id: `external:${file}`,
    kind: 'external',
    command: `helm upgrade --install RELEASE ${chart === 'CHART' ? chart : shellWord(chart)}${isOwn ? '' : ` --values ${shellWord(file)}`} --wait`,
    text: `Helm release with ${file}; ${missing} not in the repository`,
    after,
    at,
  };
}
