import type { ProvenanceEntry } from '../collector/effective-config.ts';
import { compareText } from '../document/finding.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { Item } from './items.ts';
import type { RenderedComponent } from './template.ts';
import { SECTION_CLASSES, SIGNALS, type SectionClass, type Signal } from './types.ts';

/** A component of the config and the item it comes from. */
export interface PlacedComponent extends RenderedComponent {
  readonly cls: SectionClass;
  readonly item: Item;
}

/** One pipeline: its parts in order, each with the item it comes from. */
export interface Pipeline {
  readonly id: string;
  readonly source: Item;
  readonly destination: Item;
  readonly receivers: readonly PlacedComponent[];
  readonly processors: readonly PlacedComponent[];
  readonly exporters: readonly PlacedComponent[];
}

/** What stands before and after the processors that are attached to an item. */
export interface Around {
  readonly before: readonly PlacedComponent[];
  readonly after: readonly PlacedComponent[];
}

/** What a server adds to the pipelines of one agent, none of which the Configuration asks for. */
export interface AgentParts {
  /** `isFirst`: this is the source's first pipeline of the signal; what it sends is counted there alone, never twice. */
  aroundSource(source: string, signal: Signal, isFirst: boolean): Around;
  /** `destination` with its index: `gw-0`. */
  aroundDestination(destination: string, signal: Signal): Around;
  /** The last processors of every pipeline. */
  readonly last: readonly PlacedComponent[];
  /** Pipelines of the agent's own. */
  readonly pipelines: readonly Pipeline[];
}

export interface Assembly {
  readonly tree: JsonMap;
  readonly pipelines: readonly Pipeline[];
  readonly components: readonly PlacedComponent[];
  /** Places of what no component and no pipeline makes. */
  readonly provenance?: readonly ProvenanceEntry[];
}

/**
 * Joins sources and destinations to pipelines `<signal>/<source>__<destination>-<index>`, one for each pair and signal that both sides
 * have, and collects the components that those use (reference/bindplane.md §2.1). A source listed twice is one source, with the
 * processors of its last entry; a destination's index is its place in the list, paused ones counted (reference/lab-bindplane.md §5).
 * @param parts what a server adds for one agent; absent: the form without an agent
 */
export function assemble(
  sources: readonly Item[],
  destinations: readonly Item[],
  parts?: AgentParts,
): Assembly {
  const sourceByName = new Map(sources.map((source) => [source.name, source]));
  const indexed = destinations.map((destination, index) => ({
    key: `${destination.name}-${index}`,
    destination,
  }));
  const pipelines: Pipeline[] = [];
  const components = new Map<string, PlacedComponent>();
  const extensions = new Set<string>();
  const seen = new Set<string>();
  for (const [, source] of [...sourceByName].sort(([a], [b]) => compareText(a, b))) {
    for (const { key, destination } of [...indexed].sort((a, b) => compareText(a.key, b.key))) {
      for (const signal of SIGNALS) {
        const isFirst = !seen.has(`${signal}/${source.name}`);
        const pipeline = joined(source, destination, key, signal, parts && added(parts, isFirst));
        if (pipeline === undefined) continue;
        seen.add(`${signal}/${source.name}`);
        pipelines.push(pipeline);
        for (const extension of [source, destination].flatMap((item) => placed(item, signal, 'extensions'))) {
          components.set(`extensions/${extension.id}`, extension);
          extensions.add(extension.id);
        }
      }
    }
  }
  pipelines.push(...(parts?.pipelines ?? []));
  for (const { receivers, processors, exporters } of pipelines) {
    for (const used of [...receivers, ...processors, ...exporters]) {
      components.set(`${used.cls}/${used.id}`, used);
    }
  }
  const list = [...components.values()];
  return { tree: treeOf(list, [...extensions], pipelines), pipelines, components: list };
}

/** What is added to one pipeline. */
interface Added {
  readonly source: (name: string, signal: Signal) => Around;
  readonly destination: (name: string, signal: Signal) => Around;
  readonly last: readonly PlacedComponent[];
}

const NOTHING: Around = { before: [], after: [] };

const NOTHING_ADDED: Added = { source: () => NOTHING, destination: () => NOTHING, last: [] };

function added(parts: AgentParts, isFirst: boolean): Added {
  return {
    source: (name, signal) => parts.aroundSource(name, signal, isFirst),
    destination: (name, signal) => parts.aroundDestination(name, signal),
    last: parts.last,
  };
}

function joined(
  source: Item,
  destination: Item,
  key: string,
  signal: Signal,
  { source: aroundSource, destination: aroundDestination, last }: Added = NOTHING_ADDED,
): Pipeline | undefined {
  const receivers = placed(source, signal, 'receivers');
  const exporters = placed(destination, signal, 'exporters');
  if (receivers.length === 0 || exporters.length === 0) return undefined;
  const out = aroundSource(source.name, signal);
  const arriving = aroundDestination(key, signal);
  return {
    id: `${signal}/${source.name}__${key}`,
    source,
    destination,
    receivers,
    exporters,
    processors: [
      ...placed(source, signal, 'processors'),
      ...out.before,
      ...source.processors.flatMap((processor) => placed(processor, signal, 'processors')),
      ...out.after,
      ...arriving.before,
      ...destination.processors.flatMap((processor) => placed(processor, signal, 'processors')),
      ...arriving.after,
      ...placed(destination, signal, 'processors'),
      ...last,
    ],
  };
}

/** What an item puts into one class for a signal. */
export function placed(item: Item, signal: Signal, cls: SectionClass): readonly PlacedComponent[] {
  return item.partials[signal][cls].map((component) => ({ ...component, cls, item }));
}

/** The config that has these pipelines, and of the components those given. Empty without pipelines. */
export function treeOf(
  components: readonly PlacedComponent[],
  extensions: readonly string[],
  pipelines: readonly Pipeline[],
): JsonMap {
  const tree: Record<string, Json> = {};
  if (pipelines.length === 0) return tree;
  for (const cls of SECTION_CLASSES) {
    const own = components.filter((component) => component.cls === cls);
    if (own.length > 0) tree[cls] = Object.fromEntries(own.map(({ id, body }) => [id, body]));
  }
  const ids = (list: readonly PlacedComponent[]): readonly string[] => list.map(({ id }) => id);
  tree['service'] = {
    ...(extensions.length > 0 && { extensions }),
    pipelines: Object.fromEntries(
      pipelines.map((pipeline) => [
        pipeline.id,
        {
          receivers: ids(pipeline.receivers),
          processors: ids(pipeline.processors),
          exporters: ids(pipeline.exporters),
        },
      ]),
    ),
  };
  return tree;
}
