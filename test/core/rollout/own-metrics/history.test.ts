import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/core/document/limits.ts';
import { SignalHistory } from '../../../../src/core/rollout/own-metrics/history.ts';
import type { OwnMetricsReport } from '../../../../src/core/rollout/own-metrics/report.ts';
import type { SignalWindow } from '../../../../src/core/rollout/signals.ts';
import { RECORDED, recordedReport, said } from './recorded.ts';

/** The server's clock when the process that `said` speaks of began. */
const START = 1_000_000;

/** Takes a message on the second it was made. */
function take(history: SignalHistory, report: OwnMetricsReport): boolean {
  return history.take(report, START + report.timeMs - 1);
}

function accepted({ receivers }: SignalWindow, id = 'otlp'): number | undefined {
  return receivers.get(id)?.[0]?.accepted;
}

/** Window by window, in seconds from the start: what the receiver accepted. */
function story(history: SignalHistory): readonly (readonly [number, number | undefined])[] {
  return history.signals().windows.map((window) => [(window.at - START) / 1000, accepted(window)]);
}

describe('windows', () => {
  it('hold differences, from the start of a process that is new', () => {
    const history = new SignalHistory();
    for (const [second, total] of [
      [10, 100],
      [20, 250],
      [30, 250],
    ] as const) {
      take(history, said(second, { 'receiver otlp accepted': total }));
    }
    expect(story(history)).toEqual([
      [0, 100],
      [10, 150],
      [20, 0],
    ]);
  });

  it('share by time what happened between two messages', () => {
    const history = new SignalHistory();
    take(history, said(8, { 'receiver otlp accepted': 0 }));
    take(history, said(18, { 'receiver otlp accepted': 100 }));
    take(history, said(28, { 'receiver otlp accepted': 100 }));
    expect(story(history)).toEqual([
      [0, 20],
      [10, 80],
    ]);
  });

  it('have each item once, also one alone', () => {
    const history = new SignalHistory();
    take(history, said(8, { 'exporter otlp sent': 0, 'exporter otlp sendFailed': 0 }));
    take(history, said(18, { 'exporter otlp sent': 7, 'exporter otlp sendFailed': 1 }));
    take(history, said(28, { 'exporter otlp sent': 14, 'exporter otlp sendFailed': 1 }));
    const flows = history.signals().windows.map(({ exporters }) => exporters.get('otlp')?.[0]);
    expect(flows.map((flow) => [flow?.sent, flow?.sendFailed])).toEqual([
      [1, 0],
      [7, 1],
    ]);
  });

  it('are shown when they are whole', () => {
    const history = new SignalHistory();
    for (let second = 1; second <= 19; second += 1) {
      take(history, said(second, { 'receiver otlp accepted': second }));
    }
    expect(story(history)).toEqual([[0, 10]]);
    take(history, said(20, { 'receiver otlp accepted': 20 }));
    expect(story(history)).toHaveLength(2);
  });

  it('count a component from its first item on: a counter is reported with it', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'collector - cpuSeconds': 1 }));
    take(history, said(20, { 'collector - cpuSeconds': 2, 'receiver otlp accepted': 30 }));
    expect(story(history)).toEqual([
      [0, undefined],
      [10, 30],
    ]);
    expect(history.signals().windows.map(({ usage }) => usage)).toEqual([
      { cpuSeconds: 1 },
      { cpuSeconds: 1 },
    ]);
  });

  it('have an exporter that has sent nothing yet, where its queue is told of', () => {
    const history = new SignalHistory();
    for (const [second, size] of [
      [10, 0],
      [20, 7],
    ] as const) {
      take(history, said(second, { 'exporter otlp queueSize': size, 'exporter otlp queueCapacity': 1000 }));
    }
    const flows = history.signals().windows.map(({ exporters }) => exporters.get('otlp')?.[0]);
    const nothing = { signal: 'traces', sent: 0, sendFailed: 0, enqueueFailed: 0, queueCapacity: 1000 };
    expect(flows).toEqual([
      { ...nothing, queueSize: 0 },
      { ...nothing, queueSize: 7 },
    ]);
  });

  it('have failures from when they were first counted, and none before', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'exporter otlp sent': 5 }));
    take(history, said(20, { 'exporter otlp sent': 5, 'exporter otlp sendFailed': 4 }));
    take(history, said(30, { 'exporter otlp sent': 6, 'exporter otlp sendFailed': 4 }));
    const flows = history.signals().windows.map(({ exporters }) => exporters.get('otlp')?.[0]);
    expect(flows.map((flow) => [flow?.sent, flow?.sendFailed])).toEqual([
      [5, 0],
      [0, 4],
      [1, 0],
    ]);
  });

  it('are the same objects until they are let go', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 1 }));
    const [before] = history.signals().windows;
    take(history, said(20, { 'receiver otlp accepted': 2 }));
    expect(history.signals().windows[0]).toBe(before);
    history.release();
    expect(history.signals().windows[0]).not.toBe(before);
    expect(history.signals().windows[0]).toEqual(before);
  });

  it('of another length are multiples of it', () => {
    const history = new SignalHistory(1000);
    take(history, said(1, { 'receiver otlp accepted': 1 }));
    take(history, said(2, { 'receiver otlp accepted': 5 }));
    expect(story(history)).toEqual([
      [0, 1],
      [1, 4],
    ]);
  });
});

describe('what is not known', () => {
  it('the first words of a process that is older say where its totals stand, and no more', () => {
    const history = new SignalHistory();
    take(history, said(3600, { 'receiver otlp accepted': 9_000_000 }));
    expect(story(history)).toEqual([]);
    take(history, said(3610, { 'receiver otlp accepted': 9_000_004 }));
    expect(story(history)).toEqual([[3600, 4]]);
  });

  it('windows within a gap of more than three spacings are absent, never zero', () => {
    const history = new SignalHistory();
    for (const [second, total] of [
      [10, 10],
      [20, 20],
      [60, 60],
      [70, 75],
    ] as const) {
      take(history, said(second, { 'receiver otlp accepted': total }));
    }
    expect(story(history)).toEqual([
      [0, 10],
      [10, 10],
      [60, 15],
    ]);
  });

  it('a message or two that got lost are no gap', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 10 }));
    take(history, said(40, { 'receiver otlp accepted': 40 }));
    expect(story(history)).toEqual([
      [0, 10],
      [10, 10],
      [20, 10],
      [30, 10],
    ]);
  });

  it('a slower reader is known by its own spacing', () => {
    const history = new SignalHistory();
    for (const second of [10, 70, 130, 190]) {
      take(history, said(second, { 'receiver otlp accepted': second }));
    }
    expect(story(history).map(([second]) => second)).toEqual([
      0, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180,
    ]);
  });
});

describe('processes', () => {
  const next = (second: number, totals: Readonly<Record<string, number>>, born: number): OwnMetricsReport =>
    said(second, totals, { incarnation: `a@${born}`, startMs: born * 1000 + 1 });

  it('count from 0 again after a restart, and their windows say which they are', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 500 }));
    take(history, said(20, { 'receiver otlp accepted': 900 }));
    take(history, next(32, { 'receiver otlp accepted': 20 }, 22));
    take(history, next(42, { 'receiver otlp accepted': 30 }, 22));
    take(history, next(52, { 'receiver otlp accepted': 40 }, 22));
    const windows = history
      .signals()
      .windows.map((window) => [window.at - START, window.incarnation, accepted(window)]);
    expect(windows).toEqual([
      [0, 'a@0', 500],
      [10_000, 'a@0', 400],
      [30_000, 'a@22', 12],
      [40_000, 'a@22', 10],
    ]);
  });

  it('count from 0 also where the next one handles more than the one before', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 100 }));
    take(history, next(20, { 'receiver otlp accepted': 150 }, 10));
    expect(story(history)).toEqual([
      [0, 100],
      [10, 150],
    ]);
  });

  it('begin when the one before them was last heard of, whatever their own clock says', () => {
    const history = new SignalHistory();
    take(history, said(20, { 'receiver otlp accepted': 40 }));
    take(history, next(30, { 'receiver otlp accepted': 7 }, 5));
    expect(story(history)).toEqual([
      [0, 20],
      [10, 20],
      [20, 7],
    ]);
  });

  it('that were followed by another one are not listened to any more', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 5 }));
    expect(take(history, next(20, { 'receiver otlp accepted': 1 }, 10))).toBe(true);
    expect(take(history, said(21, { 'receiver otlp accepted': 900 }))).toBe(false);
    take(history, next(30, { 'receiver otlp accepted': 2 }, 10));
    expect(story(history).at(-1)).toEqual([20, 1]);
  });

  it('say nothing new with a message that is sent twice, or older than the last', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 5 }));
    expect(history.take(said(10, { 'receiver otlp accepted': 5 }), START + 15_000)).toBe(false);
    expect(history.take(said(9, { 'receiver otlp accepted': 4 }), START + 15_000)).toBe(false);
    take(history, said(20, { 'receiver otlp accepted': 7 }));
    expect(story(history)).toEqual([
      [0, 5],
      [10, 2],
    ]);
  });

  it('whose counter was set back in its life count from 0 from then on', () => {
    const history = new SignalHistory();
    take(history, said(10, { 'receiver otlp accepted': 100 }));
    take(history, said(20, { 'receiver otlp accepted': 3 }));
    expect(story(history)).toEqual([
      [0, 100],
      [10, 3],
    ]);
  });

  it('carry the stamp of the config they say they run', () => {
    const history = new SignalHistory();
    const stamp = { configuration: 'lab', version: 2, hash: 'ab' };
    take(history, said(10, { 'receiver otlp accepted': 1 }, { stamp }));
    expect(history.signals().windows[0]?.stamp).toBe('ab');
  });
});

it('differences are taken as they are', () => {
  const history = new SignalHistory();
  for (const second of [10, 20]) {
    const report = said(second, { 'receiver otlp accepted': 7 }, { startMs: 0 });
    const readings = report.readings.map((reading) => ({ ...reading, kind: 'difference' as const }));
    take(history, { ...report, readings });
  }
  expect(story(history)).toEqual([[10, 7]]);
});

it('a real collector, killed and back, in windows of a second', () => {
  const history = new SignalHistory(1000);
  for (const [name, { receivedAt }] of Object.entries(RECORDED)) {
    history.take(recordedReport(name as keyof typeof RECORDED), receivedAt);
  }
  const { windows } = history.signals();
  const [first, ...others] = new Set(windows.map(({ incarnation }) => incarnation));
  expect(others).toHaveLength(1);
  const ofFirst = windows.filter(({ incarnation }) => incarnation === first);
  const total = (count: (window: SignalWindow) => number | undefined): number =>
    ofFirst.reduce((sum, window) => sum + (count(window) ?? 0), 0);
  expect(
    total(({ receivers }) => receivers.get('otlp')?.find(({ signal }) => signal === 'traces')?.accepted),
  ).toBeCloseTo(6, 0);
  expect(total(({ exporters }) => exporters.get('debug')?.[0]?.sent)).toBeCloseTo(6, 0);
  expect(total(({ exporters }) => exporters.get('otlp/dead')?.[0]?.sent)).toBe(0);
  expect(ofFirst.at(-1)?.exporters.get('otlp/dead')).toEqual([
    {
      signal: 'traces',
      sent: 0,
      sendFailed: 0,
      enqueueFailed: 0,
      queueSize: 6,
      queueCapacity: 1000,
      inFlight: 6,
    },
  ]);
  expect(ofFirst.at(-1)?.usage.rssBytes).toBe(33_357_824);
});

describe('bounds (INV-19)', () => {
  it('the newest windows are kept, ten minutes and more', () => {
    const history = new SignalHistory();
    for (let minute = 1; minute <= 300; minute += 1) {
      take(history, said(minute * 10, { 'receiver otlp accepted': minute, 'exporter otlp sent': minute }));
    }
    const seconds = story(history).map(([second]) => second);
    expect(seconds).toHaveLength(LIMITS.ownMetrics.windows);
    expect(seconds.at(-1)).toBe(2990);
  });

  it('a collector that is started again and again leaves the windows of its newest processes', () => {
    const history = new SignalHistory();
    for (let second = 12; second <= 4000; second += 12) {
      const other = { incarnation: `a@${second}`, startMs: (second - 12) * 1000 + 1 };
      take(history, said(second, { 'receiver otlp accepted': 12 }, other));
    }
    const { windows } = history.signals();
    const processes = new Set(windows.map(({ incarnation }) => incarnation));
    expect(processes.size).toBeLessThanOrEqual(12);
    expect(processes.size).toBe(windows.length);
    expect(windows.at(-1)?.at).toBeGreaterThan(START + 3_940_000);
  });

  it('with many components there are fewer windows; those there are stay right', () => {
    const history = new SignalHistory();
    const many = (second: number): Readonly<Record<string, number>> =>
      Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`receiver otlp/${index} accepted`, second * index]),
      );
    for (let second = 10; second <= 1500; second += 10) take(history, said(second, many(second)));
    const { windows } = history.signals();
    expect(windows.length).toBeGreaterThan(55);
    expect(windows.length).toBeLessThan(LIMITS.ownMetrics.windows);
    for (const window of windows) expect(accepted(window, 'otlp/7')).toBe(70);
  });

  it('components that appear later leave the windows before them as they were', () => {
    const history = new SignalHistory();
    for (let second = 10; second <= 1000; second += 10) {
      const seen = Math.floor(second / 100);
      const totals = Object.fromEntries(
        Array.from({ length: seen * 3 + 1 }, (_, index) => [`receiver otlp/${index} accepted`, second]),
      );
      take(history, said(second, totals));
      history.signals();
    }
    const { windows } = history.signals();
    history.release();
    expect(windows, 'those that were shown before are those there are').toEqual(history.signals().windows);
    for (const window of windows) expect(accepted(window, 'otlp/0')).toBe(10);
    expect(accepted(windows[0] as SignalWindow, 'otlp/29')).toBeUndefined();
  });

  it('whatever comes, sums are what was counted while messages came in time', () => {
    const steps = fc.array(fc.record({ after: fc.integer({ min: 1, max: 29 }), more: fc.nat(1000) }), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (messages) => {
        const history = new SignalHistory();
        let [second, count] = [0, 0];
        for (const { after, more } of messages) {
          second += after;
          count += more;
          take(history, said(second, { 'receiver otlp accepted': count }));
        }
        // One more, long enough that the last counted window is whole.
        for (let extra = 0; extra < 2; extra += 1) {
          second += 10;
          take(history, said(second, { 'receiver otlp accepted': count }));
        }
        const { windows } = history.signals();
        const sum = windows.reduce((all, window) => all + (accepted(window) ?? 0), 0);
        if (windows.length === LIMITS.ownMetrics.windows) return sum <= count;
        return sum === count;
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 200 },
    );
  });
});
