import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeText } from '../../../src/core/document/finding.ts';
import type { Finding } from '../../../src/core/document/finding.ts';
import type { Agent } from '../../../src/core/fleet/agent.ts';
import { RULES } from '../../../src/core/lint/index.ts';
import { lint } from '../../../src/core/lint/lint.ts';
import type { LoadedView } from '../../../src/core/resources/view.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { withEdits } from '../../support/edits.ts';
import { folderView, repositoryView } from '../../support/repository.ts';

/** Each rule has a folder of a good and of a bad repository, and where it compares, one of what was before. */
const FOLDERS = resolve(import.meta.dirname, '../../rules');
const catalogue = builtInCatalogue();

/** A folder with the agents that are there, where a rule asks for them. */
function viewOf(folder: string): LoadedView {
  const agents = join(folder, 'agents.json');
  return folderView(
    folder,
    existsSync(agents) ? { agents: JSON.parse(readFileSync(agents, 'utf8')) as readonly Agent[] } : {},
  );
}

function lintOf(rule: string, head: LoadedView): readonly Finding[] {
  const base = join(FOLDERS, rule, 'base');
  return lint({ head, catalogue, ...(existsSync(base) && { base: folderView(base) }) });
}

/** Findings as people read them; edits by the lines they touch. */
function text(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ rule, severity, message, at, related, fixes, otelcolMessage, configuration, certainty }) => [
      `${at === undefined ? '-' : placeText(at)} ${severity} ${rule} ${message}`,
      ...(configuration === undefined ? [] : [`    in ${configuration}`]),
      ...(certainty === undefined ? [] : [`    place: ${certainty}`]),
      ...(otelcolMessage ?? '')
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [`    collector: ${line}`])),
      ...(related ?? []).map((place) => `    ~ ${placeText(place.at)} ${place.message}`),
      ...(fixes ?? []).flatMap((fix) => [
        `    fix: ${fix.title}${fix.at === undefined ? '' : ` (${placeText(fix.at)})`}`,
        ...(fix.edits ?? []).map(
          (edit) =>
            `      ${placeText(edit.at)}-${edit.at.endLine}:${edit.at.endColumn} ${JSON.stringify(edit.text)}`,
        ),
      ]),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

describe.each(RULES)('$id $summary', ({ id }) => {
  it('finds nothing in the good folder', () => {
    expect(lintOf(id, viewOf(join(FOLDERS, id, 'good'))).filter(({ rule }) => rule === id)).toEqual([]);
  });

  it('finds what the bad folder’s expected.txt says', async () => {
    const findings = lintOf(id, viewOf(join(FOLDERS, id, 'bad'))).filter(({ rule }) => rule === id);
    expect(findings.length).toBeGreaterThan(0);
    await expect(text(findings)).toMatchFileSnapshot(join(FOLDERS, id, 'bad', 'expected.txt'));
  });

  it('has fixes that mend the finding and break nothing', () => {
    const head = viewOf(join(FOLDERS, id, 'bad'));
    const before = lintOf(id, head);
    for (const finding of before.filter(({ rule }) => rule === id)) {
      for (const { edits, title } of finding.fixes ?? []) {
        if (edits === undefined) continue;
        const after = lintOf(id, repositoryView(withEdits(head.repository.texts, edits), head.context));
        const same = (other: Finding): boolean =>
          other.rule === id && other.message === finding.message && other.at?.file === finding.at?.file;
        expect(after.filter(same).length, `${title}: ${finding.message}`).toBe(
          before.filter(same).length - 1,
        );
        const broken = after.filter(({ rule }) => rule === 'CFG-001' || rule === 'BPR-001').length;
        expect(broken, `${title}: ${finding.message}`).toBeLessThanOrEqual(
          before.filter(({ rule }) => rule === 'CFG-001' || rule === 'BPR-001').length,
        );
      }
    }
  });
});

describe('the list of rules', () => {
  it('has each id once, and a folder for each', () => {
    const ids = RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(readdirSync(FOLDERS).sort()).toEqual([...ids].sort());
  });

  it('says what each finds in one line, and why in sentences', () => {
    for (const { summary, docs } of RULES) {
      expect(summary).not.toMatch(/[\n.]$/);
      expect(docs).toMatch(/\.$/);
    }
  });
});
