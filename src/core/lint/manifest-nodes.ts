import type { SourceRange } from '../document/finding.ts';
import { at, entry, entriesAt, itemsAt, textAt } from '../document/node.ts';
import type { MapEntry, Node, Path } from '../document/node.ts';
import type { YamlDocument } from '../document/yaml.ts';
import type { LintInput } from './rule.ts';

/** An object of a manifest as it is written. */
export interface ManifestNode {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** `default` where it names none. */
  readonly namespace: string;
  /** False where it names no namespace, so that whoever applies it chooses one. */
  readonly placed: boolean;
  readonly node: Node;
  readonly at: SourceRange;
}

/** Objects by kind, each with its number in the order of the files; made once for all rules that ask for some. */
const indexes = new WeakMap<readonly YamlDocument[], ReadonlyMap<string, readonly Numbered[]>>();

interface Numbered {
  readonly order: number;
  readonly object: ManifestNode;
}

/** The objects of some kinds, those in lists included, in the order of the files. */
export function objectsOfKind({ head }: LintInput, kinds: readonly string[]): readonly ManifestNode[] {
  const documents = head.repository.manifestDocuments;
  const index = indexes.get(documents) ?? indexOf(documents);
  indexes.set(documents, index);
  const found = kinds.flatMap((kind) => index.get(kind) ?? []);
  return (kinds.length > 1 ? found.toSorted((a, b) => a.order - b.order) : found).map(({ object }) => object);
}

function indexOf(documents: readonly YamlDocument[]): ReadonlyMap<string, readonly Numbered[]> {
  const objects = documents.flatMap(({ root }) => objectsIn(root));
  return Map.groupBy(
    objects.map((object, order) => ({ order, object })),
    ({ object }) => object.kind,
  );
}

function objectsIn(node: Node): readonly ManifestNode[] {
  const kind = textAt(node, 'kind');
  if (kind === 'List') return itemsAt(node, 'items').flatMap((item) => objectsIn(item));
  if (kind === undefined) return [];
  const namespace = textAt(node, 'metadata', 'namespace');
  return [
    {
      apiVersion: textAt(node, 'apiVersion') ?? '',
      kind,
      name: textAt(node, 'metadata', 'name') ?? '',
      namespace: namespace ?? 'default',
      placed: namespace !== undefined,
      node,
      at: entry(at(node, 'metadata'), 'name')?.value.at ?? node.at,
    },
  ];
}

/** Where a kind keeps the template of its pods; a Pod is its own. */
export const POD_TEMPLATES: Readonly<Record<string, Path>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** The annotations of an object, or of the template of its pods. */
export function annotationsOf(node: Node, template: Path = []): readonly MapEntry[] {
  return entriesAt(node, ...template, 'metadata', 'annotations');
}
