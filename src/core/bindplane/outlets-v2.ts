import type { SourceRange } from '../document/finding.ts';
import { placed } from './assemble.ts';
import { connectorsOf, declaredBranches, type Station } from './items-v2.ts';
import type { Resource } from './resource.ts';
import { branchesOf, routesOf, type Branch, type RouteNode } from './routes.ts';
import { SIGNALS, type Signal } from './types.ts';

/** One way out of a station. `at` is the route's word for it. */
export interface Way {
  readonly to: Station;
  readonly at?: SourceRange;
}

/** Where one signal leaves a station: a source or group has one for each signal, a connector one for each branch. */
export interface Outlet {
  readonly station: Station;
  /** The station's name, with the branch's for a connector: `c-router__prod`. */
  readonly name: string;
  readonly signal: Signal;
  /** Empty: what comes here ends here. */
  readonly ways: readonly Way[];
  readonly at?: SourceRange;
}

/** What goes through a v2 Configuration once everything that carries nothing is left out. */
export interface Flow {
  readonly outlets: readonly Outlet[];
  /** Signals that arrive at a station that is no source. */
  readonly arriving: ReadonlyMap<Station, ReadonlySet<Signal>>;
  /** Signals that a running source makes and no route takes on. */
  readonly isSomethingUnrouted: boolean;
}

/**
 * Follows the routes from the sources on. A route counts when its target can take the signal: a destination that exports it, a group, a
 * connector that could be rendered. Circles end where they close; the collector refuses them, and lint says so.
 */
export function flowOf(configuration: Resource, stations: readonly Station[]): Flow {
  const outlets = new Map<string, Outlet>();
  const arriving = new Map<Station, Set<Signal>>();
  const waiting: Outlet[] = [];
  let isSomethingUnrouted = false;
  const open = (found: readonly Outlet[]): void => {
    for (const outlet of found) {
      const key = `${outlet.signal}/${outlet.name}`;
      if (outlets.has(key)) continue;
      outlets.set(key, outlet);
      waiting.push(outlet);
    }
  };
  const network = new Network(configuration, stations);
  for (const station of stations.filter(({ node }) => node.list === 'sources')) {
    for (const signal of SIGNALS) {
      if (placed(station.item, signal, 'receivers').length === 0) continue;
      const ways = network.ways(station, signal);
      if (ways.length === 0) isSomethingUnrouted = true;
      else open([{ station, name: station.name, signal, ways }]);
    }
  }
  for (let outlet = waiting.shift(); outlet !== undefined; outlet = waiting.shift()) {
    for (const { to } of outlet.ways) {
      const signals = arriving.get(to) ?? new Set();
      if (signals.has(outlet.signal)) continue;
      arriving.set(to, signals.add(outlet.signal));
      open(network.outletsOf(to, outlet.signal));
    }
  }
  return { outlets: [...outlets.values()], arriving, isSomethingUnrouted };
}

class Network {
  readonly #configuration: Resource;
  readonly #stations: ReadonlyMap<RouteNode, Station>;

  constructor(configuration: Resource, stations: readonly Station[]) {
    this.#configuration = configuration;
    this.#stations = new Map(stations.map((station) => [station.node, station]));
  }

  /** Where a signal goes from a station, or from one branch of it. */
  ways(station: Station, signal: Signal, branch?: string): readonly Way[] {
    const { leaving, isWritten } = routesOf(this.#configuration);
    if (!isWritten) {
      return [...this.#stations.values()]
        .filter((to) => to.node.list === 'destinations' && accepts(to, signal))
        .map((to) => ({ to }));
    }
    const ways = (leaving.get(station.node) ?? [])
      .filter(({ signals, id }) => signals.includes(signal) && id === (branch ?? id))
      .flatMap(({ to: node, at }): readonly [Station, Way][] => {
        const to = node && this.#stations.get(node);
        return to && accepts(to, signal) ? [[to, { to, ...(at && { at }) }]] : [];
      });
    return [...new Map(ways).values()];
  }

  /** What leaves a station because of a signal that arrives there. */
  outletsOf(station: Station, signal: Signal): readonly Outlet[] {
    const { list, at } = station.node;
    if (list === 'destinations') return [];
    if (list === 'connectors') return this.#branchOutlets(station, signal);
    return [{ station, name: station.name, signal, ways: this.ways(station, signal), ...(at && { at }) }];
  }

  /**
   * A connector sends on what arrives, each branch by a pipeline of its own, or, where its routes name none of the signals that are sent
   * to it, makes the signals that they do name (a count of logs is a metric).
   */
  #branchOutlets(station: Station, arriving: Signal): readonly Outlet[] {
    const branches = branchesOf(this.#configuration, station.node);
    const isConverting =
      branches.length > 0 &&
      !branches.some(({ signals }) => signals.some((signal) => this.#sentTo(station, signal)));
    const wired = branches.flatMap((branch) =>
      branch.signals
        .filter((signal) => isConverting || signal === arriving)
        .map((signal) => this.#branchOutlet(station, signal, branch)),
    );
    if (isConverting) return wired;
    const unwired = declaredBranches(station)
      .filter((id) => !branches.some((branch) => branch.id === id && branch.signals.includes(arriving)))
      .map((id) => this.#branchOutlet(station, arriving, { id, signals: [arriving] }));
    const all = [...wired, ...unwired];
    return all.length > 0 ? all : [{ station, name: station.name, signal: arriving, ways: [] }];
  }

  #branchOutlet(station: Station, signal: Signal, { id, at }: Branch): Outlet {
    const ways = this.ways(station, signal, id);
    return { station, name: `${station.name}__${id}`, signal, ways, ...(at && { at }) };
  }

  #sentTo({ node }: Station, signal: Signal): boolean {
    const { arriving } = routesOf(this.#configuration);
    return arriving.get(node)?.some(({ signals }) => signals.includes(signal)) === true;
  }
}

function accepts(station: Station, signal: Signal): boolean {
  if (station.node.list === 'destinations') return placed(station.item, signal, 'exporters').length > 0;
  return station.node.list !== 'connectors' || connectorsOf(station).length > 0;
}
