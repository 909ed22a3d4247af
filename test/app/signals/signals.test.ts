import { describe, expect, it } from 'vitest';
import { Signals } from '../../../app/signals/signals.ts';
import type { SignalsOptions } from '../../../app/signals/signals.ts';
import { said } from '../../core/rollout/own-metrics/recorded.ts';

const STAMP = { configuration: 'lab', version: 2, hash: 'a'.repeat(64) };

function heard(options: Partial<SignalsOptions> = {}): Signals {
  const signals = new Signals({ knows: () => true, hashOf: async () => undefined, ...options });
  for (const second of [10, 20]) {
    signals.take('a', said(second, { 'receiver otlp accepted': second }, { stamp: STAMP }), second * 1000);
  }
  return signals;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('signals', () => {
  it('of an agent are its windows; of one that said nothing there are none', () => {
    const signals = heard();
    expect(signals.of('a')?.windows.map(({ at }) => at)).toEqual([0, 10_000]);
    expect(signals.of('b')).toBeUndefined();
  });

  it('name the offered config that carries the stamp', async () => {
    const asked: unknown[] = [];
    const signals = heard({
      hashOf: async (stamp) => {
        asked.push(stamp);
        return 'f'.repeat(64);
      },
    });
    await settled();
    expect(signals.of('a')?.windows[0]?.stamp).toBe('f'.repeat(64));
    expect(asked).toEqual([STAMP]);
  });

  it('name no config until it is known which one, and the stamp itself where none of ours carries it', async () => {
    const signals = heard();
    expect(signals.of('a')?.windows[0]).not.toHaveProperty('stamp');
    await settled();
    expect(signals.of('a')?.windows[0]?.stamp).toBe(STAMP.hash);
  });

  it('are the same objects from one look to the next', async () => {
    const signals = heard();
    await settled();
    const [first] = signals.of('a')?.windows ?? [];
    signals.take('a', said(30, { 'receiver otlp accepted': 30 }, { stamp: STAMP }), 30_000);
    expect(signals.of('a')?.windows[0]).toBe(first);
  });

  it('of agents that are gone, or silent for as long as windows are kept, are forgotten', () => {
    const known = new Set(['a']);
    const signals = heard({ knows: (uid) => known.has(uid) });
    signals.sweep(20_000);
    expect(signals.size).toBe(1);
    signals.sweep(20_000 + 1_200_001);
    expect(signals.size).toBe(0);
    const others = heard({ knows: (uid) => known.has(uid) });
    known.clear();
    others.sweep(20_000);
    expect(others.size).toBe(0);
  });

  it('say how long their windows are where they are of another length', () => {
    expect(heard({ windowMs: 5000 }).of('a')?.windowMs).toBe(5000);
    expect(heard().of('a')).not.toHaveProperty('windowMs');
  });
});
