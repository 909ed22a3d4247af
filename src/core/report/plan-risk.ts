import type { PhrasingContent, RootContent } from 'mdast';
import type { ResourceKey } from '../bindplane/resource.ts';
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
import { plural } from './verdict.ts';

/** The same reason, told once of all configurations it is true of. */
interface ReasonGroup {
  readonly reason: RiskReason;
  readonly names: readonly string[];
}

/** Not red: red is for what will be refused. */
const LEVEL_ICONS: Readonly<Record<RiskLevel, string>> = { high: '🟠', medium: '🟡', low: '⚪' };

/** The reasons of a plan's risk, the same ones together, worst first; those of the restart, which every change brings, apart. */
export function riskGroups({ risk, configurations }: Pick<Plan, 'risk' | 'configurations'>): {
  readonly risks: readonly ReasonGroup[];
  readonly restart: readonly ReasonGroup[];
} {
  const nameOf = new Map<ResourceKey, string>(configurations.map(({ key, name }) => [key, name]));
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

/** The risks of a plan as a list with at most `most` entries; below it, closed, what the restart loses. Nothing where there is no reason. */
export function riskBlocks(
  plan: Plan,
  context: ReportContext,
  prose: Prose,
  { most, restart: withRestart }: { readonly most: number; readonly restart: boolean },
): RootContent[] {
  const { risks, restart } = riskGroups(plan);
  const several = plan.configurations.length > 1;
  const items = (groups: readonly ReasonGroup[]): RootContent[] =>
    groups.length === 0
      ? []
      : [
          list(
            groups.map((group) => [paragraph(reasonLine(group, several, context, prose))]),
            false,
          ),
        ];
  const more = risks.length - most;
  return [
    ...(risks.length > 0 && most > 0 ? [paragraph(strong('Risks'))] : []),
    ...items(risks.slice(0, most)),
    ...(more > 0
      ? [
          paragraph(
            most > 0 ? `and ${plural(more, 'more risk')}` : `${plural(more, 'risk')} not listed here.`,
          ),
        ]
      : []),
    ...(restart.length > 0 && withRestart
      ? details(`All pipelines restart · ${plural(restart.length, 'loss')}`, items(restart), false)
      : []),
  ];
}

function reasonLine(
  { reason, names }: ReasonGroup,
  several: boolean,
  context: ReportContext,
  prose: Prose,
): PhrasingContent[] {
  const { level, at, message, rule } = reason;
  const [name = ''] = names;
  const whose =
    names.length > 1
      ? line(` · in ${names.length} configurations`)
      : several
        ? line(' · ', prose.code(name))
        : [];
  return line(
    `${LEVEL_ICONS[level]} `,
    at === undefined ? [] : line(placeLink(at, context, prose), ' '),
    prose.message(message),
    whose,
    ' ',
    prose.code(rule),
  );
}

/** The risks of a plan in the columns of findings, the losses of a restart last. */
export function riskLines(plan: Plan, colours: Colours, redactor: Redactor): readonly string[] {
  const { risks, restart } = riskGroups(plan);
  const several = plan.configurations.length > 1;
  return [...risks, ...restart].flatMap(({ reason, names }) => {
    const { level } = reason;
    const colour = level === 'high' ? colours.red : level === 'medium' ? colours.yellow : colours.dim;
    const whose =
      names.length > 1 ? ` · in ${names.length} configurations` : several ? ` · ${names.join('')}` : '';
    const lead = reason.rule === RESTART_RULE ? 'restart: ' : '';
    const row = { ...reason, message: `${lead}${reason.message}${whose}`, word: level, below: [] };
    return rowLines(row, colour, colours, redactor);
  });
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
