import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { canonicalType, observedComponent, readCatalogueData } from '../../../src/core/collector/catalogue-data.ts';
import type { CatalogueData, MetricRange } from '../../../src/core/collector/catalogue-data.ts';
import { COMPONENT_CLASSES } from '../../../src/core/collector/component-id.ts';
import type { ObservedComponent } from '../../../src/core/collector/observed.ts';
import { minorOf, rangeState } from '../../../src/core/collector/version-range.ts';
import type { Minors, VersionRange } from '../../../src/core/collector/version-range.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';

/** The committed files by name, as `readCatalogue` takes them. */
export function committedFiles(folder: string): JsonMap {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((item) => item.isFile() && item.name.endsWith('.json'))
    .map((item) => join(item.parentPath, item.name))
    .filter((path) => !relative(folder, path).startsWith(`gen${sep}`));
  return Object.fromEntries(
    files.map((path) => [
      relative(folder, path).slice(0, -'.json'.length).split(sep).join('/'),
      JSON.parse(readFileSync(path, 'utf8')) as JsonMap,
    ]),
  );
}

/** Every place where a hand-made fact and a version that was read say different things, one line each. */
export function contradictions(folder: string): readonly string[] {
  const data = readCatalogueData(committedFiles(folder));
  return [...renames(data), ...metrics(data), ...fields(data), ...contents(data)];
}

function renames(data: CatalogueData): readonly string[] {
  return data.renames.flatMap((row) => {
    const component = observedComponent(data, row.class, row.old);
    if (component === undefined) return [];
    const since = minorOf(row.since) ?? 0;
    const said = `${row.class} ${row.old} is called ${row.new} from ${row.since}`;
    return wrong(component.names.get(row.new) ?? [], component.read.metadata, (at) => at >= since).map(
      (what) => `${said}; its metadata: ${what}`,
    );
  });
}

function metrics(data: CatalogueData): readonly string[] {
  return [...data.metrics.receivers].flatMap(([type, known]) => {
    const component = observedComponent(data, 'receivers', canonicalType(data, 'receivers', type));
    const own = component?.metrics();
    if (component === undefined || own === undefined) return [];
    return compare(known, own, component.read.metadata).map((what) => `metric of ${type}: ${what}`);
  });
}

function fields(data: CatalogueData): readonly string[] {
  return [...data.fields.components].flatMap(([id, known]) => {
    const [name = '', type = ''] = id.split('/');
    const section = COMPONENT_CLASSES.find((one) => one === name);
    const component = section && observedComponent(data, section, canonicalType(data, section, type));
    const root = component?.fields();
    // A config that decodes itself may take keys that its type does not show.
    if (component === undefined || root === undefined || root.open) return [];
    const own = new Map(root.names.map((key) => [key, root.child(key)?.ranges ?? []]));
    return compare(known, own, component.read.source).map((what) => `field of ${id}: ${what}`);
  });
}

function contents(data: CatalogueData): readonly string[] {
  const called: Readonly<Record<string, string>> = { otelcol: 'core', 'otelcol-k8s': 'k8s' };
  return Object.entries(called).flatMap(([distribution, word]) =>
    (data.contents.get(distribution) ?? []).flatMap((content) =>
      data.observed.all.flatMap((component) => {
        const minor = minorOf(content.version) ?? 0;
        const state = rangeState(component.distributions.get(word) ?? [], minor, component.read.metadata);
        const types = [...(content.components.get(component.class) ?? [])];
        const current = canonicalType(data, component.class, component.type);
        const listed = types.some((type) => canonicalType(data, component.class, type) === current);
        const agrees = state === 'unsure' || (state === 'holds') === listed;
        return agrees ? [] : [`${distribution} ${content.version} ${listed ? 'lists' : 'does not list'} ${where(component)}`];
      }),
    ),
  );
}

function where(component: ObservedComponent): string {
  return `${component.class} ${component.type}; its metadata says otherwise`;
}

function compare(
  known: ReadonlyMap<string, MetricRange>,
  own: ReadonlyMap<string, readonly VersionRange[]>,
  read: Minors,
): readonly string[] {
  return [...known].flatMap(([name, range]) => {
    const since = minorOf(range.since) ?? 0;
    const doubtful = minorOf(range.notBefore) ?? since;
    const last = minorOf(range.last) ?? Infinity;
    const asked = read.filter((at) => at < doubtful || at >= since);
    return wrong(own.get(name) ?? [], asked, (at) => at >= since && at <= last).map((what) => `${name} ${what}`);
  });
}

/** Versions read at which the ranges say something else than expected. */
function wrong(ranges: readonly VersionRange[], read: Minors, expected: (minor: number) => boolean): readonly string[] {
  const differ = read.filter((at) => {
    const state = rangeState(ranges, at, read);
    return state !== 'unsure' && (state === 'holds') !== expected(at);
  });
  const [first] = differ;
  if (first === undefined) return [];
  const versions = differ.map((at) => `0.${at}`).join(' ');
  return [`${expected(first) ? 'expected and not there' : 'there and not expected'} at ${versions}`];
}
