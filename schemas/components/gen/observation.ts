import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A struct of a config as the generator writes it (`source.go`). */
export interface Shape {
  readonly fields: Readonly<Record<string, string>>;
  readonly squash?: readonly string[];
  readonly open?: boolean;
  readonly custom?: boolean;
  readonly incomplete?: boolean;
}

type Stability = Readonly<Record<string, readonly string[]>>;
type Switches = Readonly<Record<string, boolean>>;

/** What was read of a component from its module's metadata and sources at one version (`observe.go`). */
export interface SourceObservation {
  readonly module: string;
  readonly class: string;
  readonly version: string;
  readonly type: string;
  readonly deprecated?: string;
  readonly stability: Stability | null;
  readonly distributions?: readonly string[];
  readonly metrics?: Switches;
  readonly scrapers?: Readonly<Record<string, Switches>>;
  readonly attributes?: Switches;
  readonly config?: string;
  readonly shapes?: Readonly<Record<string, Shape>>;
}

/** What a compiled factory said of itself (`dump.go.txt`). */
export interface BuiltObservation {
  readonly class: string;
  readonly type: string;
  readonly names: readonly string[];
  readonly stability: Stability;
  readonly config: string;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly lenient?: readonly string[];
  readonly unsure?: readonly string[];
  readonly refused?: readonly string[];
  readonly values?: TriedValues;
}

/** What trying values showed, by the paths of keys (`values.go.txt`); absent in what was built before values were tried. */
export interface TriedValues {
  readonly words?: Readonly<Record<string, readonly string[]>>;
  readonly numeric?: readonly string[];
  readonly lists?: readonly string[];
  readonly least?: Readonly<Record<string, number>>;
}

/** Everything that is known of one component, by minor version. */
export interface Observed {
  readonly source: ReadonlyMap<number, SourceObservation>;
  readonly built: ReadonlyMap<number, BuiltObservation>;
}

/** Reads the generator's folder: one entry a module, by the module's folder name. */
export function readObservations(folder: string): ReadonlyMap<string, Observed> {
  const built = readBuilt(join(folder, 'build'));
  const found = new Map<string, Observed>();
  for (const name of readdirSync(join(folder, 'source')).sort()) {
    const source = new Map<number, SourceObservation>();
    for (const file of readdirSync(join(folder, 'source', name))) {
      const one = parse<SourceObservation>(join(folder, 'source', name, file));
      source.set(minorOf(one.version), one);
    }
    const ascending = new Map([...source].sort(([a], [b]) => a - b));
    found.set(name, { source: ascending, built: builtOf(built, ascending) });
  }
  return found;
}

/** A built component has the class and one of the names that its module's metadata gives at the same version. */
function builtOf(
  built: ReadonlyMap<number, readonly BuiltObservation[]>,
  source: ReadonlyMap<number, SourceObservation>,
): ReadonlyMap<number, BuiltObservation> {
  const found = new Map<number, BuiltObservation>();
  for (const [minor, all] of built) {
    const said = source.get(minor);
    const one = all.find((each) => each.class === said?.class && each.type === said.type);
    if (one !== undefined) found.set(minor, one);
  }
  return found;
}

function readBuilt(folder: string): ReadonlyMap<number, readonly BuiltObservation[]> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder)
      .filter((name) => /^0\.\d+\.\d+\.json$/.test(name))
      .map((name) => [minorOf(name), parse<readonly BuiltObservation[]>(join(folder, name))]),
  );
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

function parse<T>(path: string): T {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return value as T;
}
