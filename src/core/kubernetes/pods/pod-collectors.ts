import { mergedConfig, replacedLists } from '../../collector/config-node.ts';
import { isCollectorConfig } from '../../collector/config-shape.ts';
import { yamlInScalar } from '../../document/embedded-yaml.ts';
import { compareText } from '../../document/finding.ts';
import type { Finding } from '../../document/finding.ts';
import { at, isMap, itemsAt, plain, textAt } from '../../document/node.ts';
import type { MapEntry, Node } from '../../document/node.ts';
import { parseYaml } from '../../document/yaml.ts';
import { agentsOf } from '../agents.ts';
import { workloadOf } from '../containers.ts';
import { imageContent } from '../image.ts';
import { belongingTo, nearest } from '../nearest.ts';
import type { ReadObject } from '../objects.ts';
import type {
  CollectorMode,
  ConfigSource,
  RenderedCollector,
  RenderedConfig,
} from '../rendered-collector.ts';
import type { Workload } from '../workload.ts';
import { commandLine, configUris, defaultConfigPath } from './config-arguments.ts';
import type { ConfigUri } from './config-arguments.ts';
import { dataOf, fileAt, mountedConfigMaps } from './mounts.ts';

/** What a repository declares, possibly once for each environment: ConfigMaps by `namespace/name`, and the files of each workload by key. */
interface Declared {
  readonly configMaps: ReadonlyMap<string, readonly ReadObject[]>;
  readonly workloads: ReadonlyMap<string, readonly string[]>;
  /** The ConfigMap of a name for a workload of a key in a file; made for each name and key once. */
  readonly found: Map<string, (file: string) => ReadObject | undefined>;
}

/**
 * Collectors that workloads run with a config from ConfigMaps, arguments or variables (reference/collector.md §3.1, §3.4), and collector
 * configs in ConfigMaps that no workload of the repository mounts. Agents that get their config by OpAMP are not among them.
 */
export function podCollectors(read: readonly ReadObject[]): readonly RenderedCollector[] {
  const configMaps = Map.groupBy(
    read.filter(({ object }) => object.kind === 'ConfigMap' && object.apiVersion === 'v1'),
    ({ object }) => `${object.namespace ?? 'default'}/${object.name}`,
  );
  const files = Map.groupBy(
    read.filter(({ object }) => Object.hasOwn(MODES, object.kind)),
    ({ object }) => object.key,
  );
  const workloads = new Map([...files].map(([key, all]) => [key, all.map(({ object }) => object.at.file)]));
  const declared: Declared = { configMaps, workloads, found: new Map() };
  const used = new Set<string>();
  const running = read.flatMap((found) => workloadCollectors(found, declared, used));
  return [...running, ...unmounted(configMaps, used)];
}

const MODES: Readonly<Record<Workload['kind'], CollectorMode>> = {
  Deployment: 'deployment',
  DaemonSet: 'daemonset',
  StatefulSet: 'statefulset',
};

function workloadCollectors(
  found: ReadObject,
  declared: Declared,
  used: Set<string>,
): readonly RenderedCollector[] {
  const workload = workloadOf(found);
  const pod = at(found.node, 'spec', 'template', 'spec');
  if (workload === undefined || pod === undefined) return [];
  const managed = new Set(agentsOf(workload).map(({ container }) => container.name));
  return itemsAt(pod, 'containers').flatMap((container): readonly RenderedCollector[] => {
    const name = textAt(container, 'name') ?? '';
    if (managed.has(name)) return [];
    const made = collectorOf(workload, container, pod, declared, used);
    return made === undefined ? [] : [made];
  });
}

function collectorOf(
  workload: Workload,
  container: Node,
  pod: Node,
  declared: Declared,
  used: Set<string>,
): RenderedCollector | undefined {
  const name = textAt(container, 'name') ?? '';
  const own = workload.containers.find((candidate) => candidate.name === name && !candidate.init);
  const content = imageContent(own?.image?.value ?? '');
  const args = commandLine(container);
  const lookup = createLookup(workload, container, pod, declared);
  const uris = urisOf(args, content.distribution, container, pod, lookup);
  const parts = uris.map((uri) => lookup(uri));
  for (const { source } of parts) {
    if (source !== undefined) used.add(`${workload.namespace}/${source.configMap}/${source.key}`);
  }
  const roots = parts.flatMap(({ root }) => root ?? []);
  if (content.distribution === 'unknown' && !roots.some((root) => isCollectorConfig(root))) return undefined;
  const source = parts.find((part) => part.source !== undefined)?.source;
  const unrendered = [
    ...parts.flatMap((part) => part.unknown ?? []),
    ...(uris.length === 0 ? ['No argument names its config, so it is the one in the image.'] : []),
  ];
  return {
    title: `${workload.kind} ${workload.name}${workload.containers.filter(({ init }) => !init).length > 1 ? `, container ${name}` : ''}`,
    namespace: workload.namespace,
    mode: MODES[workload.kind],
    ...(roots.length > 0 && { config: merged(roots) }),
    ...(source && { source }),
    workload: own === undefined ? workload : { ...workload, containers: [own] },
    args,
    ...(own?.image && { image: own.image }),
    ...content,
    ports: [],
    services: [],
    findings: parts.flatMap(({ findings }) => findings ?? []),
    unrendered,
    at: own?.image?.at ?? workload.at,
  };
}

/** What the arguments name; without any what the image reads by itself, else the configs that stand in the mounted ConfigMaps. */
function urisOf(
  args: readonly string[],
  distribution: RenderedCollector['distribution'],
  container: Node,
  pod: Node,
  lookup: Lookup,
): readonly ConfigUri[] {
  const named = configUris(args);
  if (named.length > 0) return named;
  const path = defaultConfigPath(distribution);
  if (path !== undefined) return [{ scheme: 'file', path }];
  return mountedConfigMaps(container, pod).flatMap((configMap) => lookup.configsIn(configMap, container));
}

function configMapFor(
  { key, namespace, at: { file } }: Workload,
  name: string,
  { configMaps, workloads, found }: Declared,
): ReadObject | undefined {
  const asked = `${key} ${name}`;
  const known = found.get(asked);
  if (known !== undefined) return known(file);
  const placed = (configMaps.get(`${namespace}/${name}`) ?? []).map((read) => ({ read, at: read.object.at }));
  const own = belongingTo(placed, workloads.get(key) ?? []);
  const make = (place: string): ReadObject | undefined => nearest(own(place), place)?.read;
  found.set(asked, make);
  return make(file);
}

/** One part of a config: its content, or why it is not known. */
interface Part {
  readonly root?: Node;
  readonly source?: ConfigSource;
  readonly findings?: readonly Finding[];
  readonly unknown?: string;
}

interface Lookup {
  (uri: ConfigUri): Part;
  /** Files of a ConfigMap that are collector configs, for images that find theirs by themselves. */
  configsIn(configMap: string, container: Node): readonly ConfigUri[];
}

function createLookup(workload: Workload, container: Node, pod: Node, declared: Declared): Lookup {
  const inScalar = (scalar: MapEntry): Part => {
    const { documents, findings } = yamlInScalar(scalar);
    const [first] = documents;
    return { ...(first && { root: first.root }), findings };
  };
  const file = (path: string): Part => {
    const mounted = fileAt(path, container, pod);
    if (mounted.from === 'image') return { unknown: `${path} is in the image.` };
    if (mounted.from === 'elsewhere') {
      return { unknown: `${path} comes from the volume ${mounted.volume}, whose content no file shows.` };
    }
    const { configMap, key } = mounted;
    const source = { configMap, key, file: path };
    const found = configMapFor(workload, configMap, declared);
    if (found === undefined) {
      return { source, unknown: `${path} comes from ConfigMap ${configMap}, which no file declares.` };
    }
    const scalar = dataOf(found.node).find((entry) => entry.key === key);
    return scalar === undefined
      ? { source, unknown: `${path} comes from ConfigMap ${configMap}, which has no key ${key}.` }
      : { source, ...inScalar(scalar) };
  };
  const lookup = (uri: ConfigUri): Part => {
    if (uri.scheme === 'file') return file(uri.path);
    if (uri.scheme === 'other') return { unknown: `${uri.uri} is read when the collector starts.` };
    if (uri.scheme === 'yaml') {
      const at = workload.at;
      const { documents } = parseYaml(at.file, uri.text);
      const root = documents[0]?.root;
      return root === undefined ? {} : { root: expandedKeys(root, at) };
    }
    const variable = workload.containers.flatMap(({ env }) => env).findLast(({ name }) => name === uri.name);
    if (variable?.value === undefined) {
      return { unknown: `The variable ${uri.name} holds it, whose value no file shows.` };
    }
    const entry: MapEntry = {
      key: 'value',
      keyAt: variable.at,
      value: { kind: 'scalar', style: 'literal', ...variable.value },
    };
    return inScalar(entry);
  };
  return Object.assign(lookup, {
    configsIn: (configMap: string): readonly ConfigUri[] => {
      const found = configMapFor(workload, configMap, declared);
      const keys = found === undefined ? [] : dataOf(found.node);
      const configs = keys.filter(
        (entry) =>
          mayBeConfig(entry) && yamlInScalar(entry).documents.some(({ root }) => isCollectorConfig(root)),
      );
      const folder = itemsAt(container, 'volumeMounts').find(
        (mount) => fileAt(`${textAt(mount, 'mountPath') ?? ''}/x`, container, pod).from === 'config-map',
      );
      const chosen = byMode(
        configs.map(({ key }) => key),
        workload,
      );
      const base = textAt(folder, 'mountPath') ?? '';
      return chosen.map((key) => ({
        scheme: 'file',
        path: textAt(folder, 'subPath') === undefined ? `${base}/${key}` : base,
      }));
    },
  });
}

/**
 * kubeagent reads `agent-daemonset.yaml` or `agent-deployment.yaml`, as its variable DEPLOYMENT_MODE says, else the latter
 * (reference/collector.md §3.4). Any other image that finds its config by itself is taken to read the only one there is.
 */
function byMode(keys: readonly string[], workload: Workload): readonly string[] {
  const mode = workload.containers
    .flatMap(({ env }) => env)
    .findLast(({ name }) => name === 'DEPLOYMENT_MODE');
  if (mode !== undefined || keys.some((key) => key.startsWith('agent-d'))) {
    const wanted =
      mode?.value?.value.toUpperCase() === 'DAEMONSET' ? 'agent-daemonset.yaml' : 'agent-deployment.yaml';
    return keys.filter((key) => key === wanted);
  }
  return keys.length === 1 ? keys : [];
}

/** `a::b: c` of `--set` and `yaml:` is `{a: {b: c}}` (confmap's key delimiter); everything stands at one place. */
function expandedKeys(root: Node, place: Node['at']): Node {
  if (root.kind !== 'map') return { ...root, at: place };
  return {
    kind: 'map',
    at: place,
    entries: root.entries.map(({ key, value }) => {
      const [first = '', ...rest] = key.split('::');
      const inner = rest
        .toReversed()
        .reduce<Node>(
          (node, name) => ({ kind: 'map', at: place, entries: [{ key: name, keyAt: place, value: node }] }),
          expandedKeys(value, place),
        );
      return { key: first, keyAt: place, value: inner };
    }),
  };
}

function merged(roots: readonly Node[]): RenderedConfig {
  const replaced = replacedLists(roots);
  return { ...mergedConfig(roots), added: [], ...(replaced.length > 0 && { replaced }) };
}

/** What has no word `pipelines` is no collector config: most ConfigMaps hold something else, and reading it costs more than looking. */
function mayBeConfig({ value }: MapEntry): boolean {
  return value.kind === 'scalar' && typeof value.value === 'string' && /pipelines|\\/.test(value.value);
}

function unmounted(
  configMaps: Declared['configMaps'],
  used: ReadonlySet<string>,
): readonly RenderedCollector[] {
  return [...configMaps]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([path, declared]) => declared.map((read) => ({ path, ...read })))
    .flatMap(({ path, object, node }) =>
      dataOf(node).flatMap((scalar): readonly RenderedCollector[] => {
        if (used.has(`${path}/${scalar.key}`) || !mayBeConfig(scalar)) return [];
        const { documents, findings } = yamlInScalar(scalar);
        const [first] = documents;
        if (first === undefined || !isCollectorConfig(first.root) || !isMap(plain(first.root))) return [];
        return [
          {
            title: `ConfigMap ${object.name}, key ${scalar.key}`,
            namespace: object.namespace ?? 'default',
            config: merged([first.root]),
            source: { configMap: object.name, key: scalar.key, file: scalar.key },
            args: [],
            distribution: 'unknown',
            ports: [],
            services: [],
            findings,
            unrendered: [],
            at: scalar.keyAt,
          },
        ];
      }),
    );
}
