import { setImmediate as yieldToCollector } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Signals } from '../../../app/signals/signals.ts';
import { decodeExport } from '../../../src/core/rollout/own-metrics/otlp.ts';
import { reportsOf } from '../../../src/core/rollout/own-metrics/report.ts';
import type { OwnMetricsReport } from '../../../src/core/rollout/own-metrics/report.ts';
import { exportedBy } from '../../support/fleet-metrics.ts';
import type { CollectorSize } from '../../support/fleet-metrics.ts';

/**
 * What a fleet's own metrics cost: memory of one agent with all its windows (INV-19), and with COLLIE_COST=full the processor time to
 * decode and take an export, for collectors of several sizes, told as what 10,000 agents take that send one each 10 s.
 */
const FULL = process.env['COLLIE_COST'] === 'full';
const AGENTS = FULL ? 1000 : 400;
const START = 1_800_000_000_000;
const EXPORTS = 2000;
const SIZES: readonly (readonly [string, CollectorSize, windows: number])[] = [
  ['small', { receivers: 1, exporters: 1, signals: 1 }, 125],
  ['usual', { receivers: 3, exporters: 2, signals: 3 }, 125],
  ['large', { receivers: 6, exporters: 6, signals: 3 }, 30],
  ['larger than what is kept', { receivers: 20, exporters: 60, signals: 1 }, 30],
];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Memory of array buffers is given back only after the objects that hold them. */
async function memory(): Promise<number> {
  for (let again = 0; again < 4; again += 1) {
    collect();
    await yieldToCollector();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function reportIn(body: Uint8Array): OwnMetricsReport {
  const decoded = decodeExport(body, 'protobuf');
  const [report] = 'message' in decoded ? reportsOf(decoded.message) : [];
  if (report === undefined) throw new Error('no report');
  return report;
}

function microseconds(size: CollectorSize): { readonly bytes: number; readonly each: number } {
  const signals = new Signals({ knows: () => true, hashOf: async () => undefined });
  const bodies = Array.from({ length: EXPORTS }, (_, index) =>
    exportedBy(size, 'agent', START, START + (index + 1) * 10_000),
  );
  let began = 0;
  for (const [index, body] of bodies.entries()) {
    // The first ones are those in which the engine learns.
    if (index === EXPORTS / 10) began = process.cpuUsage().user;
    signals.take('agent', reportIn(body), START + (index + 1) * 10_000);
  }
  return {
    bytes: bodies[0]?.length ?? 0,
    each: (process.cpuUsage().user - began) / (EXPORTS * 0.9),
  };
}

describe('what collectors say of themselves', { timeout: 60_000 }, () => {
  it.each(FULL ? SIZES : SIZES.slice(2, 3))(
    'takes at most 16 KiB of one that is %s (INV-19)',
    async (name, size, count) => {
      const signals = new Signals({ knows: () => true, hashOf: async () => undefined });
      const before = await memory();
      for (let index = 1; index <= count; index += 1) {
        const report = reportIn(exportedBy(size, 'agent', START, START + index * 10_000));
        for (let agent = 0; agent < AGENTS; agent += 1) {
          const own = { ...report, incarnation: `${agent}-8f7e-7c3a-b1aa-77c0ffee77c0@${START}` };
          signals.take(`agent-${agent}`, own, START + index * 10_000);
        }
      }
      const bytes = ((await memory()) - before) / AGENTS;
      const windows = signals.of('agent-0')?.windows.length ?? 0;
      if (FULL) {
        const { bytes: sent, each } = microseconds(size);
        process.stdout.write(
          `${name}: ${sent} bytes an export, ${each.toFixed(0)} µs each; ${(bytes / 1024).toFixed(1)} KiB an agent with ${windows} windows; ` +
            `10,000 agents: ${(each / 10).toFixed(0)} % of a core, ${((10_000 * bytes) / 2 ** 20).toFixed(0)} MiB\n`,
        );
      }
      expect(bytes).toBeLessThan(16 * 1024);
      expect(windows).toBeGreaterThan(20);
    },
  );
});
