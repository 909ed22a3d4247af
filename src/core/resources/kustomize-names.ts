import { textAt } from '../document/node.ts';
import type { MapEntry, MapNode, Node } from '../document/node.ts';
import type { YamlDocument } from '../document/yaml.ts';
import type { Kustomization } from '../kubernetes/kustomization.ts';

/** New names of objects by kind and name as they are written. */
export type NewNames = ReadonlyMap<string, string>;

/** Kinds that kustomize's prefixes and suffixes leave alone (kustomize `builtinpluginconsts/nameprefix.go`). */
const KEPT: ReadonlySet<string> = new Set(['CustomResourceDefinition', 'APIService', 'Namespace']);

/** What an object is called behind the kustomizations of a chain, the innermost first. */
function nameIn(kind: string, name: string, chain: readonly Kustomization[]): string {
  return KEPT.has(kind)
    ? name
    : chain.reduce((made, { prefix = '', suffix = '' }) => `${prefix}${made}${suffix}`, name);
}

/** The objects of documents that get another name, by kind and name. */
export function newNames(
  documents: readonly YamlDocument[],
  chainOf: (document: YamlDocument) => readonly Kustomization[] | undefined,
): NewNames {
  const made = new Map<string, string>();
  for (const document of documents) {
    const [kind, name] = [textAt(document.root, 'kind'), textAt(document.root, 'metadata', 'name')];
    const chain = chainOf(document);
    if (kind === undefined || name === undefined || chain === undefined) continue;
    const next = nameIn(kind, name, chain);
    if (next !== name) made.set(`${kind}/${name}`, next);
  }
  return made;
}

/** Where a name of an object stands in another: the key of its map, and the key of the name. The kind is that, or what stands beside it. */
const REFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  configMap: { name: 'ConfigMap' },
  configMapKeyRef: { name: 'ConfigMap' },
  configMapRef: { name: 'ConfigMap' },
  secret: { secretName: 'Secret' },
  secretKeyRef: { name: 'Secret' },
  secretRef: { name: 'Secret' },
  persistentVolumeClaim: { claimName: 'PersistentVolumeClaim' },
  service: { name: 'Service' },
  roleRef: { name: '' },
  scaleTargetRef: { name: '' },
  subjects: { name: '' },
};

/** Names that stand in a spec by themselves. Custom resources are left out, as kustomize does not know their fields. */
const OF_SPEC: Readonly<Record<string, string>> = {
  serviceAccountName: 'ServiceAccount',
  serviceName: 'Service',
};

/** An object with its new name and those of the objects that it refers to (kustomize's default name references); the same one where none is. */
export function renamed(root: MapNode, names: NewNames): MapNode {
  const kind = textAt(root, 'kind') ?? '';
  const own = names.get(`${kind}/${textAt(root, 'metadata', 'name') ?? ''}`);
  const visit = (node: Node, key: string, above: string): Node => {
    if (node.kind === 'scalar') {
      const to = above === 'metadata' ? undefined : OF_SPEC[key];
      return to === undefined ? node : withName(node, to, names);
    }
    if (node.kind === 'sequence') {
      const items = node.items.map((item) => visit(item, key, above));
      return items.some((item, index) => item !== node.items[index]) ? { ...node, items } : node;
    }
    const fields = Object.hasOwn(REFERENCES, key) ? (REFERENCES[key] ?? {}) : {};
    const beside = textAt(node, 'kind') ?? '';
    const entries = node.entries.map((one): MapEntry => {
      const to = Object.hasOwn(fields, one.key) ? fields[one.key] || beside : undefined;
      const value = to === undefined ? visit(one.value, one.key, key) : withName(one.value, to, names);
      return value === one.value ? one : { ...one, value };
    });
    return entries.some((one, index) => one !== node.entries[index]) ? { ...node, entries } : node;
  };
  const made = visit(root, '', '');
  const whole = made.kind === 'map' ? made : root;
  return own === undefined ? whole : withOwnName(whole, own);
}

function withName(node: Node, kind: string, names: NewNames): Node {
  const next = node.kind === 'scalar' ? names.get(`${kind}/${String(node.value)}`) : undefined;
  return next === undefined || node.kind !== 'scalar' ? node : { ...node, value: next };
}

function withOwnName(root: MapNode, name: string): MapNode {
  const entries = root.entries.map((one): MapEntry => {
    if (one.key !== 'metadata' || one.value.kind !== 'map') return one;
    const inner = one.value.entries.map((field): MapEntry =>
      field.key === 'name' && field.value.kind === 'scalar'
        ? { ...field, value: { ...field.value, value: name } }
        : field,
    );
    return { ...one, value: { ...one.value, entries: inner } };
  });
  return { ...root, entries };
}
