import type { SourceRange } from '../document/finding.ts';
import { isMap } from '../document/node.ts';
import { placed, treeOf, type Assembly, type Pipeline, type PlacedComponent } from './assemble.ts';
import { connectorsOf, processorsOf, stationsOf, type Station } from './items-v2.ts';
import { itemId, specItems, type Item, type ItemResolver, type Notes } from './items.ts';
import { flowOf, type Outlet, type Way } from './outlets-v2.ts';
import type { Resource } from './resource.ts';
import { routesOf } from './routes.ts';
import { telemetryOf } from './telemetry-v2.ts';
import { emptyPartials } from './template.ts';
import { SIGNALS, type Signal } from './types.ts';

/**
 * The pipelines of a v2 Configuration: one for each source, processor group, branch of a connector and destination, and each signal that
 * goes through it, joined by `forward` connectors (reference/bindplane.md §2.2). Routes to nowhere are left out; a group or branch
 * without a way out ends in a `nop` exporter, as servers end a branch that nobody wired. Rules that no server's output has shown are
 * named in `notes.unverifiedRules`.
 */
export function assembleRoutes(configuration: Resource, resolver: ItemResolver, notes: Notes): Assembly {
  const stations = stationsOf(configuration, resolver, notes);
  const { outlets, arriving, isSomethingUnrouted } = flowOf(configuration, stations);
  const { routes, isWritten } = routesOf(configuration);
  for (const { to, target } of routes) {
    if (to !== undefined) continue;
    notes.unrendered.add(`no item has the id that the route ${target} leads to, so it cannot be rendered`);
  }
  if (!isWritten) notes.unverifiedRules.add('routes that the server makes');
  if (isSomethingUnrouted) notes.unverifiedRules.add('signals without a route');
  if (outlets.some(({ ways }) => ways.length === 0)) notes.unverifiedRules.add('ends without a route');
  const pipelines = [
    ...outlets.flatMap(outletPipelines),
    ...[...arriving].flatMap(([station, signals]) =>
      station.node.list === 'destinations' ? [...signals].map((signal) => arrival(station, signal)) : [],
    ),
  ];
  const used = new Set([...outlets.map(({ station }) => station), ...arriving.keys()]);
  const extensions = [
    ...stations
      .filter((station) => used.has(station))
      .flatMap(({ item }) => SIGNALS.flatMap((signal) => placed(item, signal, 'extensions'))),
    ...(pipelines.length > 0 ? extensionsOf(configuration, resolver, notes) : []),
  ];
  const components = unique([
    // What a pipeline reads from tells more about a connector than what writes to it, so it comes later and stays.
    ...pipelines.flatMap(({ exporters }) => exporters),
    ...pipelines.flatMap(({ receivers, processors }) => [...receivers, ...processors]),
    ...extensions,
  ]);
  const tree = treeOf(components, [...new Set(extensions.map(({ id }) => id))], pipelines);
  if (pipelines.length === 0) return { tree, pipelines, components };
  const { telemetry, provenance } = telemetryOf(configuration);
  const service = isMap(tree['service']) ? tree['service'] : {};
  return { tree: { ...tree, service: { ...service, telemetry } }, pipelines, components, provenance };
}

/** The pipeline that feeds an outlet; without a way out also the one that ends it. */
function outletPipelines({ station, name, signal, ways, at }: Outlet): readonly Pipeline[] {
  const end = `d-no_routes__${name}`;
  const origin = at === undefined ? station.item : wire(name, at, station.item.via);
  const endItem = wire(end, at ?? station.node.at);
  const isEnd = ways.length === 0;
  const exporters = isEnd ? [forward(end, endItem)] : unique(ways.flatMap((way) => entrance(way, signal)));
  const pipeline: Pipeline = {
    id: `${signal}/${name}`,
    source: origin,
    destination: exporters[0]?.item ?? endItem,
    receivers: receiversOf(station, signal),
    processors: station.node.list === 'connectors' ? [] : processorsOf(station, signal),
    exporters,
  };
  if (!isEnd) return [pipeline];
  const nop: PlacedComponent = { id: `nop/${station.name}`, body: null, cls: 'exporters', item: endItem };
  const ending = { source: endItem, destination: endItem, processors: [], exporters: [nop] };
  return [pipeline, { id: `${signal}/${end}`, receivers: exporters, ...ending }];
}

/** The pipeline in which a signal reaches a destination. */
function arrival(station: Station, signal: Signal): Pipeline {
  const { item } = station;
  return {
    id: `${signal}/${station.name}`,
    source: item,
    destination: item,
    receivers: receiversOf(station, signal),
    processors: processorsOf(station, signal),
    exporters: placed(item, signal, 'exporters'),
  };
}

function receiversOf(station: Station, signal: Signal): readonly PlacedComponent[] {
  const { list } = station.node;
  if (list === 'sources') return placed(station.item, signal, 'receivers');
  if (list === 'connectors') return connectorsOf(station, signal);
  const { typeAt, via } = station.item;
  return [forward(station.name, wire(station.name, via ?? typeAt ?? station.node.at))];
}

/** What a pipeline writes to so that it arrives at a station: the connector itself, or a `forward` to its pipeline. */
function entrance({ to, at }: Way, signal: Signal): readonly PlacedComponent[] {
  const { item, name, node } = to;
  const place = at ?? node.at;
  if (node.list !== 'connectors') return [forward(name, wire(name, place, item.via))];
  return connectorsOf(to, signal).map((component) => ({
    ...component,
    item: { ...item, ...(place && { typeAt: place }) },
  }));
}

function forward(name: string, item: Item): PlacedComponent {
  return { id: `forward/${name}`, body: null, cls: 'connectors', item };
}

/** Something that the wiring adds, at the place of the route or item that asks for it. */
function wire(name: string, typeAt: SourceRange | undefined, via?: SourceRange): Item {
  return {
    kind: 'connector',
    name,
    given: [],
    partials: emptyPartials(),
    processors: [],
    ...(typeAt && { typeAt }),
    ...(via && { via }),
  };
}

/** Extensions that the Configuration itself lists, under whatever signals their types have them. */
function extensionsOf(
  configuration: Resource,
  resolver: ItemResolver,
  notes: Notes,
): readonly PlacedComponent[] {
  const items = specItems(configuration.spec, 'extensions');
  if (items.length > 0) notes.unverifiedRules.add('extensions of a configuration');
  return items.flatMap((value, index) => {
    const inlineName = `e-${itemId(configuration.key, 'extensions', items, index)}`;
    const path = ['spec', 'extensions', index];
    const item = resolver.resolve({ kind: 'extension', value, path, inlineName, isInlineByType: true });
    return SIGNALS.flatMap((signal) => placed(item, signal, 'extensions'));
  });
}

/** Each component once, at the place of its first mention and with the item of its last. */
function unique(components: readonly PlacedComponent[]): readonly PlacedComponent[] {
  return [
    ...new Map(components.map((component) => [`${component.cls}/${component.id}`, component])).values(),
  ];
}
