import type { SourceRange } from '../document/finding.ts';
import { compareText } from '../document/finding.ts';
import { at, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { ManifestObject } from '../kubernetes/workload.ts';
import type { LoadedRepository } from '../resources/load.ts';
import type { LoadedView } from '../resources/view.ts';
import { gatewaysOf, isInFrontOf, sortByNeeds } from './senders.ts';

/** A file of manifests that belongs to collectors, and why it is among the steps. */
export interface ManifestFile {
  readonly path: string;
  /** Objects of the file that are new or differ from base. */
  readonly changed: readonly ManifestObject[];
  /** Files whose objects this one needs, and files of gateways that its agents send to. */
  readonly needs: readonly string[];
  readonly at: SourceRange;
}

/** An object that manifests need and no file declares. */
export interface OutsideObject {
  readonly kind: 'Secret';
  readonly namespace: string;
  readonly name: string;
  /** Keys of the Secret that containers read. */
  readonly keys: readonly string[];
  readonly at: SourceRange;
  /** Files with objects that need it. */
  readonly files: readonly string[];
}

/**
 * Manifest files that `kubectl` has to apply because of the change, in the order they need each other: owners of namespaces and service
 * accounts first, gateways before the agents that send to them. Only files around collectors count: those with agents, with what these need,
 * and with what stands around them.
 */
export function changedManifests(base: LoadedView, head: LoadedView): readonly ManifestFile[] {
  const before = counterparts(head.repository.manifests.objects, base.repository.manifests.objects);
  const relevant = collectorObjects(head.repository);
  const { objects } = head.repository.manifests;
  const fileOf = new Map(objects.map((object) => [object.key, object.at.file]));
  const paths = new Set(objects.filter(({ key }) => relevant.has(key)).map((object) => object.at.file));
  const needs = fileNeeds(head, fileOf);
  const files = [...paths].sort(compareText).flatMap((path): readonly ManifestFile[] => {
    const changed = objects.filter(
      (object) => object.at.file === path && before.get(object)?.digest !== object.digest,
    );
    const [first] = changed;
    if (first === undefined) return [];
    return [{ path, changed, needs: [...(needs.get(path) ?? [])].sort(compareText), at: first.at }];
  });
  const byPath = new Map(files.map((file) => [file.path, file]));
  return sortByNeeds(files, (file) => file.needs.flatMap((path) => byPath.get(path) ?? []));
}

/** Objects of base that head no longer has, as far as they belonged to collectors. */
export function removedManifests(base: LoadedView, head: LoadedView): readonly ManifestObject[] {
  const { objects } = base.repository.manifests;
  const kept = counterparts(objects, head.repository.manifests.objects);
  const relevant = collectorObjects(base.repository);
  return objects.filter((object) => relevant.has(object.key) && !kept.has(object));
}

/**
 * For each object the one that it is on the other side: of the same file, else one whose file here does not have it (a file that was
 * moved). One key often stands in several files: overlays, or a folder a cluster.
 */
function counterparts(
  objects: readonly ManifestObject[],
  others: readonly ManifestObject[],
): ReadonlyMap<ManifestObject, ManifestObject> {
  const placeOf = ({ key, at: { file } }: ManifestObject): string => `${file}\n${key}`;
  const here = new Set(objects.map(placeOf));
  const byPlace = new Map(others.map((other) => [placeOf(other), other]));
  const moved = new Map(others.flatMap((other) => (here.has(placeOf(other)) ? [] : [[other.key, other]])));
  return new Map(
    objects.flatMap((object) => {
      const other = byPlace.get(placeOf(object)) ?? moved.get(object.key);
      return other === undefined ? [] : [[object, other]];
    }),
  );
}

/** Keys of workloads with agents, of everything that they need, and of what binds or fronts them. */
function collectorObjects({ manifests, ...repository }: LoadedRepository): ReadonlySet<string> {
  const { agents, collectors, customCollectors, references, services } = manifests;
  const found = new Set([
    ...agents.map(({ workload }) => workload.key),
    ...customCollectors.map(({ object }) => object.key),
    ...collectors.flatMap(({ workload, namespace, source }) =>
      workload === undefined
        ? source === undefined
          ? []
          : [`ConfigMap/${namespace}/${source.configMap}`]
        : [workload.key],
    ),
  ]);
  for (const service of services) {
    const fronts = agents.some(({ workload }) =>
      isInFrontOf(service, workload, { manifests, ...repository }),
    );
    if (fronts) found.add(service.key);
  }
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const { from, to } of references) {
      if (found.has(from)) found.add(to);
      // What names one of them (a binding, an autoscaler) belongs to it; a namespace is named by everything in it.
      else if (found.has(to) && !to.startsWith('Namespace/')) found.add(from);
    }
  }
  return found;
}

function fileNeeds(
  view: LoadedView,
  fileOf: ReadonlyMap<string, string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const needs = new Map<string, Set<string>>();
  const add = (file: string | undefined, other: string | undefined): void => {
    if (file === undefined || other === undefined || file === other) return;
    needs.set(file, (needs.get(file) ?? new Set()).add(other));
  };
  for (const { from, to } of view.repository.manifests.references) add(fileOf.get(from), fileOf.get(to));
  const gateways = gatewaysOf(view);
  for (const [sender, { workloads }] of view.targets) {
    for (const { workload } of workloads) {
      for (const gateway of gateways.get(sender) ?? []) {
        for (const receiver of view.targets.get(gateway)?.workloads ?? []) {
          add(workload.at.file, receiver.workload.at.file);
        }
      }
    }
  }
  return needs;
}

/** Secrets that changed manifests name for the first time and no file declares. */
export function outsideSecrets(
  base: LoadedView,
  head: LoadedView,
  files: readonly ManifestFile[],
): readonly OutsideObject[] {
  const { objects, references } = head.repository.manifests;
  const declared = new Set(objects.map(({ key }) => key));
  const known = new Set(base.repository.manifests.references.map(({ to }) => to));
  const changed = new Map(
    files.flatMap((file) => file.changed.map((object) => [object.key, file.path] as const)),
  );
  const secrets = new Map<string, OutsideObject>();
  for (const { from, to, at: place } of references) {
    const file = changed.get(from);
    const [kind, namespace, name] = to.split('/');
    if (kind !== 'Secret' || namespace === undefined || name === undefined) continue;
    if (file === undefined || declared.has(to) || known.has(to)) continue;
    const first = secrets.get(to);
    secrets.set(to, {
      kind,
      namespace,
      name,
      keys: first?.keys ?? secretKeys(head.repository, name),
      at: first?.at ?? place,
      files: [...new Set([...(first?.files ?? []), file])],
    });
  }
  return [...secrets.values()];
}

/** Keys that containers read from a Secret, wherever the manifests name it. */
function secretKeys({ manifestDocuments }: LoadedRepository, name: string): readonly string[] {
  const keys = new Set<string>();
  for (const { root } of manifestDocuments) {
    for (const container of containersOf(root)) {
      for (const variable of itemsAt(container, 'env')) {
        const reference = at(variable, 'valueFrom', 'secretKeyRef');
        const key = textAt(reference, 'key');
        if (textAt(reference, 'name') === name && key !== undefined) keys.add(key);
      }
    }
  }
  return [...keys].sort(compareText);
}

function containersOf(root: Node): readonly Node[] {
  const pod = at(root, 'spec', 'template', 'spec');
  return [...itemsAt(pod, 'initContainers'), ...itemsAt(pod, 'containers')];
}
