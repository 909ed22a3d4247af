import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { PhrasingContent } from 'mdast';
import type { Finding, SourceRange } from '../document/finding.ts';
import { COLLECTOR_RULES } from '../explain/collector-rules.ts';
import { LIMITS } from '../document/limits.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { ConfigurationPlan } from '../plan/plan.ts';
import type { ReportContext } from './links.ts';
import { placeUrl } from './links.ts';
import type { Prose } from './markdown.ts';
import { join, line, link, strong } from './markdown.ts';
import type { FindingGroup } from './plan-facts.ts';
import type { Piece } from './verdict.ts';
import { accepting, byVersion } from './plan-facts.ts';

export const SEVERITY_ICONS: Readonly<Record<Finding['severity'], string>> = {
  error: '🔴',
  warning: '🟡',
  notice: '⚪',
};

/** Words and names as Markdown. */
export function inlineOf(pieces: readonly Piece[], prose: Prose): PhrasingContent[] {
  return pieces.flatMap((piece) => (typeof piece === 'string' ? line(piece) : line(prose.code(piece.name))));
}

/** `file:line` as code, linked to the line at the head commit where there is one. */
export function placeLink(at: SourceRange, context: ReportContext, prose: Prose): PhrasingContent[] {
  return link(placeUrl(context, at), prose.code(`${at.file}:${at.line}`));
}

/** Names from outside with a cap: `a`, `b` and 3 more. */
export function nameList(
  names: readonly string[],
  prose: Prose,
  cap: number = LIMITS.report.names,
): PhrasingContent[] {
  const shown = join(
    names.slice(0, cap).map((name) => line(prose.code(name))),
    ', ',
  );
  return names.length > cap ? line(shown, ` and ${names.length - cap} more`) : shown;
}

/** `node-a`, `node-b` (1.80.1), `node-c` (1.86.0). */
export function agentsByVersion(
  agents: readonly { readonly name: string; readonly version: string }[],
  prose: Prose,
  cap: number = LIMITS.report.names,
): PhrasingContent[] {
  const versions = byVersion(agents);
  const shown = versions
    .slice(0, cap)
    .map(({ version, names }) =>
      line(
        nameList(names, prose, cap),
        version === '' ? '' : [...line(' ('), ...prose.text(version), ...line(')')],
      ),
    );
  return line(join(shown, ', '), versions.length > cap ? ` and ${versions.length - cap} more versions` : '');
}

/** What can be done about a finding: titles of its fixes with their places. Empty when nobody knows. */
export function fixes(finding: Finding, context: ReportContext, prose: Prose): PhrasingContent[] {
  const ways = (finding.fixes ?? []).slice(0, LIMITS.report.names).map(({ title, at }) => {
    const elsewhere = at !== undefined && (at.file !== finding.at?.file || at.line !== finding.at.line);
    const said = at !== undefined && title.includes(`${at.file}:${at.line}`);
    return line(prose.message(title), elsewhere && !said ? line(' at ', placeLink(at, context, prose)) : []);
  });
  return join(ways, ' or ');
}

const CLASS_NOUNS: Readonly<Record<string, string>> = {
  receivers: 'receiver',
  processors: 'processor',
  exporters: 'exporter',
  connectors: 'connector',
  extensions: 'extension',
};

/** The collector component that a place in a file becomes, by provenance: `receiver` and its id. */
function componentAt(
  config: EffectiveConfig | undefined,
  { at, message }: Finding,
): { readonly noun: string; readonly id: string } | undefined {
  const here = config?.provenance.filter(
    (entry) => entry.at.file === at?.file && entry.at.line === at.line && entry.path.length > 1,
  );
  // One place may bring several components: that which the finding names, that which has what it names, else the only one.
  const words = [...message.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  const named = here?.find(({ path }) => words.includes(path[1] ?? ''));
  const having = here?.find(({ path }) => hasKey(config?.tree, path.slice(0, 2), words));
  const ids = new Set(here?.map(({ path }) => path.slice(0, 2).join('/')));
  const path = (named ?? having ?? (ids.size === 1 ? here?.[0] : undefined))?.path;
  const noun = CLASS_NOUNS[path?.[0] ?? ''];
  const id = path?.[1];
  return noun === undefined || id === undefined ? undefined : { noun, id };
}

/** Whether the body of a component has one of these keys, at any depth. */
function hasKey(tree: JsonMap | undefined, path: readonly string[], keys: readonly string[]): boolean {
  const [section = '', id = ''] = path;
  const components = tree?.[section];
  const search = (value: Json | undefined): boolean =>
    isMap(value) && Object.entries(value).some(([key, inner]) => keys.includes(key) || search(inner));
  return isMap(components) && search(components[id]);
}

/** Other places that belong to a finding: what is there, and where. */
function relatedPlaces({ related = [] }: Finding, context: ReportContext, prose: Prose): PhrasingContent[] {
  const shown = related
    .slice(0, 2)
    .map(({ message, at }) => line(prose.message(message), ' ', placeLink(at, context, prose)));
  return line(join(shown, ', '), related.length > 2 ? ` and ${related.length - 2} more places` : '');
}

/** What carries these configs: `Configuration`, `Deployment`, or both kinds in general words. */
function carriers(configurations: FindingGroup['configurations']): string {
  const kinds = new Set(configurations.map(({ key }) => key.slice(0, key.indexOf('/'))));
  const [kind = ''] = kinds;
  const noun = kinds.size === 1 ? kind : 'config';
  return configurations.length === 1 ? noun : `${noun}s`;
}

/** The lines of the coloured block for the worst finding: what, where it comes from, whom it hits, the agent's words, the fix. */
export function cautionLines(group: FindingGroup, context: ReportContext, prose: Prose): PhrasingContent[][] {
  const { finding, configurations, refusals } = group;
  const [first] = configurations;
  const component = componentAt(first?.after, finding);
  const way = [
    finding.at === undefined ? [] : placeLink(finding.at, context, prose),
    configurations.length === 0
      ? []
      : line(
          `${carriers(configurations)} `,
          nameList(
            configurations.map(({ name }) => name),
            prose,
          ),
        ),
    component === undefined ? [] : line(`${component.noun} `, prose.code(component.id)),
  ];
  const fix = fixes(finding, context, prose);
  return [
    line(strong(prose.message(finding.message)), ' ', prose.code(finding.rule)),
    // Whoever refuses is named below, with the places that say why.
    join([join(way, ' → '), refusals.length > 0 ? [] : relatedPlaces(finding, context, prose)], ' · '),
    refusals.length === 0 ? [] : refusalLine(group, prose),
    finding.otelcolMessage === undefined
      ? []
      : line(`${speaker(finding)} `, prose.code(finding.otelcolMessage)),
    fix.length === 0 ? [] : line(strong('Fix'), ' ', fix),
  ].filter((part) => part.length > 0);
}

/** Whose words a finding quotes: those of a collector that was asked already, or of an agent that will be. */
export function speaker({ rule }: Finding): string {
  return COLLECTOR_RULES.has(rule) ? 'It said' : 'The agent will say';
}

function refusalLine({ configurations, refusals }: FindingGroup, prose: Prose): PhrasingContent[] {
  const takers = configurations.flatMap((configuration: ConfigurationPlan) => accepting(configuration));
  return line(
    'Will refuse: ',
    agentsByVersion(refusals, prose),
    takers.length === 0 ? '' : line(' · will take it: ', agentsByVersion(takers, prose)),
  );
}

/** One finding as a line of a list. */
export function findingLine(group: FindingGroup, context: ReportContext, prose: Prose): PhrasingContent[] {
  const { finding, configurations } = group;
  const fix = fixes(finding, context, prose);
  const others = configurations.length > 1 ? ` (${configurations.length} configurations)` : '';
  return line(
    `${SEVERITY_ICONS[finding.severity]} `,
    finding.at === undefined ? [] : line(placeLink(finding.at, context, prose), ' '),
    prose.message(finding.message),
    others,
    ' ',
    prose.code(finding.rule),
    fix.length === 0 ? '' : line(' · fix: ', fix),
  );
}
