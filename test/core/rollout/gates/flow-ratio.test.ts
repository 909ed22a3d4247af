import { describe, expect, it } from 'vitest';
import { topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import { BUSY, SETTLED, WINDOW, canary, config, control, judged, many, said } from './fixtures.ts';
import type { Load } from './fixtures.ts';

function ratios(
  now: Load | ((index: number) => Load),
  change: { readonly past?: Load; readonly count?: number; readonly controls?: Load } = {},
): ReturnType<typeof judged> {
  const { past = BUSY, count = 20, controls = BUSY } = change;
  return judged('flow-ratio', {
    now: SETTLED + count * WINDOW,
    wave: many(3, (name) => canary(name, now, {}, { past }), 'w'),
    controls: many(10, (name) => control(name, controls, {}, { past })),
  });
}

const part = (share: number): Load => ({ in: 12_000, out: 12_000 * share });

describe('the part of what arrives that leaves', () => {
  it.each<[string, ReturnType<typeof ratios>, string]>([
    ['all of it', ratios(BUSY), 'pass in shadow'],
    ['85 %', ratios(part(0.85)), 'pass in shadow'],
    ['75 %', ratios(part(0.75)), 'fail in shadow'],
    ['75 % for four windows only', ratios((index) => part(index < 16 ? 1 : 0.75)), 'pass in shadow'],
    ['75 %, four windows so far', ratios(part(0.75), { count: 4 }), 'inconclusive in shadow'],
    ['a tenth, as before', ratios(part(0.1), { past: part(0.1), controls: part(0.1) }), 'pass in shadow'],
    [
      'an eighth instead of a tenth',
      ratios(part(0.125), { past: part(0.1), controls: part(0.1) }),
      'fail in shadow',
    ],
    [
      'batches that leave one window later',
      ratios((index) => part(index % 2 === 0 ? 0 : 2)),
      'pass in shadow',
    ],
    ['75 % at controls as well', ratios(part(0.75), { controls: part(0.75) }), 'inconclusive in shadow'],
    ['nothing arrives', ratios({}), 'nothing'],
    ['nothing left before', ratios(BUSY, { past: { in: 12_000 } }), 'nothing'],
  ])('%s', (_, result, expected) => {
    expect(said(result)).toBe(expected);
  });

  it('stays in shadow where a filter changed, whatever the policy says', () => {
    const enforced = { 'flow-ratio': { shadow: false } };
    const wave = many(3, (name) => canary(name, part(0.5)), 'w');
    const of = (before: string | undefined, after: string): ReturnType<typeof judged> => {
      const filter = (condition: string): object => ({ processors: { filter: { error_mode: condition } } });
      const previous = topologyOf(config(before === undefined ? {} : filter(before)));
      const changed = wave.map((agent) => ({ ...agent, previous }));
      return judged('flow-ratio', { target: topologyOf(config(filter(after))), wave: changed }, enforced);
    };
    expect(said(of('ignore', 'ignore'))).toBe('fail');
    expect(said(of('ignore', 'propagate'))).toBe('fail in shadow');
    expect(said(of(undefined, 'ignore'))).toBe('fail in shadow');
    expect(of(undefined, 'ignore')?.evidence).toMatch(/; filter changed: another amount is expected/);
  });
});
