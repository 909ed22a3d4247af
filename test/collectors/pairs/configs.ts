import { COMPONENT_CLASSES } from '../../../src/core/collector/component-id.ts';
import type { ComponentClass } from '../../../src/core/collector/component-id.ts';
import type { Observed, ObservedComponent, ObservedField } from '../../../src/core/collector/observed.ts';
import { isMap } from '../../../src/core/document/node.ts';
import type { Json } from '../../../src/core/document/node.ts';
import type { Collector } from './binary.ts';
import type { Random } from './random.ts';
import { SKELETONS } from './skeletons.ts';

/** A config for a collector, and what was done to it on purpose. */
export interface Pair {
  readonly kind: string;
  readonly config: string;
}

type Body = Record<string, Json>;
type Tree = Record<string, Record<string, Json>>;

/** What is broken, and how often; `valid` leaves the config as it is, `fields` adds keys that some version has. */
const KINDS: readonly (readonly [kind: string, weight: number])[] = [
  ['valid', 20],
  ['fields', 30],
  ['unknown key', 8],
  ['unknown nested key', 6],
  ['unknown metric', 5],
  ['metric of some version', 6],
  ['unknown type', 4],
  ['name of another version', 6],
  ['undefined reference', 4],
  ['no exporter', 2],
  ['unsupported signal', 4],
  ['wrong kind', 8],
  ['any word', 6],
  ['limit', 6],
  ['missing key', 4],
  ['key in service', 3],
  ['bad id', 2],
];

/** One config with a pipeline of one signal, drawn from what the collector holds; `only`: of this kind. */
export function drawPair(random: Random, collector: Collector, observed: Observed, only?: string): Pair {
  const kind = only ?? drawKind(random);
  const tree = drawConfig(random, collector);
  if (kind !== 'valid') change(kind, tree, random, collector, observed);
  // JSON is YAML, and nothing in it is left to the reader.
  return { kind, config: `${JSON.stringify(tree, undefined, 2)}\n` };
}

function drawKind(random: Random): string {
  let at = random.below(KINDS.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [kind, weight] of KINDS) {
    if (at < weight) return kind;
    at -= weight;
  }
  return 'valid';
}

function drawConfig(random: Random, collector: Collector): Tree {
  const signal = random.pick(['traces', 'metrics', 'logs']);
  const extension = random.pick(usable(collector, 'extensions', 'extension'));
  const processors = usable(collector, 'processors', signal);
  const chosen = {
    receivers: [random.pick(usable(collector, 'receivers', signal))],
    processors: [random.pick(processors), random.pick(processors)],
    exporters: [random.pick(usable(collector, 'exporters', signal))],
    extensions: [extension],
  };
  const section = (name: keyof typeof chosen): Record<string, Json> =>
    Object.fromEntries(chosen[name].map(([type, body]) => [type, structuredClone(body)]));
  const ids = (name: keyof typeof chosen): string[] => [...new Set(chosen[name].map(([type]) => type))];
  return {
    receivers: section('receivers'),
    processors: section('processors'),
    exporters: section('exporters'),
    extensions: section('extensions'),
    service: {
      extensions: ids('extensions'),
      pipelines: {
        [signal]: { receivers: ids('receivers'), processors: ids('processors'), exporters: ids('exporters') },
      },
    },
  };
}

/** Components of the collector that have a skeleton, under one of their names. */
function usable(
  collector: Collector,
  name: ComponentClass,
  signal: string,
): readonly (readonly [type: string, body: Json])[] {
  return collector.components[name].flatMap(({ names, signals }) => {
    const known = names.find((type) => SKELETONS[name][type] !== undefined);
    if (known === undefined || !signals.includes(signal)) return [];
    return names.map((type): readonly [string, Json] => [type, SKELETONS[name][known] ?? {}]);
  });
}

function change(kind: string, tree: Tree, random: Random, collector: Collector, observed: Observed): void {
  const section = random.pick(COMPONENT_CLASSES.filter((name) => Object.keys(tree[name] ?? {}).length > 0));
  const type = random.pick(Object.keys(tree[section] ?? {}));
  const body = (tree[section] as Record<string, Body>)[type] ?? {};
  const root = observed.find(section, type)?.fields();
  switch (kind) {
    case 'fields':
      for (let count = 1 + random.below(3); count > 0; count--) addField(body, root, random, 0);
      return;
    case 'unknown key':
      body[misspelt(random, root)] = 1;
      return;
    case 'unknown nested key':
      addNested(body, root, random);
      return;
    case 'unknown metric':
      setMetric(tree, 'made.up.metric', observed);
      return;
    case 'metric of some version':
      setMetric(tree, someMetric(tree, random, observed), observed);
      return;
    case 'wrong kind':
      wrongKind(body, root, random);
      return;
    case 'any word':
      addField(body, root, random, 0, WORDS);
      return;
    case 'limit':
      addField(body, root, random, 0, LIMITS);
      return;
    case 'missing key':
      delete body[random.pick([...Object.keys(body), 'none'])];
      return;
    default:
      changeWiring(kind, tree, random, collector, observed, section, type);
  }
}

function changeWiring(
  kind: string,
  tree: Tree,
  random: Random,
  collector: Collector,
  observed: Observed,
  section: ComponentClass,
  type: string,
): void {
  const service = tree['service'] as unknown as {
    extensions: string[];
    pipelines: Record<string, Record<string, string[]>>;
  };
  const [signal = 'traces'] = Object.keys(service.pipelines);
  const pipeline = service.pipelines[signal] ?? {};
  const rename = (to: string): void => {
    const all = tree[section] ?? {};
    all[to] = all[type] ?? {};
    delete all[type];
    const list = section === 'extensions' ? service.extensions : (pipeline[section] ?? []);
    list.splice(list.indexOf(type), 1, to);
  };
  if (kind === 'unknown type') rename(random.pick(['madeup', 'otlpp', 'batchh', 'loggingg']));
  if (kind === 'bad id') rename(random.pick([`${type}/`, `${type}/a b`, '1st']));
  if (kind === 'name of another version') {
    const names = [...(observed.find(section, type)?.names.keys() ?? [type])];
    rename(random.pick(names));
  }
  if (kind === 'undefined reference') {
    pipeline['processors'] = [...(pipeline['processors'] ?? []), 'batch/absent'];
  }
  if (kind === 'no exporter') pipeline['exporters'] = [];
  if (kind === 'key in service') {
    Object.assign(service, { [random.pick(['pipeline', 'extension', 'telemtry'])]: {} });
  }
  if (kind === 'unsupported signal') {
    const others = ['traces', 'metrics', 'logs'].filter((other) => other !== signal);
    const limited = collector.components.receivers.filter(({ signals }) =>
      others.some((one) => !signals.includes(one)),
    );
    const here = limited.some(({ names }) => names.some((name) => pipeline['receivers']?.includes(name)));
    const to = random.pick(here ? others : others);
    service.pipelines[to] = pipeline;
    delete service.pipelines[signal];
  }
}

const SAMPLES: Readonly<Record<string, readonly Json[]>> = {
  bool: [true, false],
  int: [1, 100],
  float: [0.5],
  duration: ['5s', '1m'],
};

/** Texts where a text may be wanted; most keys take any, some only their own. */
const WORDS: typeof SAMPLES = {
  text: ['none', 'gzip', 'tcp', '1.2', 'something', 'localhost:4317'],
  string: ['none', 'basic', 'something'],
};

/** Numbers and durations at and beyond what sense there is. */
const LIMITS: typeof SAMPLES = {
  int: [-1, 0, 100_000],
  float: [-0.5, 0, 1000],
  duration: ['-1s', '0s', '1000h'],
};

/** Adds one key that some version knows, where a plain value does. */
function addField(
  body: Body,
  at: ObservedField | undefined,
  random: Random,
  depth: number,
  samples = SAMPLES,
): void {
  if (at === undefined || at.names.length === 0 || at.named) return;
  for (let tries = 0; tries < 20; tries++) {
    const name = random.pick(at.names);
    const field = at.child(name);
    if (field === undefined) continue;
    const values = samples[field.kind];
    if (values !== undefined && body[name] === undefined) {
      body[name] = random.pick(values);
      return;
    }
    if (field.kind === 'struct' && depth < 3 && !field.named && name !== 'scrapers') {
      const below = (body[name] ??= {}) as Body;
      if (typeof below === 'object') addField(below, field, random, depth + 1, samples);
      return;
    }
  }
}

function misspelt(random: Random, at: ObservedField | undefined): string {
  const name = at === undefined || at.names.length === 0 ? 'endpoint' : random.pick(at.names);
  return random.pick([`${name}s`, name.slice(0, -1), `${name}_x`, 'bogus_key']);
}

function addNested(body: Body, at: ObservedField | undefined, random: Random): void {
  const structs = (at?.names ?? []).filter((name) => {
    const field = at?.child(name);
    return field?.kind === 'struct' && !field.named && field.names.length > 0;
  });
  if (at === undefined || structs.length === 0) {
    body['bogus_key'] = 1;
    return;
  }
  const name = random.pick(structs);
  const below = (body[name] ??= {}) as Body;
  below[misspelt(random, at.child(name))] = 1;
}

function wrongKind(body: Body, at: ObservedField | undefined, random: Random): void {
  const names = (at?.names ?? []).filter((name) => WRONG[at?.child(name)?.kind ?? ''] !== undefined);
  if (names.length === 0) return;
  const name = random.pick(names);
  const kind = at?.child(name)?.kind ?? '';
  // One level down where there is something, half of the time.
  const below = at?.child(name);
  if (kind === 'struct' && below?.named === false && below.names.length > 0 && random.chance(0.5)) {
    const inner = (body[name] ??= {});
    if (isMap(inner)) {
      wrongKind(inner, below, random);
      return;
    }
  }
  body[name] = random.pick(WRONG[kind] ?? []);
}

/** Values of other kinds than the key's. */
const WRONG: Readonly<Record<string, readonly Json[]>> = {
  int: [[1], 'many', true, {}],
  float: [[1], 'many', false],
  duration: ['soon', [1], '10', true],
  bool: [[1], 'yes', 1],
  list: ['text', 1, { a: 1 }],
  'plain list': ['text', 1],
  struct: ['text', 1, [1], true],
  map: ['text', 1, [1]],
  text: [1, true, ['a'], { a: 'b' }],
  string: [1, ['a'], { a: 'b' }],
};

function metricReceiver(tree: Tree, observed: Observed): readonly [Body, ObservedComponent] | undefined {
  for (const [type, body] of Object.entries(tree['receivers'] ?? {})) {
    const component = observed.find('receivers', type);
    if (component?.metrics() !== undefined) return [body as Body, component];
  }
  return undefined;
}

function someMetric(tree: Tree, random: Random, observed: Observed): string {
  const names = [...(metricReceiver(tree, observed)?.[1].metrics()?.keys() ?? [])];
  return names.length === 0 ? '' : random.pick(names);
}

function setMetric(tree: Tree, metric: string, observed: Observed): void {
  const found = metricReceiver(tree, observed);
  if (found === undefined || metric === '') return;
  const [body] = found;
  const scrapers = body['scrapers'] as Body | undefined;
  const [scraper] = Object.keys(scrapers ?? {});
  const at = scrapers === undefined || scraper === undefined ? body : (scrapers[scraper] as Body);
  at['metrics'] = { [metric]: { enabled: true } };
}
