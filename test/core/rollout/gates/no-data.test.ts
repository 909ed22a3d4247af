import { describe, expect, it } from 'vitest';
import { BUSY, SETTLED, WINDOW, canary, judged, many, said } from './fixtures.ts';

describe('metrics that ought to be there', () => {
  const every = (part: number) => (index: number) => (index % part === 0 ? BUSY : undefined);

  const { appliedAt: _, ...unapplied } = canary('w');

  it.each([
    ['all of them', { wave: many(4, (name) => canary(name)) }, 'pass'],
    ['every second window', { wave: many(4, (name) => canary(name, every(2))) }, 'pass'],
    ['every third window', { wave: many(4, (name) => canary(name, every(3))) }, 'inconclusive'],
    [
      'one agent of four sends none',
      { wave: many(4, (name, index) => canary(name, index === 0 ? (): undefined => undefined : BUSY)) },
      'pass',
    ],
    [
      'three of four send none',
      { wave: many(4, (name, index) => canary(name, index > 0 ? (): undefined => undefined : BUSY)) },
      'inconclusive',
    ],
    [
      'they stopped a minute ago',
      { wave: many(2, (name) => canary(name, (index) => (index < 54 ? BUSY : undefined))) },
      'inconclusive',
    ],
    [
      'they are of another config',
      { stamp: 'target', wave: many(2, (name) => canary(name, { ...BUSY, stamp: 'before' })) },
      'inconclusive',
    ],
    ['it is too early', { now: SETTLED + 2 * WINDOW }, 'inconclusive'],
    ['nobody has applied the config yet', { wave: [unapplied] }, 'inconclusive'],
    ['the soak is too short for any', { soakEndsAt: SETTLED + 3 * WINDOW }, 'inconclusive in shadow'],
    [
      'they were not there before, and nobody asked for them',
      { wave: [{ ...canary('w'), signals: { windows: [] } }] },
      'nothing',
    ],
    [
      'they were not there before, and the config asks for them',
      { metricsExpected: true, wave: [{ ...canary('w'), signals: { windows: [] } }] },
      'inconclusive',
    ],
    [
      'they were there before, and the config does not ask any more',
      { metricsExpected: false, wave: many(2, (name) => canary(name, () => undefined)) },
      'nothing',
    ],
  ])('%s', (_, given, expected) => {
    expect(said(judged('no-data', given))).toBe(expected);
  });
});
