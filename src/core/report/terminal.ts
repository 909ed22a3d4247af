import { LIMITS } from '../document/limits.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { orderText } from './apply-order.ts';
import { collectorCheckText } from './collector-check-text.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import type { DiffGroup } from './config-diff.ts';
import { diffGroups, drawnDiff, namesOf } from './config-diff.ts';
import { short } from './links.ts';
import { findingLines } from './lint-text.ts';
import { verificationText } from './plan-footer.ts';
import type { PlanRow } from './plan-facts.ts';
import type { Verdict } from './verdict.ts';
import { changePieces, findingGroups, madeText, planRows } from './plan-facts.ts';
import { reachText, verdictOf, verdictText } from './verdict.ts';
import { planRedactor } from './plan-redactor.ts';
import { restartLines, riskLines } from './plan-risk.ts';
import { policyLines } from './policy-text.ts';
import type { Redactor, RedactorOptions } from './redact.ts';
import { visibleLine } from './untrusted.ts';

export interface PlanTerminalOptions {
  readonly colours?: Colours;
  /** Lines of each diff; LIMITS.report.diffLines where absent. */
  readonly diffLines?: number;
  readonly redaction?: RedactorOptions | Redactor;
}

/** A plan for a terminal, in the order of the comment: verdict, findings, resources, diffs, order, small print. */
export function planTerminal(plan: Plan, options: PlanTerminalOptions = {}): string {
  const { colours = PLAIN, diffLines = LIMITS.report.diffLines } = options;
  const redactor = planRedactor(plan, options.redaction);
  const findings = findingGroups(plan).map(({ finding }) => finding);
  const blocks = [
    [levelColour(verdictOf(plan), colours)(visibleLine(verdictText(plan)))],
    findings.flatMap((finding) => findingLines(finding, colours, redactor)),
    riskLines(plan, colours, redactor),
    planRows(plan).map((row) => rowLine(row, colours, redactor)),
    policyLines(plan, colours, redactor),
    ...diffGroups(plan.configurations, findings, redactor).map((group) =>
      diffBlock(group, diffLines, colours),
    ),
    restartLines(plan, colours, redactor),
    orderBlock(plan, colours, redactor),
    [colours.dim(footer(plan, redactor))],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function levelColour({ level }: Verdict, colours: Colours): (text: string) => string {
  const colour = { red: colours.red, yellow: colours.yellow, green: colours.green, grey: colours.dim }[level];
  return (text) => colours.bold(colour(text));
}

const SIGNS = { create: '+', update: '~', delete: '-', unchanged: ' ' } as const;

function rowLine({ change, configuration, through }: PlanRow, colours: Colours, redactor: Redactor): string {
  const sign = change === undefined ? '~' : SIGNS[change.action];
  const colour = sign === '+' ? colours.green : sign === '-' ? colours.red : colours.yellow;
  const pieces = change === undefined ? [madeText(configuration)] : changePieces(change);
  const words = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.name)).join('');
  const reach =
    configuration !== undefined
      ? ` · ${reachText([configuration])}`
      : through.length > 0
        ? ` · through ${through.map(({ name }) => name).join(', ')}`
        : '';
  const key = change?.key ?? configuration?.key ?? '';
  return `${colour(sign)} ${visibleLine(redactor.text(`${key.replace('/', ' ')}: ${words}${reach}`))}`;
}

function diffBlock(group: DiffGroup, lines: number, colours: Colours): readonly string[] {
  const title = `${namesOf(group).map(visibleLine).join(', ')} · effective collector config +${group.added} −${group.removed} · ${reachText(group.configurations)}`;
  if (group.rewritten) return [colours.bold(title), '  too different to be shown line by line'];
  const drawn = drawnDiff(group, { context: true, lines }).split('\n');
  return [colours.bold(title), ...drawn.map((line) => `  ${diffColour(line, colours)(line)}`)];
}

function diffColour(line: string, colours: Colours): (text: string) => string {
  return line.startsWith('+') ? colours.green : line.startsWith('-') ? colours.red : (text) => text;
}

function orderBlock({ steps }: Plan, colours: Colours, redactor: Redactor): readonly string[] {
  if (steps.length === 0) return [];
  const shown = (text: string): string => visibleLine(redactor.text(text));
  const lines = steps.flatMap((step, index) => [
    `${String(index + 1).padStart(3)}. ${shown(stepText(step))}`,
    // On a line of its own, so that it can be copied.
    ...(step.command === undefined ? [] : [`     ${colours.bold(shown(step.command))}`]),
  ]);
  return [colours.bold(`Apply order · ${orderText(steps)}`), ...lines];
}

function stepText({ kind, action, resource, policy, text }: Step): string {
  if (kind === 'policy' && policy !== undefined) return `${action ?? '~'} RolloutPolicy ${policy}`;
  if (resource !== undefined && (kind === 'apply' || kind === 'delete')) {
    return `${action ?? (kind === 'delete' ? '-' : '+')} ${resource.replace('/', ' ')}`;
  }
  return text;
}

function footer(plan: Plan, redactor: Redactor): string {
  const { complete, incompleteReasons } = plan;
  const parts = [
    `plan ${short(plan.digest, 8)}`,
    verificationText(plan),
    plan.collectorCheck === undefined ? '' : collectorCheckText(plan.collectorCheck),
    complete || incompleteReasons.length === 0 ? '' : `not checked: ${incompleteReasons.join('; ')}`,
  ];
  return visibleLine(redactor.text(parts.filter((part) => part !== '').join(' · ')));
}
