import type { Finding, Severity } from '../document/finding.ts';
import { compareFindings } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { plural } from './verdict.ts';
import { cut, visibleBlock, visibleLine } from './untrusted.ts';

/**
 * Findings as workflow commands, one a line (`::error file=…,line=…::message`), worst first. The runner shows ten of each
 * level and drops the rest without a word, so the rest is counted in the last one (reference/pr-automation.md §4a).
 */
export function workflowCommands(
  findings: readonly Finding[],
  redactor: Redactor = createRedactor(),
): readonly string[] {
  const sorted = [...findings].sort(compareFindings);
  return (['error', 'warning', 'notice'] as const).flatMap((level) => {
    const of = sorted.filter(({ severity }) => severity === level);
    if (of.length <= LIMITS.report.commandsPerLevel) return of.map((finding) => command(finding, redactor));
    const shown = of.slice(0, LIMITS.report.commandsPerLevel - 1);
    const more = of.length - shown.length;
    return [
      ...shown.map((finding) => command(finding, redactor)),
      `::${level}::${plural(more, `more ${level}`)} not shown here; all are in the job summary`,
    ];
  });
}

function command(finding: Finding, redactor: Redactor): string {
  const { rule, severity, at } = finding;
  const properties =
    at === undefined
      ? []
      : [
          ['file', at.file],
          ['line', String(at.line)],
          ['endLine', String(at.endLine)],
          // The runner takes columns only within one line.
          ...(at.line === at.endLine
            ? [
                ['col', String(at.column)],
                ['endColumn', String(at.endColumn)],
              ]
            : []),
        ];
  const written = [...properties, ['title', rule]]
    .map(([key = '', value = '']) => `${key}=${property(value)}`)
    .join(',');
  return `::${severity} ${written}::${data(annotationText(finding, redactor))}`;
}

function annotationText(finding: Finding, redactor: Redactor): string {
  const fixes = (finding.fixes ?? []).map(({ title, at }) =>
    at === undefined || at.file === finding.at?.file ? title : `${title} (${at.file}:${at.line})`,
  );
  const lines = [
    finding.message,
    finding.otelcolMessage === undefined ? '' : `The collector will say: ${finding.otelcolMessage}`,
    fixes.length === 0 ? '' : `Fix: ${fixes.join(', or ')}`,
  ].filter((line) => line !== '');
  return visibleBlock(cut(redactor.text(lines.join('\n')), LIMITS.report.blockCharacters));
}

/** Escaping of a command's message, as the toolkit does it (actions/toolkit `packages/core/src/command.ts`). */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Escaping of a command's property, as the toolkit does it. */
function property(text: string): string {
  return data(visibleBlock(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** One annotation in the form of GitHub's checks API. */
export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

const LEVELS: Readonly<Record<Severity, CheckAnnotation['annotation_level']>> = {
  error: 'failure',
  warning: 'warning',
  notice: 'notice',
};

/**
 * Findings as annotations of a check run, worst first, in lists of at most 50 (one request each). Findings without a place
 * have none and are left out; so is what is beyond LIMITS.report.annotations.
 */
export function checkAnnotations(
  findings: readonly Finding[],
  redactor: Redactor = createRedactor(),
): readonly (readonly CheckAnnotation[])[] {
  const annotations = [...findings]
    .sort(compareFindings)
    .flatMap((finding) => annotation(finding, redactor))
    .slice(0, LIMITS.report.annotations);
  const requests: CheckAnnotation[][] = [];
  for (let start = 0; start < annotations.length; start += LIMITS.report.annotationsPerRequest) {
    requests.push(annotations.slice(start, start + LIMITS.report.annotationsPerRequest));
  }
  return requests;
}

function annotation(finding: Finding, redactor: Redactor): CheckAnnotation[] {
  const { at, severity, rule } = finding;
  if (at === undefined) return [];
  return [
    {
      path: at.file,
      start_line: at.line,
      end_line: Math.max(at.line, at.endLine),
      ...(at.line === at.endLine && {
        start_column: at.column,
        end_column: Math.max(at.column, at.endColumn),
      }),
      annotation_level: LEVELS[severity],
      title: visibleLine(rule),
      message: annotationText(finding, redactor),
    },
  ];
}
