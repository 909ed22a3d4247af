import type { Finding, Severity, SourceRange } from '../document/finding.ts';
import { compareFindings, placeText } from '../document/finding.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import { durationText } from './elapsed.ts';
import { plural } from './verdict.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';

export interface LintTextOptions {
  /** What was looked at. */
  readonly counts?: { readonly files: number; readonly resources: number; readonly configurations: number };
  readonly durationMs?: number;
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

/** Column where the severity begins; longer places take a line of their own. */
const PLACE_WIDTH = 30;
const SEVERITY_WIDTH = 9;
const RULE_WIDTH = 9;

/** Findings for a terminal, one below the other with their fixes, worst first, and a line of counts. Ends with a line feed. */
export function lintText(findings: readonly Finding[], options: LintTextOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor() } = options;
  const lines = [...findings]
    .sort(compareFindings)
    .flatMap((finding) => findingLines(finding, colours, redactor));
  return [...lines, ...(lines.length > 0 ? [''] : []), countsLine(findings, options), ''].join('\n');
}

/** One finding in columns: place, severity, rule, message; what belongs to it stands below the message. */
export function findingLines(finding: Finding, colours: Colours, redactor: Redactor): readonly string[] {
  const { severity } = finding;
  const fix = fixText(finding);
  const row = { ...finding, word: severity, below: fix === '' ? [] : [`fix: ${fix}`] };
  return rowLines(row, severityColour(severity, colours), colours, redactor);
}

/** What a row of such columns says. */
export interface Row extends Pick<Finding, 'rule' | 'message' | 'related'> {
  readonly at?: SourceRange | undefined;
  /** How bad it is, in one word. */
  readonly word: string;
  /** Sentences below the message. */
  readonly below: readonly string[];
}

/** Anything with a place, a word for how bad it is, a rule and a message, in the columns of findings. */
export function rowLines(
  { at, word, rule, message, related, below: more }: Row,
  colour: (text: string) => string,
  colours: Colours,
  redactor: Redactor,
): readonly string[] {
  const place = at === undefined ? '' : visibleLine(placeText(at));
  const head =
    place.length > PLACE_WIDTH - 2
      ? [colours.cyan(place), ' '.repeat(PLACE_WIDTH)]
      : [`${colours.cyan(place)}${' '.repeat(PLACE_WIDTH - place.length)}`];
  const indent = ' '.repeat(PLACE_WIDTH + SEVERITY_WIDTH + Math.max(RULE_WIDTH, rule.length + 2));
  const said = `${colour(word.padEnd(SEVERITY_WIDTH))}${colours.dim(visibleLine(rule).padEnd(RULE_WIDTH - 2))}  `;
  const words = (text: string): string => visibleLine(redactor.text(text));
  const [first = '', ...rest] = redactor.text(message).split('\n');
  const below = [
    ...rest.filter((line) => line.trim() !== '').map(words),
    ...(related ?? []).map((one) => `${words(one.message)}: ${visibleLine(placeText(one.at))}`),
    ...more.map(words),
  ];
  return [
    ...head.slice(0, -1),
    `${head.at(-1) ?? ''}${said}${words(first)}`,
    ...below.map((line) => `${indent}${line}`),
  ];
}

/** The ways to mend a finding in one sentence, each with its place when that is another one; empty when there is none. */
export function fixText({ fixes, at: found }: Finding): string {
  const ways = (fixes ?? []).map(({ title, at }) => {
    const elsewhere = at !== undefined && (at.file !== found?.file || at.line !== found.line);
    return elsewhere && !title.includes(`${at.file}:${at.line}`)
      ? `${title} at ${at.file}:${at.line}`
      : title;
  });
  return ways.join(', or ');
}

/** The colour of a severity. */
export function severityColour(severity: Severity, colours: Colours): (text: string) => string {
  return severity === 'error' ? colours.red : severity === 'warning' ? colours.yellow : colours.dim;
}

function countsLine(findings: readonly Finding[], { counts, durationMs }: LintTextOptions): string {
  const of = (['error', 'warning', 'notice'] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [plural(number, severity)];
  });
  const seen =
    counts === undefined
      ? []
      : [
          [
            plural(counts.files, 'file'),
            plural(counts.resources, 'resource'),
            plural(counts.configurations, 'configuration'),
          ].join(', '),
        ];
  const took = durationMs === undefined ? [] : [durationText(durationMs)];
  return [of.length === 0 ? 'No findings' : of.join(', '), ...seen, ...took].join(' · ');
}
