import type { Finding } from '../document/finding.ts';
import type { JsonMap } from '../document/node.ts';
import type { CollectorCheck } from '../plan/collector-check.ts';
import { collectorCheckJson } from './collector-check-text.ts';
import { findingsJson } from './findings-json.ts';
import type { Redactor } from './redact.ts';
import type { TrialRow } from './trial-text.ts';

/** What collectors said, as data: findings, the counts, and each trial with what it had otherwise than the config. Secrets are taken out. */
export function trialJson(
  findings: readonly Finding[],
  rows: readonly (TrialRow & { readonly configuration: string })[],
  check: CollectorCheck,
  redactor: Redactor,
): JsonMap {
  return {
    findings: findingsJson(findings, redactor),
    check: collectorCheckJson(check),
    trials: rows.map(({ configuration, name, collector, validate, start, changes, placeholders }) => ({
      configuration,
      name,
      collector: collector.name,
      validate,
      ...(start !== undefined && { start }),
      changes: changes.map(({ path, what, was }) => ({
        path: [...path],
        what,
        ...(was !== undefined && { was: redactor.text(was) }),
      })),
      placeholders: Object.fromEntries(placeholders.map(({ name: variable, value }) => [variable, value])),
    })),
  };
}
