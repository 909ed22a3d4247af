import { GITHUB_LIMITS } from './limits.ts';
import { invalid } from './reply.ts';
import { asRecord, requiredText, textField } from './route.ts';
import type { AnnotationRecord } from './state.ts';

/** `summary` or `text` of a check's output, within GitHub's limit. */
export function checkOutputText(
  output: Readonly<Record<string, unknown>>,
  field: 'summary' | 'text',
): string | undefined {
  const text = textField(output, 'CheckRun', field);
  if (text !== undefined && text.length > GITHUB_LIMITS.checkTextCharacters) {
    throw invalid(
      'CheckRun',
      field,
      `Only ${GITHUB_LIMITS.checkTextCharacters} characters are allowed; ${text.length} were supplied.`,
    );
  }
  return text;
}

/** Annotations of one request: at most fifty, each whole and within its sizes. */
export function requireAnnotationLimits(value: unknown): AnnotationRecord[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw invalid('CheckRun', 'annotations', 'annotations is not an array', 'invalid');
  }
  if (value.length > GITHUB_LIMITS.annotationsPerRequest) {
    throw invalid(
      'CheckRun',
      'annotations',
      `No more than ${GITHUB_LIMITS.annotationsPerRequest} annotations are allowed; ${value.length} were supplied.`,
    );
  }
  return value.map((item) => annotation(asRecord(item)));
}

function annotation(item: Readonly<Record<string, unknown>>): AnnotationRecord {
  const startLine = wholeNumber(item, 'start_line');
  const endLine = wholeNumber(item, 'end_line');
  if (startLine === undefined || endLine === undefined || startLine < 1 || endLine < startLine) {
    throw invalid('CheckRun', 'annotations', 'start_line and end_line must be lines in order', 'invalid');
  }
  const startColumn = wholeNumber(item, 'start_column') ?? null;
  const endColumn = wholeNumber(item, 'end_column') ?? null;
  if (startLine !== endLine && (startColumn !== null || endColumn !== null)) {
    throw invalid(
      'CheckRun',
      'annotations',
      'columns are only allowed when start_line and end_line are the same',
      'invalid',
    );
  }
  const level = requiredText(item, 'CheckRun', 'annotation_level');
  if (!['notice', 'warning', 'failure'].includes(level)) {
    throw invalid('CheckRun', 'annotation_level', `annotation_level ${level}`, 'invalid');
  }
  const message = requiredText(item, 'CheckRun', 'message');
  const title = textField(item, 'CheckRun', 'title') ?? null;
  const rawDetails = textField(item, 'CheckRun', 'raw_details') ?? null;
  const tooLong =
    Buffer.byteLength(message) > GITHUB_LIMITS.annotationTextBytes ||
    Buffer.byteLength(rawDetails ?? '') > GITHUB_LIMITS.annotationTextBytes ||
    (title ?? '').length > GITHUB_LIMITS.annotationTitleCharacters;
  if (tooLong) throw invalid('CheckRun', 'annotations', 'an annotation is too long');
  return {
    path: requiredText(item, 'CheckRun', 'path'),
    startLine,
    endLine,
    startColumn,
    endColumn,
    level,
    message,
    title,
    rawDetails,
  };
}

function wholeNumber(item: Readonly<Record<string, unknown>>, field: string): number | undefined {
  const value = item[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw invalid('CheckRun', field, `${field} is not a whole number`, 'invalid');
}

/** Buttons of a check: at most three, with short texts. */
export function checkActions(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || value.length > GITHUB_LIMITS.checkActions) {
    throw invalid('CheckRun', 'actions', `No more than ${GITHUB_LIMITS.checkActions} actions are allowed`);
  }
  for (const item of value.map(asRecord)) {
    const limits = [
      ['label', GITHUB_LIMITS.checkActionLabelCharacters],
      ['description', GITHUB_LIMITS.checkActionDescriptionCharacters],
      ['identifier', GITHUB_LIMITS.checkActionIdentifierCharacters],
    ] as const;
    for (const [field, limit] of limits) {
      if (requiredText(item, 'CheckRun', field).length > limit) {
        throw invalid('CheckRun', 'actions', `${field} is too long (maximum is ${limit} characters)`);
      }
    }
  }
}
