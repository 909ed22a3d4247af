import { describe, expect, it } from 'vitest';
import { comparePairs, VERSIONS } from './pairs.ts';
import { collectorOf } from './pairs/binary.ts';

/** The whole measure, and what builds the collectors, is `node test/collectors/pairs.ts --build`. */
const found = VERSIONS.map((version) => collectorOf(version, false, () => {}));
const collectors = found.flatMap((one) => ('reason' in one ? [] : [one]));
for (const one of found) if ('reason' in one) process.stderr.write(`skipped: ${one.reason}\n`);

describe.skipIf(collectors.length === 0)('generated configs', () => {
  it('are not refused by us where a real collector takes them', () => {
    const alarms = comparePairs(collectors, 100, 7).filter(
      ({ error, atStart, objections }) =>
        error === undefined && atStart === undefined && objections.length > 0,
    );
    expect(alarms.map(({ version, objections }) => [version, ...objections.map(({ why }) => why)])).toEqual(
      [],
    );
  });
});
