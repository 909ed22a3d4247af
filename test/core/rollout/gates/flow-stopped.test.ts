import { describe, expect, it } from 'vitest';
import { topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import {
  BUSY,
  OFFER,
  SETTLED,
  WINDOW,
  canary,
  config,
  control,
  judged,
  many,
  said,
  window,
  windows,
} from './fixtures.ts';
import type { Load } from './fixtures.ts';

/** What the gate says of three canaries that do this after they settled, so many windows later. */
function afterwards(
  after: Load | ((index: number) => Load | undefined),
  {
    count = 60,
    past = BUSY,
    controls = BUSY,
  }: {
    readonly count?: number;
    readonly past?: Load | ((index: number) => Load);
    readonly controls?: Load | ((index: number) => Load | undefined);
  } = {},
): ReturnType<typeof judged> {
  return judged('flow-stopped', {
    now: SETTLED + count * WINDOW,
    wave: many(3, (name) => canary(name, after, {}, { past }), 'w'),
    controls: many(10, (name) => control(name, controls, {}, { past })),
  });
}

const SILENT: Load = { in: 12_000 };
/** Once a minute, as a scrape is. */
const hourglass = (index: number): Load => (index % 6 === 0 ? BUSY : {});

describe('a flow that stopped', () => {
  it.each<[string, ReturnType<typeof afterwards>, string]>([
    ['goes on', afterwards(BUSY), 'pass'],
    ['silent for 50 s', afterwards(SILENT, { count: 5 }), 'inconclusive'],
    ['silent for 60 s', afterwards(SILENT, { count: 6 }), 'fail'],
    [
      'silent for 60 s after some minutes',
      afterwards((index) => (index < 20 ? BUSY : SILENT), { count: 26 }),
      'fail',
    ],
    [
      'silent for 50 s after some minutes',
      afterwards((index) => (index < 20 ? BUSY : SILENT), { count: 25 }),
      'pass',
    ],
    [
      'it was silent for a while and sends again',
      afterwards((index) => (index < 20 ? SILENT : BUSY)),
      'pass',
    ],
    ['a tenth of it goes on', afterwards({ in: 12_000, out: 1200 }), 'pass'],
    ['nothing leaves since nothing arrives', afterwards({}), 'inconclusive in shadow'],
    ['nothing arrives anywhere', afterwards({}, { controls: {} }), 'nothing'],
    ['receivers turn everything away', afterwards({ refused: 12_000 }), 'fail'],
    [
      'something arrived a moment ago',
      afterwards((index) => (index === 59 ? SILENT : {}), { controls: {} }),
      'nothing',
    ],
    ['nothing flowed before', afterwards(SILENT, { past: SILENT }), 'nothing'],
    [
      'something flowed once before',
      afterwards(SILENT, { past: (index) => (index === 9 ? BUSY : SILENT) }),
      'nothing',
    ],
    ['a pause of a minute, as before', afterwards(hourglass, { past: hourglass }), 'pass'],
    [
      'twice the pause of before',
      afterwards((index) => (index < 7 ? hourglass(index) : { in: index % 6 === 0 ? 9 : 0 }), {
        count: 18,
        past: hourglass,
      }),
      'pass',
    ],
    [
      'three times the pause of before',
      afterwards((index) => (index < 7 ? hourglass(index) : { in: index % 6 === 0 ? 9 : 0 }), {
        count: 26,
        past: hourglass,
      }),
      'fail',
    ],
    [
      'a pause of four minutes, as before, and a soak of ten',
      afterwards({}, { count: 20, past: (index) => (index % 24 === 0 ? BUSY : {}) }),
      'nothing',
    ],
    ['controls stopped as well', afterwards(SILENT, { controls: SILENT }), 'inconclusive'],
    ['every second window is missing', afterwards((index) => (index % 2 === 0 ? SILENT : undefined)), 'fail'],
    [
      'three of four windows are missing',
      afterwards((index) => (index % 4 === 0 ? SILENT : undefined)),
      'inconclusive',
    ],
    ['no windows arrive any more', afterwards((index) => (index < 12 ? SILENT : undefined)), 'nothing'],
  ])('%s', (_, result, expected) => {
    expect(said(result)).toBe(expected);
  });

  it('is not seen in windows of another config, nor of the process that ran before', () => {
    const of = (load: Load): string =>
      said(
        judged('flow-stopped', {
          stamp: 'target',
          wave: [canary('w', (index) => (index < 54 ? BUSY : load))],
        }),
      );
    expect(of({ ...SILENT, stamp: 'target' })).toBe('fail');
    expect(of({ ...SILENT, stamp: 'before' })).toBe('nothing');
    expect(of({ ...SILENT, incarnation: 'first' })).toBe('nothing');
  });

  it('of one agent is enough in a canary, and one in twenty is tolerated later', () => {
    const wave = (stopped: number): ReturnType<typeof judged> =>
      judged('flow-stopped', {
        canary: false,
        wave: many(40, (name, index) => canary(name, index < stopped ? SILENT : BUSY), 'w'),
      });
    expect(said(judged('flow-stopped', { wave: [canary('w', SILENT), canary('x')] }))).toBe('fail');
    expect([0, 1, 2, 3].map((stopped) => said(wave(stopped)))).toEqual(['pass', 'pass', 'pass', 'fail']);
    expect(said(judged('flow-stopped', { canary: false, wave: [canary('w', SILENT)] }))).toBe('fail');
    expect(wave(2)?.evidence).toMatch(/2 of 40 agents .*, 2 are allowed$/);
    expect(wave(3)?.agents).toEqual(['w000', 'w001', 'w002']);
  });

  it('is found within seconds where windows are of a second', () => {
    const start = OFFER + 5000;
    const past = windows(OFFER - 30_000, 30, { in: 10, out: 10 }, 1000);
    const result = judged(
      'flow-stopped',
      {
        windowMs: 1000,
        settleMs: 2000,
        now: start + 2000 + 5000,
        wave: [
          {
            ...canary('w'),
            appliedAt: start,
            signals: {
              windows: [...past, ...windows(start + 2000, 5, { in: 10, incarnation: 'second' }, 1000)],
            },
          },
        ],
        controls: [],
      },
      { 'flow-stopped': { values: { silentSeconds: 5 } } },
    );
    expect(result).toMatchObject({
      verdict: 'fail',
      evidence: 'traces/out sent 0/s for 5 s on 1 canary (before: 10/s; no controls)',
    });
  });
});

describe('a flow through several exporters', () => {
  const both = topologyOf(config({ exporters: { otlp: null, 'otlp/two': null } }));

  it('stops where one of them does, and that one is named', () => {
    const two = (at: number, load: Load): ReturnType<typeof window> => {
      const one = window(at, load);
      const other = { signal: 'traces', sent: 12_000, sendFailed: 0, enqueueFailed: 0 } as const;
      return { ...one, exporters: new Map([...one.exporters, ['otlp/two', [other]]]) };
    };
    const signals = {
      windows: Array.from({ length: 120 }, (_, index) =>
        index < 60
          ? two(OFFER + (index - 60) * WINDOW, BUSY)
          : two(SETTLED + (index - 60) * WINDOW, { ...SILENT, incarnation: 'second' }),
      ),
    };
    const result = judged('flow-stopped', {
      target: both,
      wave: [canary('w', BUSY, { signals, previous: both })],
    });
    expect(result?.verdict).toBe('fail');
    expect(result?.evidence).toMatch(/^exporter otlp \(traces\) sent 0\/s for 10 min on 1 canary/);
  });

  it('never begins at one that is new, where it gives up all that it gets', () => {
    const only = topologyOf(config({ exporters: { 'otlp/two': null } }));
    const renamed = topologyOf({
      ...config({ exporters: { 'otlp/two': null } }),
      service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp/two'] } } },
    });
    const ofNew = judged('flow-stopped', {
      target: renamed,
      wave: many(2, (name) => canary(name, { in: 12_000, failed: 12_000, exporter: 'otlp/two' })),
    });
    expect(ofNew?.evidence).toBe(
      'traces sent 0/s for 10 min on 2 of 2 canaries, which gave data up (new; no controls)',
    );
    const silent = many(2, (name) => canary(name, { in: 12_000, exporter: 'otlp/two' }));
    expect(said(judged('flow-stopped', { target: renamed, wave: silent }))).toBe('nothing');
    const begun = many(2, (name) =>
      canary(name, (index) => ({ in: 12_000, out: index === 0 ? 9 : 0, failed: 9, exporter: 'otlp/two' })),
    );
    expect(said(judged('flow-stopped', { target: renamed, wave: begun }))).toBe('nothing');
    expect(said(judged('flow-stopped', { target: only, wave: silent }))).toBe('fail');
  });

  it('goes on where the pipeline has another name and the exporter still sends', () => {
    const renamed = topologyOf({
      ...config(),
      service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp'] } } },
    });
    expect(said(judged('flow-stopped', { target: renamed }))).toBe('pass');
    expect(
      said(judged('flow-stopped', { target: renamed, wave: many(3, (name) => canary(name, SILENT)) })),
    ).toBe('fail');
  });

  it('says nothing of what leads to a connector that does not tell, or to exporters within an exporter', () => {
    const count = topologyOf({
      ...config({ exporters: { count: null } }),
      exporters: {},
      connectors: { count: null },
    });
    const balanced = topologyOf(config({ exporters: { load_balancing: null } }));
    for (const target of [count, balanced]) {
      expect(said(judged('flow-stopped', { target, wave: [canary('w', SILENT)] }))).toBe('nothing');
    }
  });
});
