import type { Finding, SourceRange } from '../document/finding.ts';
import { compareFindings, compareText } from '../document/finding.ts';
import { sha256 } from '../document/digest.ts';
import type { JsonMap } from '../document/node.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { visibleBlock } from './untrusted.ts';

const LEVELS = { error: 'error', warning: 'warning', notice: 'note' } as const;

export interface SarifOptions {
  readonly toolVersion?: string;
  /** One line for each rule id; rules without one are named only. */
  readonly rules?: ReadonlyMap<string, string>;
  readonly redactor?: Redactor;
}

/**
 * Findings as a SARIF 2.1.0 log (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/). Files are relative to the
 * repository (`%SRCROOT%`); columns count UTF-16 units. `partialFingerprints` hold over moved lines: they are made of rule, file
 * and message, and of a number where those are the same. Findings without a place are notifications of the run, because GitHub refuses a log
 * with a result that has none.
 */
export function sarif(findings: readonly Finding[], options: SarifOptions = {}): JsonMap {
  const { redactor = createRedactor(), rules = new Map<string, string>() } = options;
  const sorted = [...findings].sort(compareFindings);
  const ids = [...new Set(sorted.map(({ rule }) => rule))].sort(compareText);
  const placed = sorted.filter(({ at }) => at !== undefined);
  const unplaced = sorted.filter(({ at }) => at === undefined);
  const seen = new Map<string, number>();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'collie',
            ...(options.toolVersion !== undefined && { version: options.toolVersion }),
            rules: ids.map((id) => {
              const text = rules.get(id);
              return { id, ...(text !== undefined && { shortDescription: { text } }) };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
        ...(unplaced.length > 0 && {
          invocations: [
            {
              executionSuccessful: true,
              toolExecutionNotifications: unplaced.map((finding) => notification(finding, redactor)),
            },
          ],
        }),
        results: placed.map((finding) => result(finding, ids.indexOf(finding.rule), redactor, seen)),
      },
    ],
  };
}

function notification({ rule, severity, message }: Finding, redactor: Redactor): JsonMap {
  return {
    level: LEVELS[severity],
    descriptor: { id: rule },
    message: { text: visibleBlock(redactor.text(message)) },
  };
}

/** `seen` counts what would have the same fingerprint. */
function result(finding: Finding, ruleIndex: number, redactor: Redactor, seen: Map<string, number>): JsonMap {
  const { rule, severity, message, at, related, fixes } = finding;
  const clean = (text: string): string => visibleBlock(redactor.text(text));
  const edits = (fixes ?? []).flatMap((fix) =>
    // A mask in place of a secret is no fix.
    fix.edits === undefined || fix.edits.some(({ text }) => redactor.text(text) !== text)
      ? []
      : [{ title: fix.title, edits: fix.edits }],
  );
  const what = JSON.stringify([rule, at?.file ?? '', clean(message)]);
  const nth = seen.get(what) ?? 0;
  seen.set(what, nth + 1);
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: clean(message) },
    locations: at === undefined ? [] : [{ physicalLocation: physical(at) }],
    ...(related && {
      relatedLocations: related.map((place, id) => ({
        id,
        message: { text: clean(place.message) },
        physicalLocation: physical(place.at),
      })),
    }),
    ...(edits.length > 0 && {
      fixes: edits.map((fix) => ({
        description: { text: clean(fix.title) },
        artifactChanges: fix.edits.map((edit) => ({
          artifactLocation: location(edit.at.file),
          replacements: [{ deletedRegion: region(edit.at), insertedContent: { text: edit.text } }],
        })),
      })),
    }),
    partialFingerprints: { 'collie/v1': sha256(nth === 0 ? what : `${what}${nth}`) },
  };
}

function physical(at: SourceRange): JsonMap {
  return { artifactLocation: location(at.file), region: region(at) };
}

function location(file: string): JsonMap {
  return { uri: file.toWellFormed().split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}

function region({ line, column, endLine, endColumn }: SourceRange): JsonMap {
  return { startLine: line, startColumn: column, endLine, endColumn };
}
