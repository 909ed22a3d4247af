import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlways, minorsText, rangesOf } from './ranges.ts';
import type { Ranges } from './ranges.ts';

/**
 * Folds the feature gates that the generator wrote into `gates.json`:
 *
 *   node schemas/components/gen/fold-gates.ts DIR [TARGET]      DIR: the generator's -out; TARGET: schemas/components
 *
 * Prints what it leaves out. Gates come from the registries of compiled collectors and from the sources of modules; where a compiled
 * collector links the module, its registry decides.
 */
const TARGET = process.argv[3] ?? join(import.meta.dirname, '..');
/** Descriptions are cut here: they are told beside a finding. */
const DESCRIBED = 160;

interface Registration {
  readonly id: string;
  readonly stage: string;
  readonly from?: string;
  readonly to?: string;
  readonly description?: string;
}

/** What the sources of a module say at one version; `asks`: those of our modules that it needs. */
export interface ModuleGates {
  readonly module: string;
  readonly minor: number;
  readonly gates: readonly Registration[];
  readonly asks?: readonly string[];
}

/** The registry of a collector that was compiled. */
export interface BuiltGates {
  readonly minor: number;
  readonly gates: readonly Registration[];
  readonly linked: readonly string[];
}

/** One gate in `gates.json`. */
export interface FoldedGate {
  /** Minor versions of which it is known whether they have it. */
  readonly read: string;
  readonly module?: string;
  readonly stages: Readonly<Record<string, Ranges | true>>;
  /** The version of its removal, as the newest that has it says. */
  readonly to?: string;
  readonly description?: string;
  /** Components that bring it; absent: every collector has it. */
  readonly components?: readonly string[];
}

/** Folds both; `componentsOf` names the components (`receivers/file_log`) of a module. */
export function foldGates(
  sources: readonly ModuleGates[],
  built: readonly BuiltGates[],
  componentsOf: (module: string) => string | undefined,
): { readonly gates: Readonly<Record<string, FoldedGate>>; readonly dropped: readonly string[] } {
  const ids = new Set([...sources, ...built].flatMap(({ gates }) => gates.map(({ id }) => id)));
  const gates: Record<string, FoldedGate> = {};
  const dropped: string[] = [];
  for (const id of [...ids].sort()) {
    const modules = new Set(sources.filter((one) => one.gates.some((gate) => gate.id === id)).map(({ module }) => module));
    const known = knownAt(id, modules, sources, built);
    const isTool = modules.size > 0 && [...modules].every((module) => module.startsWith('x/cmd/'));
    if (known === undefined || isTool) dropped.push(id);
    else gates[id] = folded(known, modules, sources, componentsOf);
  }
  return { gates, dropped };
}

type Known = ReadonlyMap<number, Registration | undefined>;

/** By minor: the gate, or undefined where it is not there. Undefined for a gate that no collector has although it links the module. */
function knownAt(
  id: string,
  modules: ReadonlySet<string>,
  sources: readonly ModuleGates[],
  built: readonly BuiltGates[],
): Known | undefined {
  const known = new Map<number, Registration | undefined>();
  const own = Map.groupBy(sources.filter(({ module }) => modules.has(module)), ({ minor }) => minor);
  for (const [minor, read] of own) {
    const found = read.flatMap(({ gates }) => gates).find((gate) => gate.id === id);
    if (found !== undefined || read.length === modules.size) known.set(minor, found);
  }
  for (const { minor, gates, linked } of built) {
    const found = gates.find((gate) => gate.id === id);
    const links = modules.size === 0 || linked.some((module) => modules.has(module));
    if (found === undefined && links && known.get(minor) !== undefined) return undefined;
    if (found !== undefined || links) known.set(minor, found);
  }
  return new Map([...known].sort(([a], [b]) => a - b));
}

function folded(
  known: Known,
  modules: ReadonlySet<string>,
  sources: readonly ModuleGates[],
  componentsOf: (module: string) => string | undefined,
): FoldedGate {
  const minors = [...known.keys()];
  const all = [...known.values()].flatMap((gate) => gate ?? []);
  const newest = all.at(-1);
  const stages = [...new Set(all.map(({ stage }) => stage))].map((stage): [string, Ranges | true] => {
    const ranges = rangesOf(minors, (minor) => known.get(minor)?.stage === stage);
    return [stage, isAlways(ranges) ? true : ranges];
  });
  const [module] = modules;
  const components = bringing(modules, sources, componentsOf);
  return {
    read: minorsText(minors),
    ...(module === undefined ? {} : { module }),
    stages: Object.fromEntries(stages),
    ...(/^v?\d/.test(newest?.to ?? '') ? { to: (newest?.to ?? '').replace(/^v/, '') } : {}),
    ...(newest?.description ? { description: cut(newest.description) } : {}),
    ...(components === undefined ? {} : { components }),
  };
}

/** What of the core every collector links is brought by no component in particular. */
function bringing(
  modules: ReadonlySet<string>,
  sources: readonly ModuleGates[],
  componentsOf: (module: string) => string | undefined,
): readonly string[] | undefined {
  if ([...modules].every((module) => module.startsWith('c/') && componentsOf(module) === undefined)) return undefined;
  const found = sources.flatMap(({ module, asks }) => {
    const component = componentsOf(module);
    const brings = modules.has(module) || (asks ?? []).some((asked) => modules.has(asked));
    return component !== undefined && brings ? [component] : [];
  });
  return [...new Set(found)].sort();
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= DESCRIBED ? line : `${line.slice(0, DESCRIBED).replace(/\s+\S*$/, '')} …`;
}

function readBuilt(folder: string): readonly BuiltGates[] {
  return readdirSync(folder).flatMap((file) => {
    const minor = /^0\.(\d+)\.\d+\.json$/.exec(file)?.[1];
    if (minor === undefined) return [];
    const { gates, linked } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<BuiltGates, 'minor'>;
    return [{ minor: Number(minor), gates, linked }];
  });
}

/** The component of each module, as `observed.json` names both. */
function componentsByModule(): ReadonlyMap<string, string> {
  const path = join(TARGET, 'observed.json');
  if (!existsSync(path)) return new Map();
  const { components } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly components: Readonly<Record<string, Readonly<Record<string, { readonly module: string }>>>>;
  };
  return new Map(
    Object.entries(components).flatMap(([section, types]) =>
      Object.entries(types).map(([type, { module }]): [string, string] => [module, `${section}/${type}`]),
    ),
  );
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('usage: node schemas/components/gen/fold-gates.ts DIR');
  const sources = JSON.parse(readFileSync(join(folder, 'gates', 'sources.json'), 'utf8')) as readonly ModuleGates[];
  const byModule = componentsByModule();
  const { gates, dropped } = foldGates(sources, readBuilt(join(folder, 'gates')), (module) => byModule.get(module));
  const about =
    'Feature gates, made by schemas/components/gen: from the registries of compiled collectors and from the sources of modules. read: collector minors of which it is known whether they have the gate; a range is [since, until), true is all that were read; to: when it is to be removed, as the newest version that has it says; components: which bring it (none given: every collector has it).';
  const rows = Object.entries(gates).map(([id, gate]) => `  ${JSON.stringify(id)}: ${JSON.stringify(gate)}`);
  const text = `{\n "about": ${JSON.stringify(about)},\n "gates": {\n${rows.join(',\n')}\n }\n}\n`;
  writeFileSync(join(TARGET, 'gates.json'), text);
  process.stdout.write(`${rows.length} gates, ${text.length} bytes; in no collector: ${dropped.join(', ')}\n`);
}
