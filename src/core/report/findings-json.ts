import type { Finding, SourceRange } from '../document/finding.ts';
import type { JsonMap } from '../document/node.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';

/**
 * Findings as data: `{rule, severity, message, file, line, column, endLine, endColumn, …}`, lines and columns 1-based, `file`
 * relative to the repository. A finding without a place has none of the five place keys. Secrets are taken out.
 */
export function findingsJson(
  findings: readonly Finding[],
  redactor: Redactor = createRedactor(),
): readonly JsonMap[] {
  return findings.map((finding) => findingJson(finding, redactor));
}

function findingJson(finding: Finding, redactor: Redactor): JsonMap {
  const { rule, severity, message, at, related, fixes, otelcolMessage, configuration, certainty, points } =
    finding;
  return {
    rule,
    severity,
    message: redactor.text(message),
    ...(at && placeJson(at)),
    ...(configuration !== undefined && { configuration }),
    ...(certainty !== undefined && { certainty }),
    ...(otelcolMessage !== undefined && { otelcolMessage: redactor.text(otelcolMessage) }),
    ...(points && {
      points: points.map((point) => ({
        rule: point.rule,
        severity: point.severity,
        message: redactor.text(point.message),
        ...(point.at && placeJson(point.at)),
      })),
    }),
    ...(related && {
      related: related.map((place) => ({ message: redactor.text(place.message), ...placeJson(place.at) })),
    }),
    ...(fixes && {
      fixes: fixes.map(({ title, at: fixAt, edits }) => ({
        title: redactor.text(title),
        ...(fixAt && placeJson(fixAt)),
        ...(edits && {
          edits: edits.map((edit) => ({ ...placeJson(edit.at), text: redactor.text(edit.text) })),
        }),
      })),
    }),
  };
}

/** A place as data, 1-based. */
export function placeJson({ file, line, column, endLine, endColumn }: SourceRange): JsonMap {
  return { file, line, column, endLine, endColumn };
}
