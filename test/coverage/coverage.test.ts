import { describe, expect, it } from 'vitest';
import { problemWith } from './evidence.ts';
import { coverageTables } from './main.ts';
import { readSections } from './page.ts';
import { ROWS } from './rows/index.ts';

const sections = readSections();

describe('what must be covered', () => {
  it.skipIf(sections === undefined)('has an entry for each line of the list, and none more', () => {
    const ids = (sections ?? []).flatMap(({ demands }) => demands.map(({ id }) => id));
    expect(ids.length).toBeGreaterThan(0);
    expect(Object.keys(ROWS)).toEqual(ids);
  });

  it('names rules, risks, tests and cases that are there', () => {
    const problems = Object.entries(ROWS).flatMap(([id, coverage]) =>
      'by' in coverage
        ? coverage.by.flatMap((entry) =>
            problemWith(entry) === undefined ? [] : [`${id}: ${problemWith(entry)}`],
          )
        : [],
    );
    expect(problems).toEqual([]);
  });

  it('says what is missing, and why, in words', () => {
    const said = Object.values(ROWS).flatMap((coverage) => {
      if ('notYet' in coverage) return [coverage.notYet];
      if ('outside' in coverage) return [coverage.outside];
      return coverage.missing === undefined ? [] : [coverage.missing];
    });
    expect(said.filter((text) => text.length < 20)).toEqual([]);
  });
});

describe('the table', () => {
  const demands = ['S000-22', 'S000-21', 'S000-32', 'S004-19'].map((id) => ({
    id,
    thing: 'a | b',
    demand: 'd',
  }));
  const section = { title: 'Some of them', demands };

  it('has a line for each, and counts', () => {
    const text = coverageTables([section], false);
    expect(text).toContain('| S000-22 | a \\| b | covered | `BPR-001`, ');
    expect(text).toMatch(/^\| S000-32 \| .* \| partly \| .*; missing: /m);
    expect(text).toContain('4 in all: 1 covered, 1 partly, 1 not yet, 1 outside');
  });

  it('can leave out what is covered', () => {
    expect(coverageTables([section], true)).not.toContain('| S000-22 |');
  });
});

describe('an entry that names nothing', () => {
  it.each([
    ['K8S-999', 'there is no rule K8S-999'],
    ['RSK-999', 'there is no risk RSK-999'],
    [
      'PIP-001: words that nobody finds',
      'test/rules/PIP-001/bad/expected.txt has no "words that nobody finds"',
    ],
    ['test/core/none.test.ts: it', 'there is no file test/core/none.test.ts'],
    ['test/cases/none', 'there is no case test/cases/none'],
    ['test/docs.test.ts', 'test/docs.test.ts: say which words of the file, or name the folder of a case'],
  ])('%s', (entry, problem) => {
    expect(problemWith(entry)).toBe(problem);
  });
});
