import { expect, it } from 'vitest';
import type { CollectorCheck } from '../../../src/core/plan/collector-check.ts';
import { collectorCheckText } from '../../../src/core/report/collector-check-text.ts';

const check = (more: Partial<CollectorCheck>): string =>
  collectorCheckText({
    collectors: ['otelcol 0.158.0'],
    configurations: 3,
    passed: 3,
    inPart: 0,
    refused: 0,
    notJudged: 0,
    started: true,
    ...more,
  });

it.each([
  [{}, 'checked with otelcol 0.158.0: 3 of 3 configs validate and start'],
  [{ started: false }, 'checked with otelcol 0.158.0: 3 of 3 configs validate'],
  [{ configurations: 1, passed: 1 }, 'checked with otelcol 0.158.0: 1 of 1 config validates and starts'],
  [
    { passed: 1, refused: 1, notJudged: 1 },
    'checked with otelcol 0.158.0: 1 of 3 configs validate and start, 1 refused, 1 not to be judged here',
  ],
  [{ inPart: 2 }, 'checked with otelcol 0.158.0: 3 of 3 configs validate and start, 2 of them only in part'],
  [
    { inPart: 3 },
    'checked with otelcol 0.158.0: 3 of 3 configs validate and start, all of them only in part',
  ],
  [
    { collectors: ['otelcol 0.129.0', 'otelcol 0.158.0'] },
    'checked with otelcol 0.129.0 and otelcol 0.158.0: 3 of 3 configs validate and start',
  ],
  [{ configurations: 0, passed: 0 }, 'no config to check with a collector'],
  [{ skipped: 'this comes from a fork' }, 'not checked with a collector: this comes from a fork'],
])('%j reads: %s', (more, text) => {
  expect(check(more)).toBe(text);
});
