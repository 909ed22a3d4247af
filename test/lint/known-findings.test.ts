import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/document/finding.ts';
import { lint } from '../../src/core/lint/lint.ts';
import { builtInCatalogue } from '../support/catalogue.ts';
import { folderView } from '../support/repository.ts';
import { sharedPath, skipReason } from '../support/shared.ts';
import { EXPECTATIONS, KNOWN_BAD, REPORTED } from './expected-findings.ts';
import type { Expectations } from './expected-findings.ts';

/**
 * What people who know real files have written down about them, against what lint says. Prints a table of expected, found and false:
 * `npm test -- test/lint`.
 */
const catalogue = builtInCatalogue();

function lintOf(folder: string): readonly Finding[] {
  return lint({ head: folderView(folder), catalogue });
}

/** A finding and the points it is made of, as `file:line RULE`. */
function tells({ rule, at, points }: Finding): readonly string[] {
  const place = at === undefined ? '' : `${at.file}:${at.line}`;
  return [`${place} ${rule}`, ...(points ?? []).map((point) => `${place} ${point.rule}`)];
}

function falseOnes({ innocent }: Expectations, findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ rule, at, points, message }) =>
    innocent.some(
      (one) =>
        (one.at === at?.file || one.at === `${at?.file ?? ''}:${at?.line ?? 0}`) &&
        [rule, ...(points ?? []).map((point) => point.rule)].some((id) => one.rule.test(id)),
    )
      ? [`${at?.file ?? ''}:${at?.line ?? 0} ${rule} ${message}`]
      : [],
  );
}

const rows: string[] = [];

function row(folder: string, expected: number, found: number, wrong: number): void {
  if (rows.length === 0) rows.push('findings in real files               expected  found  false');
  rows.push(
    `${folder.padEnd(36)} ${String(expected).padStart(8)} ${String(found).padStart(6)} ${String(wrong).padStart(6)}`,
  );
}

describe('findings that are written down', () => {
  for (const one of EXPECTATIONS) {
    const folder = sharedPath('data', one.folder);
    it.skipIf(folder === undefined)(`of ${one.folder} are told, at their lines, and nothing false`, () => {
      const findings = lintOf(folder ?? skipReason(one.folder));
      const told = new Set(findings.flatMap(tells));
      const missing = one.expected.filter(({ at, rule }) => !told.has(`${at} ${rule}`));
      const wrong = falseOnes(one, findings);
      row(one.folder, one.expected.length, one.expected.length - missing.length, wrong.length);
      rows.push(...one.untold.map((reason) => `  not told: ${reason}`));
      expect(missing).toEqual([]);
      expect(wrong).toEqual([]);
    });
  }
});

describe('configs that people run', () => {
  const folder = sharedPath('data', 'collector-configs');

  it.skipIf(folder === undefined)('have errors only where they are known to be bad, and there all', () => {
    const findings = lintOf(folder ?? skipReason('collector-configs'));
    const errors = findings.filter(({ severity }) => severity === 'error');
    const wrong = errors.filter(
      ({ rule, at }) => !KNOWN_BAD.some(([file, rules]) => file === at?.file && rules.test(rule)),
    );
    const missed = KNOWN_BAD.filter(
      ([file, rules]) => !errors.some(({ rule, at }) => file === at?.file && rules.test(rule)),
    );
    row('collector-configs, errors', KNOWN_BAD.length, KNOWN_BAD.length - missed.length, wrong.length);
    const told = new Set(
      findings.flatMap(({ rule, at, points }) =>
        [rule, ...(points ?? []).map((point) => point.rule)].map((id) => `${at?.file ?? ''} ${id}`),
      ),
    );
    const unreported = REPORTED.filter(([file, rule]) => !told.has(`${file} ${rule}`));
    row('collector-configs, to be reported', REPORTED.length, REPORTED.length - unreported.length, 0);
    process.stdout.write(`${rows.join('\n')}\n`);
    expect(
      wrong.map(({ rule, at, message }) => `${at?.file ?? ''}:${at?.line ?? 0} ${rule} ${message}`),
    ).toEqual([]);
    expect(missed).toEqual([]);
    expect(unreported).toEqual([]);
  });
});
