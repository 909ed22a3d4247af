import { describe, expect, it } from 'vitest';
import { textDrift } from '../../src/core/collector/drift/text-drift.ts';
import { readObserved } from '../../src/core/collector/observed.ts';
import { catalogueFiles } from '../support/catalogue.ts';
import { collectorOf } from './pairs/binary.ts';
import { drawPair } from './pairs/configs.ts';
import { randomFrom } from './pairs/random.ts';

/**
 * What real collectors make of configs (`otelcol print-config`, which has the shape of the effective config that they report) against the
 * configs they were given: no difference may be told. More pairs: COLLIE_PAIRS=300.
 */
const COUNT = Number(process.env['COLLIE_PAIRS'] ?? 25);
const VERSIONS = ['0.139.0', '0.149.0', '0.158.0'];
const found = VERSIONS.map((version) => collectorOf(version, false, () => {}));
const collectors = found.flatMap((one) => ('reason' in one ? [] : [one]));
for (const one of found) if ('reason' in one) process.stderr.write(`skipped: ${one.reason}\n`);

/** Keys that nobody knows may be passed over in silence; they are told as missing, and rightly. */
const BROKEN = new Set(['unknown key']);

describe.skipIf(collectors.length === 0)('drift', () => {
  it.each(collectors)('is told of no config that otelcol $version takes', (collector) => {
    const observed = readObserved(catalogueFiles());
    const random = randomFrom(5);
    const alarms: unknown[] = [];
    let taken = 0;
    for (let index = 0; index < COUNT; index += 1) {
      const { kind, config } = drawPair(random, collector, observed);
      const printed = collector.print(config);
      if (printed === undefined || BROKEN.has(kind)) continue;
      taken += 1;
      const judged = textDrift(config, printed);
      if ('unknown' in judged || judged.drift.length > 0) alarms.push({ kind, judged, config });
    }
    expect(alarms).toEqual([]);
    expect(taken).toBeGreaterThan(COUNT / 4);
  });
});
