import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { componentsOf } from './pipelines.ts';
import type { Component } from './pipelines.ts';

/**
 * A change of behaviour that came with a collector version and that no refusal tells of: the config is taken, and does something else.
 * `paths` gives the places of a config that it touches; none where it does not matter. Source: changelogs of core and contrib.
 */
export interface VersionEvent {
  readonly since: string;
  readonly what: string;
  paths(tree: JsonMap): readonly (readonly string[])[];
}

/** Events in the order of versions; removals, renames of components and of fields are the component data's business. */
export const VERSION_EVENTS: readonly VersionEvent[] = [
  {
    since: '0.104.0',
    what: 'a receiver without an address listens on localhost only, no longer on all interfaces',
    paths: (tree) =>
      used(tree, 'receivers', ['otlp', 'jaeger', 'zipkin', 'opencensus']).flatMap((component) =>
        listensByDefault(component) ? [pathOf(component)] : [],
      ),
  },
  {
    since: '0.104.0',
    what: '`$NAME` without braces is no longer replaced; write `${env:NAME}`',
    paths: (tree) => textPaths(tree, /(?:^|[^$])\$[A-Za-z_]/),
  },
  {
    since: '0.111.0',
    what: "the collector's own metrics are served on localhost:8888 only, where no address is written",
    paths: (tree) => {
      const metrics = valueAt(tree, ['service', 'telemetry', 'metrics']);
      const written =
        isMap(metrics) && ('address' in metrics || 'readers' in metrics || metrics['level'] === 'none');
      return written ? [] : [['service']];
    },
  },
  {
    since: '0.123.0',
    what: '`service.telemetry.metrics.address` is ignored (and refused since 0.128); write `readers`',
    paths: (tree) =>
      valueAt(tree, ['service', 'telemetry', 'metrics', 'address']) === undefined
        ? []
        : [['service', 'telemetry', 'metrics', 'address']],
  },
  {
    since: '0.155.0',
    what: 'the metrics that memory_limiter has about itself have other names; look at alerts on them',
    paths: (tree) => used(tree, 'processors', ['memory_limiter']).map(pathOf),
  },
];

function used(tree: JsonMap, section: Component['class'], types: readonly string[]): readonly Component[] {
  return componentsOf(tree).filter(
    (component) => component.class === section && types.includes(component.type),
  );
}

function pathOf({ class: section, id }: Component): readonly string[] {
  return [section, id];
}

/** Whether one of its servers is on without an address. */
function listensByDefault({ body }: Component): boolean {
  if (!isMap(body)) return true;
  const { protocols } = body;
  if (!isMap(protocols)) return body['endpoint'] === undefined;
  return Object.values(protocols).some((protocol) => !isMap(protocol) || protocol['endpoint'] === undefined);
}

function valueAt(tree: JsonMap, path: readonly string[]): Json | undefined {
  let current: Json | undefined = tree;
  for (const step of path) current = isMap(current) ? current[step] : undefined;
  return current;
}

function textPaths(
  value: Json | undefined,
  wanted: RegExp,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  if (typeof value === 'string') return wanted.test(value) ? [path] : [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => textPaths(item, wanted, [...path, String(index)]));
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textPaths(item, wanted, [...path, key]));
}
