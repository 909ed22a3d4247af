import { sha256 } from '../document/digest.ts';
import { compareText } from '../document/finding.ts';
import type { SourceRange } from '../document/finding.ts';
import { at, entriesAt, entry, textAt } from '../document/node.ts';
import type { MapEntry, MapNode, Node } from '../document/node.ts';
import type { YamlDocument } from '../document/yaml.ts';
import type { Manifests } from '../kubernetes/manifests.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';
import { isClusterWide } from '../kubernetes/kinds.ts';
import type { ConfigMapGenerator, ImageChange, Kustomization } from '../kubernetes/kustomization.ts';
import { newNames, renamed } from './kustomize-names.ts';
import type { NewNames } from './kustomize-names.ts';

/** Manifests as `kustomize build` would give them, as far as it can be told without running it. */
export interface KustomizedManifests {
  readonly documents: readonly YamlDocument[];
  /** Files that generated ConfigMaps carry. */
  readonly carried: ReadonlySet<string>;
}

/**
 * Applies namespaces, images, replicas, prefixes and suffixes to the manifests that kustomizations take in, and adds the ConfigMaps that they generate. A manifest that
 * several overlays take in stays as its file has it: it is another one in each of them. Patches are not applied.
 * Every node keeps its place; what a kustomization sets stands there.
 */
export function kustomized(
  documents: readonly YamlDocument[],
  kustomizations: readonly Kustomization[],
  texts: ReadonlyMap<string, string>,
): KustomizedManifests {
  if (kustomizations.length === 0) return { documents, carried: new Set() };
  const { chains, generated } = followed(kustomizations);
  const digests = digestsOf(kustomizations, texts);
  const chainOf = ({ at: { file } }: YamlDocument): readonly Kustomization[] | undefined => {
    const [chain, ...others] = chains.get(file) ?? [];
    return others.length > 0 ? undefined : chain;
  };
  const configMaps = generated.map(({ generator, chain }) => ({
    chain,
    document: configMapOf(generator, chain, texts),
    // What several overlays make keeps its name, as those keep theirs that refer to it.
    isOne: generated.filter((other) => other.generator === generator).length === 1,
  }));
  const ownChains = new Map(
    configMaps.flatMap(({ document, chain, isOne }) => (isOne ? [[document, chain] as const] : [])),
  );
  const names = newNames(
    [...documents, ...configMaps.map(({ document }) => document)],
    (document) => ownChains.get(document) ?? chainOf(document),
  );
  const changed = (document: YamlDocument): YamlDocument => {
    const chain = chainOf(document);
    if (chain === undefined || document.root.kind !== 'map') return document;
    const root = withDigests(chain.reduce<MapNode>(byKustomization, document.root), digests);
    return withNames(root === document.root ? document : { ...document, root }, names);
  };
  // Parts of objects are none of their own.
  const parts = new Set(kustomizations.flatMap(({ patchFiles }) => patchFiles));
  const whole = documents.filter((document) => !parts.has(document.at.file));
  const made = configMaps.map(({ document }) => withNames(document, names));
  return {
    documents: [...whole.map(changed), ...distinct(made)],
    carried: new Set(generated.flatMap(({ generator }) => generator.files.map(({ path }) => path))),
  };
}

/** The way from a file or a generator to the outside: the kustomization that takes it in, the one that takes that in, and so on. */
type Chain = readonly Kustomization[];

interface FollowedKustomizations {
  /** By file; several where several overlays take it in. */
  readonly chains: ReadonlyMap<string, readonly Chain[]>;
  readonly generated: readonly { readonly generator: ConfigMapGenerator; readonly chain: Chain }[];
}

function followed(kustomizations: readonly Kustomization[]): FollowedKustomizations {
  const byFolder = new Map(kustomizations.map((one) => [one.folder, one]));
  const taken = new Set(kustomizations.flatMap(({ resources }) => resources));
  const chains = new Map<string, Chain[]>();
  const generated: { readonly generator: ConfigMapGenerator; readonly chain: Chain }[] = [];
  const visit = (one: Kustomization, outer: Chain): void => {
    // A kustomization that takes itself in is refused by kustomize (KUS-002).
    if (outer.includes(one) || outer.length > MAX_DEPTH) return;
    const chain = [one, ...outer];
    for (const path of one.resources) {
      const inner = byFolder.get(path);
      if (inner === undefined) chains.set(path, [...(chains.get(path) ?? []), chain]);
      else visit(inner, chain);
    }
    for (const generator of one.generators) generated.push({ generator, chain });
  };
  for (const root of kustomizations.filter(({ folder }) => !taken.has(folder))) visit(root, []);
  return { chains, generated };
}

function byKustomization(root: MapNode, kustomization: Kustomization): MapNode {
  const placed = withImages(withNamespace(root, kustomization), kustomization.images);
  return withReplicas(placed, kustomization.replicas);
}

function withNames(document: YamlDocument, names: NewNames): YamlDocument {
  if (names.size === 0 || document.root.kind !== 'map') return document;
  const root = renamed(document.root, names);
  return root === document.root ? document : { ...document, root };
}

/** Says of the collectors that patches of a kustomization change them, in ways that are not applied here. */
export function withPatchesTold(
  manifests: Manifests,
  kustomizations: readonly Kustomization[],
  documents: readonly YamlDocument[],
): Manifests {
  const patches = kustomizations.flatMap((one) => {
    const ofFiles = documents
      .filter((document) => one.patchFiles.includes(document.at.file))
      .map(({ root }) => ({
        kind: textAt(root, 'kind') ?? '',
        name: textAt(root, 'metadata', 'name') ?? '',
      }));
    return [...one.patches, ...ofFiles].map((patch) => ({ ...patch, file: one.file }));
  });
  if (patches.length === 0) return manifests;
  const told = (
    collector: RenderedCollector,
    objects: readonly (readonly [string, string])[],
  ): RenderedCollector => {
    const files = patches.flatMap(({ kind, name, file }) =>
      objects.some(([own, called]) => (kind === undefined || kind === own) && isNamed(called, name))
        ? [file]
        : [],
    );
    const sentences = [...new Set(files)].map((file) => `${file} patches it; patches are not applied here.`);
    return sentences.length === 0
      ? collector
      : { ...collector, assumed: [...(collector.assumed ?? []), ...sentences] };
  };
  return {
    ...manifests,
    collectors: manifests.collectors.map((collector) => {
      const { workload, source } = collector;
      return told(collector, [
        ...(workload === undefined ? [] : [[workload.kind, workload.name] as const]),
        ...(source === undefined ? [] : [['ConfigMap', source.configMap] as const]),
      ]);
    }),
    customCollectors: manifests.customCollectors.map(({ object, collector }) => ({
      object,
      collector: told(collector, [['OpenTelemetryCollector', object.name]]),
    })),
  };
}

/** Names of targets are expressions for the whole name. Those that are more than words and `.*` count as met. */
function isNamed(name: string, expression: string | undefined): boolean {
  if (expression === undefined || expression === '') return true;
  const parts = expression.replace(/^\^/, '').replace(/\$$/, '').split('.*');
  if (!parts.every((part) => /^[-a-z0-9]*$/i.test(part))) return true;
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return name === first;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.startsWith(first) && name.endsWith(last) && name.length - last.length >= from;
}

/** The folder to build for a file to be applied: that of the only overlay which takes it in, or its own. Undefined where none does. */
export function kustomizedBy(file: string, kustomizations: readonly Kustomization[]): string | undefined {
  const own = kustomizations.find((one) => one.file === file);
  const above = (path: string, seen: ReadonlySet<string>): readonly string[] =>
    kustomizations
      .filter(({ resources, folder }) => resources.includes(path) && !seen.has(folder))
      .flatMap(({ folder }) => {
        const outer = above(folder, new Set([...seen, folder]));
        return outer.length === 0 ? [folder] : outer;
      });
  const found = [...new Set(above(own?.folder ?? file, new Set()))];
  return found.length === 1 ? found[0] : found.length === 0 ? own?.folder : undefined;
}

/** Overlays over overlays: real ones are two or three deep. */
const MAX_DEPTH = 16;

function withNamespace(root: MapNode, { namespace }: Kustomization): MapNode {
  const kind = textAt(root, 'kind') ?? '';
  if (namespace === undefined || textAt(root, 'apiVersion') === undefined) return root;
  const scalar: Node = { kind: 'scalar', style: 'plain', value: namespace.value, at: namespace.at };
  const placed = isClusterWide(kind) ? root : setAt(root, ['metadata', 'namespace'], scalar);
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return placed;
  return mapItems(placed, 'subjects', (subject) =>
    subject.kind === 'map' && textAt(subject, 'kind') === 'ServiceAccount'
      ? setAt(subject, ['namespace'], scalar)
      : subject,
  );
}

function withImages(root: MapNode, images: readonly ImageChange[]): MapNode {
  if (images.length === 0) return root;
  return mapValues(root, (key, value) => {
    if (key !== 'image' || value.kind !== 'scalar' || typeof value.value !== 'string') return value;
    const reference = value.value;
    const [name = ''] = /^[^@]*?(?=(?::[^:/@]+)?(?:@.*)?$)/.exec(reference) ?? [];
    const change = images.find((one) => one.name === name);
    if (change === undefined) return value;
    const version =
      change.digest === undefined
        ? change.newTag === undefined
          ? reference.slice(name.length)
          : `:${change.newTag}`
        : `@${change.digest}`;
    return { ...value, value: `${change.newName ?? name}${version}`, at: change.at };
  });
}

const SCALED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

function withReplicas(root: MapNode, replicas: Kustomization['replicas']): MapNode {
  const name = textAt(root, 'metadata', 'name');
  const found = replicas.find((one) => one.name === name);
  if (found === undefined || !SCALED.has(textAt(root, 'kind') ?? '')) return root;
  const { value, at: place } = found.count;
  return setAt(root, ['spec', 'replicas'], { kind: 'scalar', style: 'plain', value, at: place });
}

/** Pods that mount a ConfigMap whose name carries a digest start anew with its content: their template says so here. */
function withDigests(root: MapNode, digests: ReadonlyMap<string, string>): MapNode {
  const template = ['spec', 'template'];
  const volumes = at(root, ...template, 'spec', 'volumes');
  if (digests.size === 0 || volumes?.kind !== 'sequence') return root;
  const names = volumes.items.flatMap((volume) => textAt(volume, 'configMap', 'name') ?? []);
  return names.reduce((made, name) => {
    const digest = digests.get(name);
    const place = at(root, ...template)?.at ?? root.at;
    return digest === undefined
      ? made
      : setAt(made, [...template, 'metadata', 'annotations', `checksum/${name}`], {
          kind: 'scalar',
          style: 'plain',
          value: digest,
          at: place,
        });
  }, root);
}

function digestsOf(
  kustomizations: readonly Kustomization[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map(
    kustomizations
      .flatMap(({ generators }) => generators)
      .filter(({ isHashed }) => isHashed)
      .map(({ name, files, literals }) => [
        name,
        sha256(
          JSON.stringify([
            files.map(({ key, path }) => [key, texts.get(path) ?? '']),
            literals.map(({ key, value }) => [key, value]),
          ]),
        ).slice(0, 10),
      ]),
  );
}

/** A ConfigMap whose values are files of the repository: a literal block that begins in line 0 is a whole file. */
function configMapOf(
  generator: ConfigMapGenerator,
  chain: readonly Kustomization[],
  texts: ReadonlyMap<string, string>,
): YamlDocument {
  const { name, files, literals, at: place } = generator;
  const namespace =
    chain.findLast((one) => one.namespace !== undefined)?.namespace?.value ?? generator.namespace;
  const word = (value: string): Node => ({ kind: 'scalar', style: 'plain', value, at: place });
  const data = [
    ...files.flatMap(({ key, path, at: keyAt }): readonly MapEntry[] => {
      const text = texts.get(path);
      return text === undefined ? [] : [{ key, keyAt, value: wholeFile(path, text) }];
    }),
    ...literals.map(({ key, value, at: keyAt }) => ({ key, keyAt, value: word(value) })),
  ].sort((a, b) => compareText(a.key, b.key));
  const root = mapOf(place, {
    apiVersion: word('v1'),
    kind: word('ConfigMap'),
    metadata: mapOf(place, {
      name: word(name),
      ...(namespace !== undefined && { namespace: word(namespace) }),
    }),
    data: { kind: 'map', at: place, entries: data },
  });
  return { root, at: place };
}

function wholeFile(file: string, text: string): Node {
  const lines = text.split('\n').length;
  return {
    kind: 'scalar',
    style: 'literal',
    value: text,
    at: { file, line: 0, column: 1, endLine: lines, endColumn: 1 },
  };
}

function mapOf(place: SourceRange, entries: Readonly<Record<string, Node>>): MapNode {
  return {
    kind: 'map',
    at: place,
    entries: Object.entries(entries).map(([key, value]) => ({ key, keyAt: place, value })),
  };
}

/** A generator that several overlays meet makes one ConfigMap in each; those in one namespace are one here. */
function distinct(documents: readonly YamlDocument[]): readonly YamlDocument[] {
  const known = new Map(
    documents.map((document) => [
      `${textAt(document.root, 'metadata', 'namespace') ?? ''}/${textAt(document.root, 'metadata', 'name') ?? ''} ${document.at.file} ${document.at.line}`,
      document,
    ]),
  );
  return [...known.values()];
}

function setAt(map: MapNode, [key = '', ...rest]: readonly string[], value: Node): MapNode {
  const known = entry(map, key);
  const inner: Node =
    rest.length === 0
      ? value
      : setAt(
          known?.value.kind === 'map' ? known.value : { kind: 'map', at: value.at, entries: [] },
          rest,
          value,
        );
  const made = { key, keyAt: known?.keyAt ?? value.at, value: inner };
  return {
    ...map,
    entries:
      known === undefined ? [...map.entries, made] : map.entries.map((one) => (one === known ? made : one)),
  };
}

function mapItems(map: MapNode, key: string, change: (item: Node) => Node): MapNode {
  const list = entry(map, key)?.value;
  return list?.kind === 'sequence' ? setAt(map, [key], { ...list, items: list.items.map(change) }) : map;
}

/** Every value of every map below, changed by its key; what does not change stays the very same node. */
function mapValues(map: MapNode, change: (key: string, value: Node) => Node): MapNode {
  const visit = (node: Node): Node => {
    if (node.kind === 'scalar') return node;
    if (node.kind === 'sequence') {
      const items = node.items.map(visit);
      return items.some((item, index) => item !== node.items[index]) ? { ...node, items } : node;
    }
    return mapNode(node);
  };
  const mapNode = (node: MapNode): MapNode => {
    const entries = entriesAt(node).map((one) => {
      const value = change(one.key, visit(one.value));
      return value === one.value ? one : { ...one, value };
    });
    return entries.some((one, index) => one !== node.entries[index]) ? { ...node, entries } : node;
  };
  return mapNode(map);
}
