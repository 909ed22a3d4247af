import type { Reference, ResourceKey } from '../../bindplane/resource.ts';
import { closest } from '../../document/closest.ts';
import type { Finding, Fix } from '../../document/finding.ts';
import { kindOf } from '../../resources/graph.ts';
import { lineOf } from '../edits.ts';
import { routeCircles, unknownTargets } from '../routes.ts';
import type { LintInput, Rule } from '../rule.ts';

export const referenceRule: Rule = {
  id: 'BPR-003',
  severity: 'error',
  blocksApply: true,
  summary: 'A reference to something that does not exist',
  docs:
    'The server refuses an apply that names an unknown resource, and a pinned version (`name:3`) only resolves against what it has stored before. Resources that name each other in ' +
    'a circle cannot be applied in any order. The same holds inside a v2 Configuration: a route names items by id, and the collector refuses pipelines that feed themselves.',
  check: (input) => [
    ...input.head.graph.missing.flatMap((reference) => missing(reference, input)),
    ...input.head.graph.references.flatMap((reference) => pinnedToNew(reference, input)),
    ...input.head.graph.cycles.map((cycle) => circle(cycle, input)),
    ...[...unknownTargets(input), ...routeCircles(input)].map((finding) => ({
      rule: referenceRule.id,
      ...finding,
    })),
  ],
};

function missing(reference: Reference, input: LintInput): readonly Finding[] {
  const { from, to } = reference;
  const kind = kindOf(to);
  const name = nameOf(to);
  const isType = kind.endsWith('Type');
  const candidates = isType
    ? input.head.types
        .list()
        .filter((type) => `${type.kind}type` === kind.toLowerCase())
        .map((type) => type.name)
    : [...input.head.repository.resources.keys()].filter((key) => kindOf(key) === kind).map(nameOf);
  const meant = closest(name, candidates);
  const live = input.live?.has(to) === true;
  // A server may know types that the catalogue does not; only a near miss is worth a word.
  if (isType && (meant === undefined || live)) return [];
  const others = sameName(to, input);
  const hint = meant === undefined ? others : `, did you mean \`${meant}\`?`;
  const isDeleted = input.base?.repository.resources.has(to) === true;
  const state = isType ? 'is no known type' : isDeleted ? 'this change deletes' : 'does not exist';
  const message = live
    ? `${words(from)} names ${words(to)}, which only the server has: no file describes it`
    : `${words(from)} names ${words(to)}, which ${state}${hint}`;
  return [
    {
      rule: referenceRule.id,
      severity: live ? 'notice' : isType ? 'warning' : 'error',
      message,
      ...(reference.at && { at: reference.at }),
      ...fixesOf(reference, meant, { live, isDeleted }, input),
      ...(kindOf(from) === 'Configuration' && { configuration: from }),
    },
  ];
}

/** What to do: write what was meant; or, where the change takes away what is still named, take the name away too. */
function fixesOf(
  reference: Reference,
  meant: string | undefined,
  { live, isDeleted }: { readonly live: boolean; readonly isDeleted: boolean },
  input: LintInput,
): { readonly fixes?: readonly Fix[] } {
  if (live) return {};
  const { to, at } = reference;
  const renamed = meant === undefined ? [] : [rename(reference, nameOf(to), meant, input)];
  const kept: readonly Fix[] = isDeleted
    ? [{ title: 'take the reference away', ...(at && { at }) }, { title: `keep ${words(to)}` }]
    : [];
  return { fixes: [...renamed, ...kept] };
}

/** The kinds under which the name does exist: a Destination and a Configuration are easily taken for each other. */
function sameName(to: ResourceKey, { head }: LintInput): string {
  const keys = [...head.repository.resources.keys()].filter((key) => nameOf(key) === nameOf(to));
  return keys.length === 0 ? '' : `; there is ${keys.map(words).join(' and ')}`;
}

function rename(reference: Reference, name: string, meant: string, { head }: LintInput): Fix {
  const title = `write \`${meant}\``;
  const { at } = reference;
  if (at === undefined) return { title };
  const written = lineOf(at, head.repository.texts).slice(at.column - 1, at.endColumn - 1);
  return {
    title,
    at,
    ...(written.includes(name) && { edits: [{ at, text: written.replace(name, meant) }] }),
  };
}

function pinnedToNew(reference: Reference, { head, base, live }: LintInput): readonly Finding[] {
  const { to, version, at } = reference;
  const before = live ?? base?.repository.resources;
  if (version === undefined || before === undefined || before.has(to) || !head.repository.resources.has(to)) {
    return [];
  }
  return [
    {
      rule: referenceRule.id,
      severity: 'error',
      message: `${words(reference.from)} names version ${version} of ${words(to)}, which is new: the server only finds versions it has stored before`,
      ...(at && { at }),
    },
  ];
}

function circle(cycle: readonly ResourceKey[], { head }: LintInput): Finding {
  const [first] = cycle;
  const at = first && head.repository.resources.get(first)?.at;
  return {
    rule: referenceRule.id,
    severity: 'error',
    message: `These name each other in a circle, so none can be applied first: ${cycle.map(words).join(', ')}`,
    ...(at && { at }),
  };
}

function nameOf(key: ResourceKey): string {
  return key.slice(key.indexOf('/') + 1);
}

function words(key: ResourceKey): string {
  return `${kindOf(key)} \`${nameOf(key)}\``;
}
