import { compareText } from '../document/finding.ts';
import { chartAbove } from '../resources/helm-installations.ts';
import { kustomizedBy } from '../resources/kustomize.ts';
import type { LoadedView } from '../resources/view.ts';
import { changedManifests, outsideSecrets, removedManifests } from './manifests.ts';
import type { ManifestFile, OutsideObject } from './manifests.ts';
import type { Step } from './plan.ts';
import { shellWord } from './shell.ts';

/**
 * What somebody has to run besides apply, in order: namespaces and Secrets that no file brings, changed manifests, Helm releases, and objects
 * that went away. Each is an exact command; what the repository does not say stands in it as an upper-case word or a shell variable.
 * @param after steps that must have succeeded before any of them, because agents that start ask for their configuration
 */
export function externalSteps(base: LoadedView, head: LoadedView, after: readonly string[]): readonly Step[] {
  const files = changedManifests(base, head);
  const secrets = outsideSecrets(base, head, files);
  const namespaces = namespacesOf(secrets, base, head);
  const applied = new Set(files.map(({ path }) => path));
  const steps = [
    ...namespaces,
    ...secrets.map((secret) => secretStep(secret, namespaces)),
    ...files.map((file) => manifestStep(file, applied, secrets, head)),
  ];
  const manifests = files.map(({ path }) => manifestStepId(path));
  const last = [...steps, ...helmSteps(base, head, manifests), ...removals(base, head, manifests)];
  return last.map((step) => (step.after.length > 0 ? step : { ...step, after }));
}

/** The id of the step that applies a manifest file. */
export function manifestStepId(path: string): string {
  return `external:${path}`;
}

function manifestStep(
  file: ManifestFile,
  applied: ReadonlySet<string>,
  secrets: readonly OutsideObject[],
  { repository }: LoadedView,
): Step {
  const needed = secrets.filter(({ files }) => files.includes(file.path)).map(secretStepId);
  const files = file.needs.filter((path) => applied.has(path)).map(manifestStepId);
  const folder = kustomizedBy(file.path, repository.kustomizations);
  const names = file.changed.map(({ kind, name }) => `${kind} ${name}`);
  const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return {
    id: manifestStepId(file.path),
    kind: 'external',
    command: `kubectl apply ${folder === undefined ? `-f ${shellWord(file.path)}` : `-k ${shellWord(folder === '' ? '.' : folder)}`}`,
    text: `apply ${file.path} (${shown.join(', ')})`,
    after: [...needed, ...files],
    at: file.at,
  };
}

function secretStepId({ namespace, name }: OutsideObject): string {
  return `external:Secret/${namespace}/${name}`;
}

/** A Secret's value is not in the repository: the command takes it from the environment of whoever runs it. */
function secretStep(secret: OutsideObject, namespaces: readonly Step[]): Step {
  const { namespace, name, keys } = secret;
  const values = keys.map((key) => `--from-literal=${shellWord(key)}="$${variableName(key)}"`);
  const owner = namespaces.filter(({ id }) => id === `external:Namespace/${namespace}`).map(({ id }) => id);
  return {
    id: secretStepId(secret),
    kind: 'external',
    command: [
      'kubectl create secret generic',
      shellWord(name),
      '--namespace',
      shellWord(namespace),
      ...values,
    ].join(' '),
    text: `Secret ${name} in namespace ${namespace} must exist; no file declares it`,
    after: owner,
    at: secret.at,
  };
}

function variableName(key: string): string {
  return key
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '_')
    .replace(/^(?=\d)/, '_');
}

/** Namespaces that are new with this change and must be there before a Secret can be put into them. */
function namespacesOf(
  secrets: readonly OutsideObject[],
  base: LoadedView,
  head: LoadedView,
): readonly Step[] {
  const names = [...new Set(secrets.map(({ namespace }) => namespace))].sort(compareText);
  const known = new Set(base.repository.manifests.objects.map(({ key }) => key));
  return names.flatMap((name): readonly Step[] => {
    const object = head.repository.manifests.objects.find(({ key }) => key === `Namespace/${name}`);
    if (object === undefined || known.has(object.key)) return [];
    return [
      {
        id: `external:Namespace/${name}`,
        kind: 'external',
        command: `kubectl create namespace ${shellWord(name)} --dry-run=client -o yaml | kubectl apply -f -`,
        text: `Namespace ${name} must exist before its Secret; ${object.at.file} declares it`,
        after: [],
        at: object.at,
      },
    ];
  });
}

/** Values files that changed. The release's name is not in the repository; the chart is where a Chart.yaml stands above the file. */
function helmSteps(base: LoadedView, head: LoadedView, after: readonly string[]): readonly Step[] {
  const { helmValues, helmCharts, texts } = head.repository;
  return helmValues.flatMap(({ file, at, kind }): readonly Step[] => {
    if (base.repository.texts.get(file) === texts.get(file)) return [];
    const above = chartAbove(file, helmCharts);
    const folder = above === undefined ? undefined : `./${above.folder}`.replace(/\/$/, '');
    const chart = folder ?? (kind === 'parent' ? 'CHART' : `open-telemetry/opentelemetry-${kind}`);
    const isOwn = above !== undefined && file === `${above.folder}values.yaml`;
    const missing = chart === 'CHART' ? 'release and chart are' : "the release's name is";
    return [
      {
        id: `external:${file}`,
        kind: 'external',
        command: `helm upgrade --install RELEASE ${chart === 'CHART' ? chart : shellWord(chart)}${isOwn ? '' : ` --values ${shellWord(file)}`} --wait`,
        text: `Helm release with ${file}; ${missing} not in the repository`,
        after,
        at,
      },
    ];
  });
}

function removals(base: LoadedView, head: LoadedView, after: readonly string[]): readonly Step[] {
  return removedManifests(base, head).map(({ key, kind, namespace, name }) => ({
    id: `external:delete:${key}`,
    kind: 'external',
    action: '-',
    command: [
      'kubectl delete',
      shellWord(kind.toLowerCase()),
      shellWord(name),
      ...(namespace === undefined ? [] : ['--namespace', shellWord(namespace)]),
    ].join(' '),
    text: `delete ${kind} ${name}; no file declares it any more`,
    after,
  }));
}
