import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPONENT_CLASSES } from '../../../../src/core/collector/component-id.ts';
import { parseErrors } from '../../../../src/core/collector/errors/index.ts';

interface Sample {
  readonly cause: string;
  readonly text: string;
}

const samples = JSON.parse(
  readFileSync(join(import.meta.dirname, 'collector-errors.json'), 'utf8'),
) as readonly Sample[];
const errors = samples.flatMap(({ text }) => parseErrors(text).slice(0, 1));

/** Texts whose first error was read as far as this without the config; the numbers may only grow. */
const REACHED = {
  recognised: 155,
  component: 99,
  componentAndKey: 45,
  part: 18,
  perFamily: {
    'bad-id': 2,
    build: 5,
    'connector-wiring': 4,
    duration: 4,
    'empty-pipelines': 4,
    environment: 2,
    'invalid-keys': 24,
    'invalid-value': 6,
    ottl: 7,
    provider: 2,
    references: 13,
    start: 18,
    supervisor: 6,
    'unknown-type': 4,
    validation: 28,
    'wrong-type': 11,
    'yaml-text': 15,
  },
};

describe('159 texts of real binaries, read without their configs', () => {
  it('names a component, a pipeline or a part of service in as many as before', () => {
    const component = errors.filter(
      ({ path }) => COMPONENT_CLASSES.some((name) => name === path[0]) && path.length > 1,
    );
    const keyed = component.filter(
      ({ key, path }) => key !== undefined && (path.length > 2 || key !== path[1]),
    );
    const part = errors.filter(({ path }) => path[0] === 'service');
    expect(errors.length).toBeGreaterThanOrEqual(REACHED.recognised);
    expect(component.length).toBeGreaterThanOrEqual(REACHED.component);
    expect(keyed.length).toBeGreaterThanOrEqual(REACHED.componentAndKey);
    expect(part.length).toBeGreaterThanOrEqual(REACHED.part);
  });

  it('reads them by these families', () => {
    const counts = new Map<string, number>();
    for (const { family } of errors) counts.set(family, (counts.get(family) ?? 0) + 1);
    expect(Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))).toEqual(
      REACHED.perFamily,
    );
  });
});
