import { closest } from '../document/closest.ts';
import { absenceAt } from './absence.ts';
import type { AgentVersions } from './agent-versions.ts';
import { canonicalType, observedComponent } from './catalogue-data.ts';
import type { CatalogueData, MetricRange } from './catalogue-data.ts';
import { componentType, COMPONENT_CLASSES } from './component-id.ts';
import type { Basis } from './component-verdict.ts';
import type { ObservedComponent, ObservedField } from './observed.ts';
import { rememberedVerdicts } from './remembered-verdicts.ts';
import { fullVersion, isAfter, isAtLeast } from './version.ts';
import { minorOf, rangeState } from './version-range.ts';
import type { Minors } from './version-range.ts';

/**
 * Whether a collector version takes the key at the end of a config path. `exact`: the factory of this version was compiled and asked;
 * `likely`: read from the sources, or concluded from versions around it. `latest`: it came with `since` or a few versions before.
 * `kind`: `text` (and nothing else), `string` (perhaps a number too), `bool`, `int`, `float`, `duration`, `list`, `plain list` and `list of
 * struct` (no single text), `map`, `struct`, or `any` where that is not known. `words`: all that it takes; `least`: the smallest number or
 * duration, 0 or 1.
 */
export type FieldVerdict =
  | ({
      readonly verdict: 'present';
      readonly kind: string;
      readonly words?: readonly string[];
      readonly least?: number;
    } & Basis)
  | ({
      readonly verdict: 'absent';
      readonly reason: 'too-new';
      readonly since: string;
      readonly latest?: boolean;
      readonly agentSince?: string;
    } & Basis)
  | ({ readonly verdict: 'absent'; readonly reason: 'removed'; readonly last: string } & Basis)
  | ({ readonly verdict: 'absent'; readonly reason: 'never-known'; readonly suggestion?: string } & Basis)
  | { readonly verdict: 'unknown'; readonly why: string };

const remembered = rememberedVerdicts<FieldVerdict>();

/** The verdict on the last key of `path` (`exporters`, `otlp/x`, `sending_queue`, `sizer`; list items by their index). */
export function fieldVerdict(
  data: CatalogueData,
  agents: AgentVersions,
  path: readonly string[],
  version: string,
): FieldVerdict {
  return remembered(data, `${version}\n${path.join('\n')}`, () => judgeField(data, agents, path, version));
}

function judgeField(
  data: CatalogueData,
  agents: AgentVersions,
  path: readonly string[],
  version: string,
): FieldVerdict {
  const [section, id = '', ...steps] = path;
  const componentClass = COMPONENT_CLASSES.find((name) => name === section);
  const key = steps.pop();
  const minor = minorOf(version);
  if (componentClass === undefined || key === undefined) return unknown('it is no key of a component');
  if (minor === undefined) return unknown(`collector version ${version} cannot be read`);
  if (path.some((step) => step.includes('::'))) return unknown('a key with :: stands for several');
  const component = observedComponent(data, componentClass, componentType(id));
  const root = component?.fields();
  if (component === undefined || root === undefined) {
    return unknown(`fields of ${componentType(id)} are not recorded`);
  }
  const above = descend(root, steps, minor, component.read.source);
  if (above === undefined) return unknown(`what stands below ${steps.join('.')} is not recorded`);
  if (above.kind === 'list' && /^\d+$/.test(key)) return unknown('it is an item of a list');
  if (above.kind === 'map') return unknown('any key is taken here');
  const verdict = judge(component, agents, above, key, minor);
  if (verdict.verdict !== 'absent' || verdict.reason === 'too-new' || steps.length > 0) return verdict;
  return besideRecorded(verdict, recordedField(data, component, key), agents, version);
}

/** What the tables made by hand say of a top-level key: they reach to versions whose modules could not be read. */
function recordedField(
  data: CatalogueData,
  component: ObservedComponent,
  key: string,
): MetricRange | undefined {
  const current = canonicalType(data, component.class, component.type);
  for (const [id, fields] of data.fields.components) {
    const [section, type = ''] = id.split('/');
    if (section === component.class && canonicalType(data, component.class, type) === current) {
      return fields.get(key);
    }
  }
  return undefined;
}

/** A key that came after the last version read is too new, not unknown; where both tables disagree nothing is said. */
function besideRecorded(
  verdict: FieldVerdict,
  recorded: MetricRange | undefined,
  agents: AgentVersions,
  version: string,
): FieldVerdict {
  if (verdict.verdict !== 'absent' || recorded === undefined) return verdict;
  const { since, notBefore, last } = recorded;
  if (since !== undefined && !isAtLeast(version, notBefore ?? since)) {
    const agentSince = agents.firstWith(since)?.version;
    return {
      verdict: 'absent',
      reason: 'too-new',
      since: fullVersion(since),
      ...(notBefore === undefined ? {} : { latest: true }),
      ...(agentSince === undefined ? {} : { agentSince }),
      certainty: verdict.certainty,
      data: verdict.data,
    };
  }
  if (last !== undefined && isAfter(version, last)) return verdict;
  return unknown('what was read and what was recorded by hand disagree');
}

/** The field at the end of the steps, through list items and keys of maps; undefined where the table does not reach at this version. */
function descend(
  from: ObservedField,
  steps: readonly string[],
  minor: number,
  read: Minors,
): ObservedField | undefined {
  let at = from;
  for (const step of steps) {
    const through = at.kind === 'map' || (at.kind === 'list' && /^\d+$/.test(step));
    if (through) {
      at = { ...at, kind: 'struct' };
      continue;
    }
    const below = at.child(step);
    if (below === undefined || rangeState(below.ranges, minor, read) === 'holds-not') return undefined;
    at = below;
  }
  return at;
}

function judge(
  component: ObservedComponent,
  agents: AgentVersions,
  above: ObservedField,
  key: string,
  minor: number,
): FieldVerdict {
  const { read, type } = component;
  const versions = above.named ? read.metadata : read.source;
  const basis = above.named ? namesBasis(component, minor) : fieldBasis(component, minor);
  const field = above.child(key);
  const state =
    field === undefined ? rangeState([], minor, versions) : rangeState(field.ranges, minor, versions);
  if (field !== undefined && state === 'holds') {
    return { verdict: 'present', kind: kindOf(field), ...limitsOf(field, component, minor), ...basis };
  }
  if (state === 'unsure') return unknown(`fields of ${type} are not recorded at collector 0.${minor}`);
  if (above.open) return unknown(`${type} may take keys here that are not recorded`);
  if (field === undefined) {
    const suggestion = closest(
      key,
      above.names.filter((name) => holds(above, name, minor, versions)),
    );
    return {
      verdict: 'absent',
      reason: 'never-known',
      ...(suggestion === undefined ? {} : { suggestion }),
      ...basis,
    };
  }
  const absence = absenceAt(field.ranges, minor, agents);
  return absence === undefined
    ? unknown('the versions around it do not tell')
    : { verdict: 'absent', ...absence, ...basis };
}

/** Words that may have come or gone between two versions that were tried leave the list open, and so does a version after them. */
function limitsOf(
  { words, least }: ObservedField,
  { read }: ObservedComponent,
  minor: number,
): { readonly words?: readonly string[]; readonly least?: number } {
  const states = [...(words ?? [])].map(([word, ranges]) => ({
    word,
    state: rangeState(ranges, minor, read.built),
  }));
  const known =
    states.length > 0 && minor <= (read.built.at(-1) ?? 0) && states.every(({ state }) => state !== 'unsure');
  const taken = states.flatMap(({ word, state }) => (state === 'holds' ? [word] : []));
  return {
    ...(known && taken.length > 0 && { words: taken }),
    ...(least !== undefined && { least }),
  };
}

/** A list of blocks is told from one of plain values: those are also taken as one text. */
function kindOf({ kind, names }: ObservedField): string {
  return kind === 'list' && names.length > 0 ? 'list of struct' : kind;
}

function holds(above: ObservedField, name: string, minor: number, read: Minors): boolean {
  return rangeState(above.child(name)?.ranges ?? [], minor, read) === 'holds';
}

function fieldBasis({ module, read }: ObservedComponent, minor: number): Basis {
  const built = read.built.includes(minor);
  const how = built ? 'compiled' : read.source.includes(minor) ? 'read' : 'read around';
  return {
    certainty: built ? 'exact' : 'likely',
    data: `config of ${module} ${how} at collector 0.${minor}`,
  };
}

/** Switches of metrics and resource attributes are made from metadata.yaml, so that file decides. */
function namesBasis({ module, read }: ObservedComponent, minor: number): Basis {
  return {
    certainty: read.metadata.includes(minor) ? 'exact' : 'likely',
    data: `metadata of ${module}`,
  };
}

function unknown(why: string): FieldVerdict {
  return { verdict: 'unknown', why };
}
