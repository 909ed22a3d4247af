import type { Coverage } from './row.ts';
import { readSections } from './page.ts';
import type { Section } from './page.ts';
import { ROWS } from './rows/index.ts';

type State = 'covered' | 'partly' | 'not yet' | 'outside';

const STATES: readonly State[] = ['covered', 'partly', 'not yet', 'outside'];

function stateOf(coverage: Coverage | undefined): State {
  if (coverage === undefined || 'notYet' in coverage) return 'not yet';
  if ('outside' in coverage) return 'outside';
  return coverage.missing === undefined ? 'covered' : 'partly';
}

function byWhat(coverage: Coverage | undefined): string {
  if (coverage === undefined) return 'no entry';
  if ('notYet' in coverage) return coverage.notYet;
  if ('outside' in coverage) return coverage.outside;
  const by = coverage.by.map((entry) => `\`${entry}\``).join(', ');
  return coverage.missing === undefined ? by : `${by}; missing: ${coverage.missing}`;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function countsOf(sections: readonly Section[]): string {
  const states = sections.flatMap(({ demands }) => demands.map(({ id }) => stateOf(ROWS[id])));
  const counts = STATES.map((state) => `${states.filter((one) => one === state).length} ${state}`);
  return `${states.length} in all: ${counts.join(', ')}`;
}

function tableOf(section: Section, isOpenOnly: boolean): string {
  const rows = section.demands.flatMap(({ id, thing }) => {
    const state = stateOf(ROWS[id]);
    if (isOpenOnly && state === 'covered') return [];
    return [`| ${id} | ${cell(thing)} | ${state} | ${cell(byWhat(ROWS[id]))} |`];
  });
  return [
    `## ${section.title}`,
    '',
    '| id | what | state | by what |',
    '| - | - | - | - |',
    ...rows,
    '',
  ].join('\n');
}

/**
 * What must be covered and what covers it: a table for each section with its counts, then the counts of all. `node test/coverage/main.ts`
 * prints them; with `--open` (`isOpenOnly`) what is covered whole is left out.
 */
export function coverageTables(sections: readonly Section[], isOpenOnly: boolean): string {
  const tables = sections.map((section) => `${tableOf(section, isOpenOnly)}\n${countsOf([section])}\n`);
  return `${tables.join('\n')}\n${countsOf(sections)}\n`;
}

if (import.meta.main) {
  const sections = readSections();
  if (sections !== undefined) process.stdout.write(coverageTables(sections, process.argv.includes('--open')));
}
