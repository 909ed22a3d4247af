/**
 * The two values that everything else carries: where something stands, and what is wrong with it.
 * User mistakes are findings, never exceptions.
 */

/** A stretch of a file. Lines and columns are 1-based; `endColumn` points one past the last character. */
export interface SourceRange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type Severity = 'error' | 'warning' | 'notice';

/** A replacement of the text at `at` by `text` (an insertion when `at` is empty). */
export interface TextEdit {
  readonly at: SourceRange;
  readonly text: string;
}

/** One way to mend a finding. `edits` is absent where a person must decide the text. */
export interface Fix {
  readonly title: string;
  /** The place the fix touches, for people; the first edit's place where edits exist. */
  readonly at?: SourceRange;
  readonly edits?: readonly TextEdit[];
}

export interface RelatedPlace {
  readonly message: string;
  readonly at: SourceRange;
}

/**
 * One thing to tell a person. The same type comes from parsing, schemas, lint, plan and agents' errors.
 * `configuration` is the resource key of the Configuration it concerns, where there is one.
 */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly at?: SourceRange;
  readonly related?: readonly RelatedPlace[];
  readonly fixes?: readonly Fix[];
  /** What the collector itself would print. */
  readonly otelcolMessage?: string;
  readonly configuration?: string;
  /** How sure the place is; absent means exact. */
  readonly certainty?: 'exact' | 'likely' | 'unknown';
  /** Findings of one group are told as one, which begins with its title; each rule's own can still be silenced. */
  readonly group?: FindingGroup;
  /** What such a finding is made of. */
  readonly points?: readonly FindingPoint[];
}

/** What several findings are about. `said` is what a finding adds to the title, in a clause. */
export interface FindingGroup {
  readonly key: string;
  readonly title: string;
  readonly said: string;
}

/** One of several findings that are told as one. */
export interface FindingPoint {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly at?: SourceRange;
}

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, notice: 2 };

/** Order for people: errors first, then by file, line, column, rule. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
    compareText(a.at?.file ?? '', b.at?.file ?? '') ||
    (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
    (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
    compareText(a.rule, b.rule) ||
    compareText(a.message, b.message)
  );
}

/** Byte-wise, locale-free string order (the same on every machine). */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `file:line:column`, the form that terminals turn into a link. */
export function placeText(at: SourceRange): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/** Whether any finding is at or above `threshold`. */
export function hasFindingsAtLeast(findings: readonly Finding[], threshold: Severity): boolean {
  return findings.some((finding) => SEVERITY_RANK[finding.severity] <= SEVERITY_RANK[threshold]);
}
