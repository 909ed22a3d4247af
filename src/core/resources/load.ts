import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import type { TypeDocument } from '../bindplane/types.ts';
import type { SupervisorConfig } from '../collector/supervisor.ts';
import type { Finding } from '../document/finding.ts';
import type { MapNode } from '../document/node.ts';
import { parseYaml } from '../document/yaml.ts';
import type { YamlDocument } from '../document/yaml.ts';
import { readManifests } from '../kubernetes/manifests.ts';
import type { Manifests } from '../kubernetes/manifests.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';
import type { CollectorKey } from '../fleet/config-key.ts';
import type { DeliveredCollector } from './collectors.ts';
import { looksLikeOurs } from './formats/bindplane.ts';
import { looksLikePolicy } from './formats/rollout-policy.ts';
import type { Contribution, HelmChart, HelmValues } from './formats/format.ts';
import { chartUses } from './chart-uses.ts';
import { helmCollectors } from './helm-collectors.ts';
import { helmInstallations } from './helm-installations.ts';
import type { HelmInstallation } from './helm-installations.ts';
import { kustomized, withPatchesTold } from './kustomize.ts';
import type { Kustomization } from '../kubernetes/kustomization.ts';
import { readScript } from './script.ts';
import type { Script } from './script.ts';
import { FORMATS } from './formats/index.ts';

/** A text of a repository; `path` is relative to its top. */
export interface RepositoryText {
  readonly path: string;
  readonly text: string;
}

/** A file that holds nothing of ours, and why we think so. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** What the files of one revision say. Nothing is lost: every file either brings something or is `skipped`. */
export interface LoadedRepository {
  /** By key; where a key is declared several times, the first declaration in the order of paths. */
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  /** Every declaration of a key that has more than one. */
  readonly duplicates: ReadonlyMap<ResourceKey, readonly Resource[]>;
  /** Documents of the repository's own `*Type` kinds. */
  readonly typeDocuments: readonly TypeDocument[];
  readonly manifests: Manifests;
  /** Manifests as they are written. */
  readonly writtenManifests: readonly YamlDocument[];
  /** Manifests as kustomizations make them, as far as those can be followed. */
  readonly manifestDocuments: readonly YamlDocument[];
  /** Files that generated ConfigMaps carry. */
  readonly carried: ReadonlySet<string>;
  readonly helmValues: readonly HelmValues[];
  readonly helmCharts: readonly HelmChart[];
  /** Releases of charts that run collectors. */
  readonly helmInstallations: readonly HelmInstallation[];
  readonly kustomizations: readonly Kustomization[];
  readonly supervisors: readonly SupervisorConfig[];
  /** Scripts, and steps of workflows, that call tools of rollouts. */
  readonly scripts: readonly Script[];
  /** `RolloutPolicy` documents, as they are written, in the order of paths. */
  readonly policyDocuments: readonly MapNode[];
  /** Collectors that Kubernetes or a file configures, by key; where a key is met several times, the first in the order of paths. */
  readonly collectors: ReadonlyMap<CollectorKey, DeliveredCollector>;
  readonly texts: ReadonlyMap<string, string>;
  /** What each file says by itself, by path. */
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly skipped: readonly SkippedFile[];
  /** From YAML, schemas and manifests; not yet those of lint rules. */
  readonly findings: readonly Finding[];
}

export interface LoadOptions {
  /** Which paths a person named: their broken YAML is always told. */
  readonly named?: ReadonlySet<string>;
  /** Another revision, read with the same `named`: its files that have not changed are not read again (a plan reads two). */
  readonly like?: LoadedRepository;
}

/**
 * Reads a revision's files. Files that are neither BindPlane resources nor Kubernetes manifests nor values of a collector chart are
 * counted as skipped, not judged; broken YAML is told only in files that were named or that look like ours. Never throws.
 */
export function loadRepository(
  files: readonly RepositoryText[],
  options: LoadOptions = {},
): LoadedRepository {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const { named, like } = options;
  const read = sorted.map(({ path, text }) => {
    const known = like?.texts.get(path) === text ? like.files.get(path) : undefined;
    return known ?? readFile({ path, text }, named?.has(path) === true);
  });
  const contributions = read.flatMap((file) => file.contributions);
  const writtenManifests = contributions.flatMap((part) => part.manifest ?? []);
  const kustomizations = contributions.flatMap((part) => part.kustomization ?? []);
  const texts = new Map(sorted.map((file) => [file.path, file.text]));
  const same =
    like !== undefined &&
    sameItems(writtenManifests, like.writtenManifests) &&
    sameItems(kustomizations, like.kustomizations) &&
    [...like.carried].every((path) => texts.get(path) === like.texts.get(path))
      ? like
      : undefined;
  const { documents: manifestDocuments, carried } =
    same === undefined
      ? kustomized(writtenManifests, kustomizations, texts)
      : { documents: same.manifestDocuments, carried: same.carried };
  const manifests =
    same?.manifests ?? withPatchesTold(readManifests(manifestDocuments), kustomizations, writtenManifests);
  const parts = {
    helmValues: contributions.flatMap((part) => part.helmValues ?? []),
    helmCharts: contributions.flatMap((part) => part.helmChart ?? []),
    scripts: contributions.flatMap((part) => part.scripts ?? []),
    kustomizations,
  };
  const installations = installationsOf(parts, manifestDocuments, texts, like);
  return {
    ...declarations(contributions.flatMap((part) => part.resource ?? [])),
    ...parts,
    typeDocuments: contributions.flatMap((part) => part.type ?? []),
    manifests,
    writtenManifests,
    manifestDocuments,
    carried,
    helmInstallations: installations,
    supervisors: contributions.flatMap((part) => part.supervisor ?? []),
    policyDocuments: contributions.flatMap((part) => part.policy ?? []),
    collectors: collectorsOf(contributions, carried, manifests, installations, like),
    texts,
    files: new Map(read.map((file) => [file.path, file])),
    skipped: read.flatMap((file) => file.skipped ?? []),
    findings: [
      ...read.flatMap((file) => file.findings),
      ...contributions.flatMap((part) => part.findings ?? []),
      ...manifests.findings,
    ],
  };
}

/** The releases; those of another revision where nothing that they are made from has changed. */
function installationsOf(
  parts: Pick<LoadedRepository, 'helmValues' | 'helmCharts' | 'scripts' | 'kustomizations'>,
  manifestDocuments: readonly YamlDocument[],
  texts: ReadonlyMap<string, string>,
  like: LoadedRepository | undefined,
): readonly HelmInstallation[] {
  const uses = chartUses(manifestDocuments, parts.scripts, parts.kustomizations);
  const isSame =
    like !== undefined &&
    sameItems(parts.helmValues, like.helmValues) &&
    sameItems(parts.helmCharts, like.helmCharts) &&
    sameItems(parts.scripts, like.scripts) &&
    sameItems(parts.kustomizations, like.kustomizations) &&
    sameItems(manifestDocuments, like.manifestDocuments) &&
    uses.every((use) => use.files.length === 0);
  return isSame ? like.helmInstallations : helmInstallations(parts.helmValues, parts.helmCharts, uses, texts);
}

/** Whether two lists hold the very same values. */
export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function collectorsOf(
  contributions: readonly Contribution[],
  carried: ReadonlySet<string>,
  manifests: Manifests,
  installations: readonly HelmInstallation[],
  like: LoadedRepository | undefined,
): ReadonlyMap<CollectorKey, DeliveredCollector> {
  const found = [
    ...contributions
      .flatMap((part) => part.collector ?? [])
      // What a generated ConfigMap carries is told by who mounts it.
      .filter(({ key }) => !carried.has(key.replace(/^CollectorConfig\//, ''))),
    ...(like?.manifests === manifests ? ofKind(like, 'kubectl') : manifestCollectors(manifests)),
    ...(like?.helmInstallations === installations ? ofKind(like, 'helm') : helmCollectors(installations)),
  ];
  return new Map(found.toReversed().map((collector) => [collector.key, collector]));
}

function ofKind(
  { collectors }: LoadedRepository,
  by: DeliveredCollector['by'],
): readonly DeliveredCollector[] {
  return [...collectors.values()].filter((collector) => collector.by === by);
}

function manifestCollectors({ collectors, customCollectors }: Manifests): readonly DeliveredCollector[] {
  return [
    ...collectors.map(ofManifest),
    ...customCollectors.map(({ object, collector }): DeliveredCollector => ({
      key: `OpenTelemetryCollector/${object.namespace ?? 'default'}/${object.name}`,
      by: 'kubectl',
      collector,
    })),
  ];
}

/** A pod's collector is known by its workload, a ConfigMap that nobody mounts by itself and its key. */
function ofManifest(collector: RenderedCollector): DeliveredCollector {
  const { workload, source, namespace, at } = collector;
  const key: CollectorKey =
    workload === undefined
      ? `ConfigMap/${namespace}/${source?.configMap ?? at.file}/${source?.key ?? ''}`
      : `${workload.kind}/${workload.namespace}/${workload.name}`;
  return { key, by: 'kubectl', collector };
}

const INVALID = 'is not valid YAML';

/** One file read by itself. */
export interface ReadFile {
  readonly path: string;
  readonly contributions: readonly Contribution[];
  readonly findings: readonly Finding[];
  readonly skipped?: SkippedFile;
}

function readFile({ path, text }: RepositoryText, named: boolean): ReadFile {
  if (isShellFile(path)) return readShellFile(path, text);
  const { documents, findings } = parseYaml(path, text);
  const contributions = documents.flatMap((document) => claimed(document) ?? []);
  const ours =
    named ||
    looksLikeOurs(text) ||
    looksLikePolicy(text) ||
    contributions.some(({ resource, policy }) => resource !== undefined || policy !== undefined);
  const skip = contributions.length > 0 ? undefined : skipReason(documents, findings);
  return {
    path,
    contributions,
    findings: [...(ours ? findings : []), ...(named && skip !== undefined ? nothingRead(path, skip) : [])],
    ...(skip !== undefined && { skipped: { path, reason: skip } }),
  };
}

/** Whether a file is a shell script. */
export function isShellFile(path: string): boolean {
  return /\.sh$/i.test(path);
}

/** Scripts are no YAML, and most of them are none of ours. */
function readShellFile(path: string, text: string): ReadFile {
  const script = readScript(path, text);
  return script === undefined
    ? { path, contributions: [], findings: [], skipped: { path, reason: 'calls no tool of rollouts' } }
    : { path, contributions: [{ scripts: [script] }], findings: [] };
}

/** A person who names a file wants to hear that it says nothing here; broken YAML has findings of its own. */
function nothingRead(path: string, reason: string): readonly Finding[] {
  if (reason === INVALID) return [];
  const at = { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 };
  return [
    { rule: 'CFG-001', severity: 'notice', message: `Nothing is read from this file: it ${reason}.`, at },
  ];
}

function claimed(document: YamlDocument): Contribution | undefined {
  const { root } = document;
  if (root.kind !== 'map') return undefined;
  return FORMATS.find((format) => format.claims(root))?.read(root, document);
}

function skipReason(documents: readonly YamlDocument[], findings: readonly Finding[]): string {
  if (findings.some((finding) => finding.severity === 'error')) return INVALID;
  if (documents.length === 0) return 'is empty';
  if (documents.every((document) => document.root.kind !== 'map')) return 'is no YAML map';
  return `holds none of: ${FORMATS.map((format) => format.title).join(', ')}`;
}

function declarations(resources: readonly Resource[]): Pick<LoadedRepository, 'resources' | 'duplicates'> {
  const all = new Map<ResourceKey, Resource[]>();
  for (const resource of resources) {
    const known = all.get(resource.key);
    if (known === undefined) all.set(resource.key, [resource]);
    else known.push(resource);
  }
  const first = [...all].flatMap(([key, [resource]]): [ResourceKey, Resource][] =>
    resource === undefined ? [] : [[key, resource]],
  );
  return { resources: new Map(first), duplicates: new Map([...all].filter(([, list]) => list.length > 1)) };
}
