import type { SourceRange } from '../document/finding.ts';
import type { MapEntry, Node } from '../document/node.ts';
import { containerSpecOf, podOf } from './pod.ts';
import type { ContainerPort } from './rendered-collector.ts';
import { pick } from './traced.ts';
import type { Traced, TracedMap } from './traced.ts';
import type { ContainerSpec, Placed, Pod, PodPort } from './workload.ts';

/** A pod that an operator or a chart makes, in the words of Kubernetes: each field with the value that it is made from. */
export interface MadePod {
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount?: Placed<string>;
  /** Fields of a PodSpec. */
  readonly fields: Readonly<Record<string, Traced | undefined>>;
  readonly volumeClaimTemplates?: Traced | undefined;
  /** Where what nobody wrote is told. */
  readonly at: SourceRange;
}

/** The pods as rules about written workloads read them; each part stands at the value that it is made from. */
export function madePod({ labels, serviceAccount, fields, volumeClaimTemplates, at }: MadePod): Pod {
  const template = mapNode({ spec: mapNode(nodes(fields, at), at) }, at);
  const claims = nodes({ volumeClaimTemplates }, at);
  const pod = podOf(mapNode({ spec: mapNode({ template, ...claims }, at) }, at));
  return { ...pod, labels, ...(serviceAccount && { serviceAccount }) };
}

/** A word of a command line; its place where somebody wrote it. */
export interface CommandWord {
  readonly value: string;
  readonly at?: SourceRange;
}

/** The container of such a pod. `words` are those of its command line, as far as they are known. */
export function madeContainer(
  fields: Readonly<Record<string, Traced | undefined>>,
  ports: readonly ContainerPort[],
  words: readonly CommandWord[],
  at: SourceRange,
): ContainerSpec {
  return {
    ...containerSpecOf(mapNode(nodes(fields, at), at)),
    command: words.map(({ value }) => value),
    commandAt: words.map((word) => word.at),
    ports: ports.map(podPort),
  };
}

function podPort({ name, port, protocol, hostPort, at }: ContainerPort): PodPort {
  return {
    name,
    port,
    protocol,
    ...(hostPort !== undefined && { hostPort: { value: hostPort, at } }),
    at,
  };
}

/** A number or a text with its place, where somebody wrote it. */
export function boundAt(value: Traced | undefined, key: string): Placed<number | string> | undefined {
  const found = pick(value, key);
  if (found?.kind !== 'scalar' || found.origin.at === undefined) return undefined;
  const { value: bound, origin } = found;
  return (typeof bound === 'string' && bound !== '') || typeof bound === 'number'
    ? { value: bound, at: found.origin.at ?? origin.at }
    : undefined;
}

/** The fields of a map under the same names. */
export function fieldsOf(
  map: TracedMap,
  names: readonly string[],
): Readonly<Record<string, Traced | undefined>> {
  return Object.fromEntries(names.map((name) => [name, pick(map, name)]));
}

function nodes(
  fields: Readonly<Record<string, Traced | undefined>>,
  at: SourceRange,
): Readonly<Record<string, Node>> {
  const made: Record<string, Node> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) made[key] = nodeOf(value, at);
  }
  return made;
}

function mapNode(entries: Readonly<Record<string, Node>>, at: SourceRange): Node {
  return {
    kind: 'map',
    entries: Object.entries(entries).map(([key, value]): MapEntry => ({ key, keyAt: value.at, value })),
    at,
  };
}

/** A value as a node; what nobody wrote stands where the value above it does. */
function nodeOf(value: Traced, above: SourceRange): Node {
  const at = value.origin.at ?? above;
  if (value.kind === 'scalar') return { kind: 'scalar', value: value.value, style: 'plain', at };
  if (value.kind === 'list') {
    return { kind: 'sequence', items: value.items.map((item) => nodeOf(item, at)), at };
  }
  const entries = [...value.entries].map(([key, item]): MapEntry => {
    const node = nodeOf(item, at);
    return { key, keyAt: node.at, value: node };
  });
  return { kind: 'map', entries, at };
}
