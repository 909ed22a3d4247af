import type { TrialChange } from '../collector/trial/draft.ts';
import type { Placeholder } from '../collector/trial/placeholders.ts';
import { compareFindings } from '../document/finding.ts';
import type { Finding } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { StageVerdict } from '../explain/trial-findings.ts';
import type { CollectorCheck } from '../plan/collector-check.ts';
import { collectorCheckText } from './collector-check-text.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import { durationText } from './elapsed.ts';
import { fixText, rowLines, severityColour } from './lint-text.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';

/** One config that a collector was given, as people read of it. */
export interface TrialRow {
  readonly name: string;
  readonly collector: { readonly name: string };
  readonly validate: StageVerdict;
  readonly start?: StageVerdict;
  readonly changes: readonly TrialChange[];
  readonly placeholders: readonly Placeholder[];
}

export interface TrialTextOptions {
  readonly runForMs: number;
  readonly durationMs?: number;
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

/** Findings with the collector's own words, then each config with what was other in its trial, then one line of counts. Ends with a line feed. */
export function trialText(
  findings: readonly Finding[],
  rows: readonly TrialRow[],
  check: CollectorCheck,
  options: TrialTextOptions,
): string {
  const { colours = PLAIN, redactor = createRedactor(), durationMs } = options;
  const said = [...findings]
    .sort(compareFindings)
    .flatMap((finding) => findingLines(finding, colours, redactor));
  const tried = rows.flatMap((row) => rowText(row, options, colours, redactor));
  const took = durationMs === undefined ? '' : ` · ${durationText(durationMs)}`;
  return [
    ...said,
    ...(said.length > 0 ? [''] : []),
    ...tried,
    ...(tried.length > 0 ? [''] : []),
    `${collectorCheckText(check)}${took}`,
    '',
  ].join('\n');
}

function findingLines(finding: Finding, colours: Colours, redactor: Redactor): readonly string[] {
  const { severity, otelcolMessage, rule } = finding;
  const fix = fixText(finding);
  // A notice that something was not tried says so itself; only a mistake has words to be shown.
  const words = severity === 'notice' ? [] : (otelcolMessage ?? '').split('\n');
  const below = [
    ...words.filter((line) => line.trim() !== '').map((line) => `> ${line.trim()}`),
    ...(fix === '' ? [] : [`fix: ${fix}`]),
  ];
  return rowLines(
    { ...finding, rule, word: severity, below },
    severityColour(severity, colours),
    colours,
    redactor,
  );
}

function rowText(
  { name, collector, validate, start, changes, placeholders }: TrialRow,
  { runForMs }: TrialTextOptions,
  colours: Colours,
  redactor: Redactor,
): readonly string[] {
  const words = (text: string): string => visibleLine(redactor.text(text));
  const groups = [...Map.groupBy(changes, ({ what }) => what)].map(([what, of]) => {
    const paths = of.map(({ path, was }) => `${path.join('.')}${was === undefined ? '' : ` (${was})`}`);
    return `${listed(paths)}: ${what}`;
  });
  const filled =
    placeholders.length === 0
      ? []
      : [`placeholders instead of the variables ${listed(placeholders.map((one) => one.name))}`];
  const isGood = (start ?? validate) === 'passed';
  const verdict = verdictText(validate, start, runForMs);
  return [
    `${words(name)}: ${isGood ? verdict : colours.yellow(verdict)} ${colours.dim(`(${words(collector.name)})`)}`,
    ...[...groups, ...filled].map((line) => `    ${words(line)}`),
  ];
}

function verdictText(validate: StageVerdict, start: StageVerdict | undefined, runForMs: number): string {
  if (validate === 'refused') return 'does not validate, so it was not started';
  const validates = validate === 'passed' ? 'validates' : 'could not be validated here';
  if (start === undefined) return validates;
  if (start === 'passed') return `${validates}, starts and runs for ${durationText(runForMs)}`;
  return start === 'refused'
    ? `${validates}, but does not start or stay up`
    : `${validates}, could not be started here`;
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, LIMITS.report.alikeRows * 2);
  return [...shown, ...(items.length > shown.length ? [`${items.length - shown.length} more`] : [])].join(
    ', ',
  );
}
