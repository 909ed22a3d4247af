import { invalidKeys } from '../../collector/errors/invalid-keys.ts';
import type { MetricVerdict } from '../../collector/metric-verdict.ts';
import { componentsOf } from '../../collector/pipelines.ts';
import type { EffectiveConfig } from '../../collector/effective-config.ts';
import type { Fix, SourceRange, TextEdit } from '../../document/finding.ts';
import { at as nodeAt, isMap, itemsAt, textAt } from '../../document/node.ts';
import type { Json, MapNode, Node } from '../../document/node.ts';
import { splitVersion } from '../../bindplane/names.ts';
import { addToListParameter, removeFromList } from '../edits.ts';
import type { Recipient } from '../recipients.ts';
import type { LintInput, Rule } from '../rule.ts';
import { versionFindings } from '../version-findings.ts';
import type { VersionCheck, VersionProblem } from '../version-findings.ts';

/** The check behind VER-003: keys under a receiver's `metrics` that its version refuses. */
export const metricVersion: VersionCheck = {
  rule: 'VER-003',
  problems,
  otelcolMessage: (found) =>
    invalidKeys.print({ under: 'metrics', keys: found.map(({ subject }) => subject) }),
  fixes: (found, at, input) => switchOff(found, at, input),
};

export const metricVersionRule: Rule = {
  id: 'VER-003',
  severity: 'error',
  summary: "A metric that the agent's version does not know",
  docs:
    "A collector refuses a config with a metric name it does not know, switched on or off. Types of newer BindPlane servers render such names for every agent. Switch the metric off in the source's parameters, " +
    'or run a newer agent.',
  check: (input) => versionFindings(metricVersion, input).map(({ finding }) => finding),
};

function problems(
  config: EffectiveConfig,
  recipient: Recipient,
  input: LintInput,
): readonly VersionProblem[] {
  return componentsOf(config.tree).flatMap((component) => {
    if (component.class !== 'receivers') return [];
    return metricPaths(component.body).flatMap((path): readonly VersionProblem[] => {
      const subject = path.at(-1) ?? '';
      const verdict = input.catalogue.metric(component.type, subject, recipient.collector);
      if (verdict.verdict !== 'absent') return [];
      const { certainty } = verdict;
      return [
        { path: ['receivers', component.id, ...path], component, subject, certainty, ...detail(verdict) },
      ];
    });
  });
}

function detail(
  verdict: Extract<MetricVerdict, { readonly verdict: 'absent' }>,
): Pick<VersionProblem, 'since' | 'agentSince' | 'note'> {
  if (verdict.reason === 'too-new') {
    const { since, agentSince } = verdict;
    return { since, ...(agentSince !== undefined && { agentSince }) };
  }
  if (verdict.reason === 'removed') {
    const instead = verdict.instead === undefined ? '' : `, now \`${verdict.instead}\``;
    return { note: `removed after collector ${verdict.last}${instead}` };
  }
  return verdict.suggestion === undefined ? {} : { note: `did you mean \`${verdict.suggestion}\`?` };
}

/** Paths of metric switches in a receiver: `metrics.<name>` and `scrapers.<scraper>.metrics.<name>`. */
function metricPaths(body: Json): readonly (readonly string[])[] {
  if (!isMap(body)) return [];
  const own = keys(body['metrics']).map((name) => ['metrics', name]);
  const { scrapers } = body;
  const nested = keys(scrapers).flatMap((scraper) => {
    const inner = isMap(scrapers) ? scrapers[scraper] : undefined;
    return keys(isMap(inner) ? inner['metrics'] : undefined).map((name) => [
      'scrapers',
      scraper,
      'metrics',
      name,
    ]);
  });
  return [...own, ...nested];
}

function keys(value: Json | undefined): readonly string[] {
  return isMap(value) ? Object.keys(value) : [];
}

/** The fix that adds the metrics to the source's list of metrics to leave out, where its type has such a parameter. */
function switchOff(
  found: readonly VersionProblem[],
  at: SourceRange | undefined,
  input: LintInput,
): readonly Fix[] {
  const subjects = found.map(({ subject }) => subject);
  const title = `switch ${subjects.length === 1 ? 'the metric' : 'these metrics'} off`;
  const item = at && itemAround(input, at);
  const named = item && askedFor(item, subjects, input);
  if (named !== undefined) return [{ title, ...(at && { at }), edits: named }];
  const type = splitVersion(textAt(item, 'type') ?? '').name;
  const parameter = input.head.types.get('source', type)?.parameters.find((one) => one.type === 'metrics');
  if (item === undefined || parameter === undefined) return [{ title, ...(at && { at }) }];
  const edits = addToListParameter(item, parameter.name, subjects, input.head.repository.texts);
  return [{ title: `${title} with \`${parameter.name}\``, ...(at && { at }), ...(edits && { edits }) }];
}

/** Edits that take the metrics out of the lists of parameters that ask for them by name, where all of them stand in such lists. */
function askedFor(
  item: MapNode,
  metrics: readonly string[],
  input: LintInput,
): readonly TextEdit[] | undefined {
  const lists = itemsAt(item, 'parameters').flatMap((parameter) => nodeAt(parameter, 'value') ?? []);
  const edits = metrics.map((metric) => {
    for (const list of lists) {
      if (list.kind !== 'sequence') continue;
      const entry = list.items.find((one) => one.kind === 'scalar' && one.value === metric);
      // Several items out of one list would need edits that know of each other once the list runs empty.
      if (entry !== undefined && (metrics.length === 1 || list.items.length > metrics.length)) {
        return removeFromList(list, entry, input.head.repository.texts);
      }
    }
    return undefined;
  });
  return edits.length > 0 && edits.every((edit) => edit !== undefined) ? edits.flat() : undefined;
}

/** The innermost map with a `type` around a place: the spec of a library source, or an inline item. */
function itemAround(input: LintInput, at: SourceRange): MapNode | undefined {
  const resource = [...input.head.repository.resources.values()].find(
    ({ document }) => document !== undefined && contains(document.at, at),
  );
  return resource?.document === undefined ? undefined : innermost(resource.document, at);
}

function innermost(node: Node, at: SourceRange): MapNode | undefined {
  if (node.kind === 'scalar' || !contains(node.at, at)) return undefined;
  const children = node.kind === 'map' ? node.entries.map((child) => child.value) : node.items;
  for (const child of children) {
    const found = innermost(child, at);
    if (found !== undefined) return found;
  }
  return node.kind === 'map' && textAt(node, 'type') !== undefined && nodeAt(node, 'value') === undefined
    ? node
    : undefined;
}

function contains(outer: SourceRange, inner: SourceRange): boolean {
  if (outer.file !== inner.file) return false;
  const starts = outer.line < inner.line || (outer.line === inner.line && outer.column <= inner.column);
  const ends =
    outer.endLine > inner.endLine || (outer.endLine === inner.endLine && outer.endColumn >= inner.endColumn);
  return starts && ends;
}
