import { compareVersions, parseVersion } from '../collector/version.ts';
import type { ComponentMatch, ResourceType, TypeSection } from './types.ts';

/** What a type comes to for one collector: itself with its texts chosen, or why none could be (a sentence without place). */
export type ChosenType = { readonly type: ResourceType } | { readonly reason: string };

const CHOSEN = new WeakMap<ResourceType, Map<string, ChosenType>>();

/**
 * The type with the texts that fit the components of `collectorVersion`, where its sections choose between several
 * (`templates` with `match`, reference/bindplane.md §1.5): of each section the first whose every `match` holds. Components of the
 * collector and of its contrib repository have the collector's own version; what others have is not known here, and a choice that
 * hangs on them is never guessed.
 */
export function chosenType(type: ResourceType, collectorVersion: string | undefined): ChosenType {
  if (type.sections.every(({ choices }) => choices.length === 0)) return { type };
  const known = CHOSEN.get(type) ?? new Map<string, ChosenType>();
  CHOSEN.set(type, known);
  const key = collectorVersion ?? '';
  const chosen = known.get(key) ?? choose(type, collectorVersion);
  known.set(key, chosen);
  return chosen;
}

function choose(type: ResourceType, collectorVersion: string | undefined): ChosenType {
  const sections: TypeSection[] = [];
  for (const section of type.sections) {
    const templates = chosenTemplates(type, section, collectorVersion);
    if (typeof templates === 'string') return { reason: templates };
    sections.push({ ...section, templates: { ...section.templates, ...templates }, choices: [] });
  }
  return { type: { ...type, sections } };
}

function chosenTemplates(
  type: ResourceType,
  { choices }: TypeSection,
  collectorVersion: string | undefined,
): TypeSection['templates'] | string {
  if (choices.length === 0) return {};
  for (const { match, templates } of choices) {
    const verdicts = match.map((one) => ({ one, holds: holds(one, collectorVersion) }));
    if (verdicts.some(({ holds: held }) => held === false)) continue;
    const open = verdicts.find(({ holds: held }) => held === undefined);
    if (open === undefined) return templates;
    const { component, operator, version } = open.one;
    const asked = component === '' ? 'a `match` that cannot be read' : `${component} ${operator} ${version}`;
    return `cannot be rendered here: type ${type.name} chooses its text by the agent's components (${asked})`;
  }
  return `cannot be rendered here: type ${type.name} has no text for collector ${collectorVersion ?? ''}; such an agent is not sent the config`;
}

/** Where modules have the version of the collector they are built into. */
const COLLECTOR_MODULES =
  /^(?:go\.opentelemetry\.io\/collector|github\.com\/open-telemetry\/opentelemetry-collector-contrib)\//;

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '>=': (order) => order >= 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '<': (order) => order < 0,
  '=': (order) => order === 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
};

/** Undefined: not known. */
function holds(match: ComponentMatch, collectorVersion: string | undefined): boolean | undefined {
  const wanted = parseVersion(match.version);
  const is = collectorVersion === undefined ? undefined : parseVersion(collectorVersion);
  const operator = Object.hasOwn(OPERATORS, match.operator) ? OPERATORS[match.operator] : undefined;
  if (wanted === undefined || is === undefined || !COLLECTOR_MODULES.test(match.component)) return undefined;
  return operator?.(compareVersions(is, wanted));
}
