import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILIES, parseErrors } from '../../../src/core/collector/errors/index.ts';
import { explainError } from '../../../src/core/explain/explain.ts';
import { explainableOf, sourceMapOf } from '../../../src/core/explain/source-map.ts';
import { rawConfig } from '../../support/raw-config.ts';

interface Sample {
  readonly cause: string;
  readonly config: string;
  readonly text: string;
}

const FILE = join(import.meta.dirname, '../collector/errors/collector-errors.json');
const samples = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Sample[];
const refusals = samples.filter(({ text }) => text.trim() !== '');
const explained = samples.map(({ text, config }) => explainError(text, [rawConfig('config.yaml', config)]));

/** What was reached; these may only grow. */
const REACHED = { recognised: 155, withPlace: 154, exact: 142 };

describe('159 texts of real binaries with the config that caused each', () => {
  it('all are here, four of them empty because the config was accepted', () => {
    expect(samples).toHaveLength(159);
    expect(refusals).toHaveLength(155);
  });

  it('recognises every refusal', () => {
    expect(refusals.filter(({ text }) => parseErrors(text).length > 0)).toHaveLength(REACHED.recognised);
  });

  it('uses every family but those of other generations and of another program', () => {
    const used = new Set(refusals.flatMap(({ text }) => parseErrors(text).map(({ family }) => family)));
    const unused = FAMILIES.map(({ name }) => name).filter((name) => !used.has(name));
    expect(unused).toEqual(['kubeagent', 'removed-exporter', 'ambiguous-id']);
  });

  it('gives a place to as many as before, and is as sure', () => {
    const best = explained.flatMap(([first]) => (first === undefined ? [] : [first]));
    expect(best.filter(({ at }) => at !== undefined).length).toBeGreaterThanOrEqual(REACHED.withPlace);
    expect(best.filter(({ certainty }) => certainty === 'exact').length).toBeGreaterThanOrEqual(
      REACHED.exact,
    );
  });

  it('says the same as when a person last read it through', async () => {
    const text = samples.map(({ cause, config }, index) => {
      const lines = (explained[index] ?? []).map(({ at, certainty, message, otelcolMessage }) => {
        const source =
          at === undefined ? '(no line)' : `${at.line}: ${config.split('\n')[at.line - 1]?.trim() ?? ''}`;
        return `  ${certainty ?? ''} | ${source}\n    ${message}\n    > ${otelcolMessage ?? ''}`;
      });
      return [`${index} ${cause}`, ...lines].join('\n');
    });
    await expect(`${text.join('\n')}\n`).toMatchFileSnapshot('golden/recorded.txt');
  });

  it('finds the same places through a source map, for all but texts that only a line number or a statement leads to', () => {
    const lost: string[] = [];
    for (const [index, { text, config, cause }] of samples.entries()) {
      const kept = explainableOf(JSON.parse(JSON.stringify(sourceMapOf(rawConfig('config.yaml', config)))));
      const places = explainError(text, kept === undefined ? [] : [kept]).map(({ at }) => at?.line);
      const wanted = (explained[index] ?? []).map(({ at }) => at?.line);
      if (places.join() !== wanted.join()) lost.push(cause);
    }
    expect([...new Set(lost)]).toMatchSnapshot();
  });
});
