import { compareText } from '../document/finding.ts';
import { kustomizedBy } from '../resources/kustomize.ts';
import type { LoadedRepository } from '../resources/load.ts';
import type { LoadedView } from '../resources/view.ts';
import { helmSteps } from './helm-steps.ts';
import { changedManifests, outsideSecrets, removedManifests } from './manifests.ts';
import type { ManifestFile, OutsideObject } from './manifests.ts';
import type { Step } from './plan.ts';
import { sortByNeeds } from './senders.ts';
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
  const steps = [
    ...namespaces,
    ...secrets.map((secret) => secretStep(secret, namespaces)),
    ...manifestSteps(files, secrets, head),
  ];
  const manifests = [...new Set(files.map(({ path }) => manifestStepId(path, head.repository)))];
  const last = [...steps, ...helmSteps(base, head, manifests), ...removals(base, head, manifests)];
  return last.map((step) => (step.after.length > 0 ? step : { ...step, after }));
}

/** The id of the step that applies a manifest file, alone or with all that its kustomization takes in. */
export function manifestStepId(path: string, { kustomizations }: LoadedRepository): string {
  const folder = kustomizedBy(path, kustomizations);
  return folder === undefined ? `external:${path}` : `external:${folderWords(folder)}/`;
}

function folderWords(folder: string): string {
  return folder === '' ? '.' : folder;
}

/** Files that one command applies. */
interface AppliedFiles {
  readonly id: string;
  readonly files: readonly [ManifestFile, ...ManifestFile[]];
}

/** The files by the command that applies them, in an order that their needs ask for. */
function appliedTogether(
  files: readonly ManifestFile[],
  repository: LoadedRepository,
): readonly AppliedFiles[] {
  const groups = [...Map.groupBy(files, ({ path }) => manifestStepId(path, repository))].flatMap(
    ([id, [first, ...others]]): readonly AppliedFiles[] =>
      first === undefined ? [] : [{ id, files: [first, ...others] }],
  );
  const byPath = new Map(groups.flatMap((group) => group.files.map(({ path }) => [path, group] as const)));
  return sortByNeeds(groups, (group) =>
    group.files.flatMap(({ needs }) => needs.flatMap((path) => byPath.get(path) ?? [])),
  );
}

function manifestSteps(
  files: readonly ManifestFile[],
  secrets: readonly OutsideObject[],
  { repository }: LoadedView,
): readonly Step[] {
  const groups = appliedTogether(files, repository);
  const places = new Map(groups.map(({ id }, index) => [id, index]));
  return groups.map(({ id, files: [first, ...others] }, index) => {
    const all = [first, ...others];
    const paths = new Set(all.map(({ path }) => path));
    const needed = secrets.filter((secret) => secret.files.some((path) => paths.has(path))).map(secretStepId);
    const before = all
      .flatMap(({ needs }) => needs.map((path) => manifestStepId(path, repository)))
      .filter((other) => (places.get(other) ?? index) < index);
    const folder = kustomizedBy(first.path, repository.kustomizations);
    const names = all.flatMap(({ changed }) => changed.map(({ kind, name }) => `${kind} ${name}`));
    const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    const what = others.length === 0 || folder === undefined ? first.path : folderWords(folder);
    return {
      id,
      kind: 'external',
      command: `kubectl apply ${folder === undefined ? `-f ${shellWord(first.path)}` : `-k ${shellWord(folderWords(folder))}`}`,
      text: `apply ${what} (${shown.join(', ')})`,
      after: [...new Set([...needed, ...before])],
      at: first.at,
    };
  });
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
