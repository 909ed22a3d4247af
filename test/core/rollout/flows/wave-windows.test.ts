import { describe, expect, it } from 'vitest';
import { windowsOf } from '../../../../src/core/rollout/flows/wave-windows.ts';
import { seriesOf } from '../../../../src/core/rollout/flows/window-flows.ts';
import {
  APPLIED,
  BUSY,
  OFFER,
  SETTLED,
  TOPOLOGY,
  WINDOW,
  canary,
  context,
  control,
  window,
} from '../gates/fixtures.ts';

describe('windows that may be compared', () => {
  it('are those of the ten minutes before the offer, and those after the agent settled', () => {
    const signals = {
      windows: Array.from({ length: 200 }, (_, index) => window(OFFER + (index - 100) * WINDOW, BUSY)),
    };
    const [observed] = windowsOf(context({ wave: [canary('w', BUSY, { signals })] })).wave;
    expect(observed?.before.map(({ at }) => at)).toEqual(
      Array.from({ length: 60 }, (_, index) => OFFER - 600_000 + index * WINDOW),
    );
    expect([observed?.after[0]?.at, observed?.after.at(-1)?.at]).toEqual([SETTLED, SETTLED + 59 * WINDOW]);
  });

  it('are whole, however the offer and the present lie between them', () => {
    const signals = {
      windows: [
        window(OFFER - WINDOW, BUSY),
        window(OFFER, BUSY),
        window(SETTLED, BUSY),
        window(SETTLED + WINDOW, BUSY),
      ],
    };
    const wave = [canary('w', BUSY, { signals, offeredAt: OFFER + 5000, appliedAt: APPLIED - 1 })];
    const [observed] = windowsOf(context({ now: SETTLED + 2 * WINDOW - 1, wave })).wave;
    expect(observed?.before.map(({ at }) => at)).toEqual([OFFER - WINDOW]);
    expect(observed?.after.map(({ at }) => at)).toEqual([SETTLED]);
  });

  it('are from before the offer also where the agent’s own list no longer reaches back so far', () => {
    const { signals } = canary('w');
    const late = signals?.windows.slice(-30) ?? [];
    const wave = [
      canary('forgotten', BUSY, { signals: { windows: late } }),
      canary('kept', BUSY, { signals: { windows: late }, ...(signals && { baseline: signals }) }),
    ];
    const counts = windowsOf(context({ wave })).wave.map(({ before, after }) => [
      before.length,
      after.length,
    ]);
    expect(counts).toEqual([
      [0, 30],
      [60, 30],
    ]);
  });

  it('leave out agents with a fault and those that were not offered anything', () => {
    const failed = canary('failed', BUSY, { fault: { kind: 'refused', message: '', at: OFFER } });
    const { offeredAt: _, ...waiting } = canary('waiting');
    const { wave } = windowsOf(context({ wave: [failed, waiting, canary('w')] }));
    expect(wave.map(({ agent }) => agent.agent)).toEqual(['w']);
  });

  it('of controls are cut by the first offer and the first agent that settled', () => {
    const late = canary('late', BUSY, { offeredAt: OFFER + 60_000, appliedAt: APPLIED + 60_000 });
    const { controls } = windowsOf(context({ wave: [late, canary('w')], controls: [control('c')] }));
    expect([controls[0]?.before.length, controls[0]?.after[0]?.at]).toEqual([60, SETTLED]);
  });
});

describe('what went through', () => {
  it('adds two processes of one time up', () => {
    const two = [
      window(0, { in: 3, out: 1 }),
      window(0, { in: 4, out: 4, refused: 1 }),
      window(WINDOW, { in: 1 }),
    ];
    expect(seriesOf(two, TOPOLOGY, 'traces/out')).toEqual([
      { at: 0, arrived: 8, accepted: 7, sent: 5, lost: 0 },
      { at: WINDOW, arrived: 1, accepted: 1, sent: 0, lost: 0 },
    ]);
    expect(seriesOf(two, TOPOLOGY, 'no such pipeline')).toEqual([]);
  });

  it('does not mix signals', () => {
    const { exporters, ...rest } = window(0, { in: 1 });
    const other = { signal: 'logs', sent: 9, sendFailed: 0, enqueueFailed: 0 } as const;
    const mixed = { ...rest, exporters: new Map([...exporters, ['otlp', [other]]]) };
    expect(seriesOf([mixed], TOPOLOGY, 'traces/out')[0]?.sent).toBe(0);
  });
});
