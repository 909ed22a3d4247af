import type { ConfigKey } from '../fleet/config-key.ts';
import type { PhrasingContent, RootContent } from 'mdast';
import type { JsonMap } from '../document/node.ts';
import { compareText } from '../document/finding.ts';
import type { Plan } from '../plan/plan.ts';
import type { RiskLevel, RiskReason } from '../plan/risk/plan-risk.ts';
import { RESTART_RULE } from '../plan/risk/restart.ts';
import type { Colours } from './colours.ts';
import { placeLink } from './finding-markdown.ts';
import { placeJson } from './findings-json.ts';
import { rowLines } from './lint-text.ts';
import type { ReportContext } from './links.ts';
import type { Prose } from './markdown.ts';
import { details, line, list, paragraph, strong } from './markdown.ts';
import type { Redactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';
import { plural } from './verdict.ts';

/** The same reason, told once of all configurations it is true of. */
interface ReasonGroup {
  readonly reason: RiskReason;
  readonly names: readonly string[];
}

/** Not red: red is for what will be refused. */
const LEVEL_ICONS: Readonly<Record<RiskLevel, string>> = { high: '🟠', medium: '🟡', low: '⚪' };

/** The reasons of a plan's risk, the same ones together, worst first; those of the restart, which every change brings, apart. */
function riskGroups({ risk, configurations }: Pick<Plan, 'risk' | 'configurations'>): {
  readonly risks: readonly ReasonGroup[];
  readonly restart: readonly ReasonGroup[];
} {
  const nameOf = new Map<ConfigKey, string>(configurations.map(({ key, name }) => [key, name]));
  const groups = [
    ...Map.groupBy(risk.reasons, ({ rule, level, message }) => [rule, level, message].join('\n')),
  ];
  const all = groups.flatMap(([, [reason, ...others]]): readonly ReasonGroup[] => {
    if (reason === undefined) return [];
    const keys = new Set([reason, ...others].map(({ configuration }) => configuration));
    const names = [...keys].map((key) => nameOf.get(key) ?? key.slice(key.indexOf('/') + 1));
    return [{ reason, names: names.sort(compareText) }];
  });
  const isRestart = ({ reason }: ReasonGroup): boolean => reason.rule === RESTART_RULE;
  return { risks: all.filter((group) => !isRestart(group)), restart: all.filter(isRestart) };
}

/** The risks of a plan as a list with at most `most` entries; nothing where there are none. */
export function riskBlocks(plan: Plan, context: ReportContext, prose: Prose, most: number): RootContent[] {
  const { risks } = riskGroups(plan);
  if (risks.length === 0) return [];
  if (most === 0) return [paragraph(`${plural(risks.length, 'risk')} not listed here.`)];
  const shown = risks.slice(0, most).map((group) => {
    const { level, at, message, rule } = group.reason;
    const place = at === undefined ? [] : line(placeLink(at, context, prose), ' ');
    const said = line(`${LEVEL_ICONS[level]} `, place, prose.message(message), whose(group, plan, prose));
    return [paragraph(said, ' ', prose.code(rule))];
  });
  const more = risks.length - shown.length;
  return [
    paragraph(strong('Risks')),
    list(shown, false),
    ...(more > 0 ? [paragraph(`and ${plural(more, 'more risk')}`)] : []),
  ];
}

/** What the restart of all pipelines loses, in a closed part; nothing where it loses nothing. */
export function restartBlocks(plan: Plan, prose: Prose): RootContent[] {
  const { restart } = riskGroups(plan);
  if (restart.length === 0) return [];
  const items = restart.map((group) => [
    paragraph(prose.message(group.reason.message), whose(group, plan, prose)),
  ]);
  return details(`Restart of all pipelines · ${plural(restart.length, 'loss')}`, [list(items, false)], false);
}

function whose({ names }: ReasonGroup, plan: Plan, prose: Prose): PhrasingContent[] {
  if (names.length > 1) return line(` · in ${names.length} configurations`);
  return plan.configurations.length > 1 ? line(' · ', prose.code(names[0] ?? '')) : [];
}

/** The risks of a plan in the columns of findings. */
export function riskLines(plan: Plan, colours: Colours, redactor: Redactor): readonly string[] {
  return riskGroups(plan).risks.flatMap((group) => {
    const { level, message } = group.reason;
    const colour = level === 'high' ? colours.red : level === 'medium' ? colours.yellow : colours.dim;
    const row = { ...group.reason, message: `${message}${whoseText(group, plan)}`, word: level, below: [] };
    return rowLines(row, colour, colours, redactor);
  });
}

/** What the restart of all pipelines loses, a line each. */
export function restartLines(plan: Plan, colours: Colours, redactor: Redactor): readonly string[] {
  const { restart } = riskGroups(plan);
  if (restart.length === 0) return [];
  const lines = restart.map(
    (group) => `  ${visibleLine(redactor.text(`${group.reason.message}${whoseText(group, plan)}`))}`,
  );
  return [colours.bold(`Restart of all pipelines · ${plural(restart.length, 'loss')}`), ...lines];
}

function whoseText({ names }: ReasonGroup, plan: Plan): string {
  if (names.length > 1) return ` · in ${names.length} configurations`;
  return plan.configurations.length > 1 ? ` · ${names[0] ?? ''}` : '';
}

/** The risk as data: each reason of each configuration. */
export function riskJson({ risk }: Plan, redactor: Redactor): JsonMap {
  return {
    level: risk.level,
    reasons: risk.reasons.map(({ rule, level, message, configuration, at, related }) => ({
      rule,
      level,
      message: redactor.text(message),
      configuration,
      ...(at && { place: placeJson(at) }),
      ...(related && {
        related: related.map((place) => ({ message: redactor.text(place.message), ...placeJson(place.at) })),
      }),
    })),
  };
}
