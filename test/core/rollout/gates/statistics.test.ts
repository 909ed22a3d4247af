import { describe, expect, it } from 'vitest';
import { topologyOf } from '../../../../src/core/rollout/flows/topology.ts';
import { BUSY, SETTLED, WINDOW, canary, config, control, judged, many, said } from './fixtures.ts';
import type { Load } from './fixtures.ts';

/** Bad in one window of so many. */
const oneIn = (part: number, bad: Load) => (index: number) => (index % part === 0 ? bad : BUSY);
const refusing: Load = { ...BUSY, refused: 9 };
const failing: Load = { ...BUSY, failed: 9 };

describe('refused, by statistics', () => {
  it('says how much it can see with so many agents', () => {
    const of = (canaries: number, controls: number): string | undefined =>
      judged('refused', {
        wave: many(canaries, (name) => canary(name), 'w'),
        controls: many(controls, (name) => control(name)),
      })?.evidence;
    expect(of(20, 50)).toBe(
      'data refused in 0 % of windows (0 % at controls), evidence 1:1; can see ≥ 3× of 2 % bad windows with 20 canaries',
    );
    expect(of(1, 50)).toMatch(/can see ≥ 10× of 2 % bad windows with 1 canary$/);
    expect(of(5, 2)).toMatch(/ before\), .* with 5 canaries; no control group: time effects possible$/);
  });

  it('compares with as few controls as the policy asks for', () => {
    const given = { wave: many(5, (name) => canary(name), 'w'), controls: many(3, (name) => control(name)) };
    expect(judged('refused', given)?.evidence).toMatch(/no control group/);
    expect(judged('refused', { ...given, leastControls: 3 })?.evidence).toMatch(/at controls/);
    expect(judged('refused', { ...given, controls: [], leastControls: 0 })?.evidence).toMatch(
      /no control group/,
    );
  });

  it('does not hold a small wave up, even where it is enforced', () => {
    const given = { soakEndsAt: SETTLED + 12 * WINDOW, wave: [canary('w')], controls: [] };
    const result = judged('refused', given, { refused: { shadow: false } });
    expect([said(result), result?.evidence]).toEqual([
      'inconclusive in shadow',
      'statistics: not enough agents (1)',
    ]);
  });

  it.each<[string, Parameters<typeof canary>[1], Parameters<typeof canary>[1], string, number?]>([
    ['as often as controls', oneIn(20, refusing), oneIn(20, refusing), 'pass in shadow'],
    ['ten times as often', oneIn(4, refusing), oneIn(40, refusing), 'fail in shadow'],
    ['always, for four windows', refusing, BUSY, 'fail in shadow', 4],
    ['never, for four windows', BUSY, BUSY, 'inconclusive in shadow', 4],
  ])('%s', (_, wave, controls, expected, count = 60) => {
    const result = judged('refused', {
      now: SETTLED + count * WINDOW,
      wave: many(5, (name) => canary(name, wave), 'w'),
      controls: many(20, (name) => control(name, controls)),
    });
    expect(said(result)).toBe(expected);
  });

  it('leaves out agents that were always so, and compares agents of one stratum', () => {
    const chronic = { past: oneIn(5, refusing) };
    const wave = [...many(4, (name) => canary(name), 'w'), canary('always', refusing, {}, chronic)];
    const result = judged('refused', { wave });
    expect(said(result)).toBe('pass in shadow');
    expect(result?.evidence).toMatch(/with 4 canaries; 1 left out, bad before or without a past$/);
    const others = many(10, (name) => control(name, BUSY, { stratum: '0.100.0 windows' }));
    expect(judged('refused', { controls: others })?.evidence).toMatch(/no control group/);
  });
});

describe('send-failed', () => {
  const wave = many(5, (name) => canary(name), 'w');
  const at = (windows: number, exporter: object | null): string =>
    said(
      judged('send-failed', {
        now: SETTLED + windows * WINDOW,
        wave,
        target: topologyOf(config({ exporters: { otlp: exporter as never } })),
      }),
    );

  it('does not pass before retries are over, five minutes where the config says nothing', () => {
    expect(at(29, null)).toBe('inconclusive in shadow');
    expect(at(31, null)).toBe('pass in shadow');
    expect(at(12, { retry_on_failure: { max_elapsed_time: '1m' } })).toBe('pass in shadow');
    expect(at(12, { retry_on_failure: { enabled: false } })).toBe('pass in shadow');
    expect(at(60, { retry_on_failure: { max_elapsed_time: '0s' } })).toBe('inconclusive in shadow');
  });

  it('fails as soon as a backend says no for good', () => {
    const failed = many(3, (name) => canary(name, failing), 'w');
    expect(said(judged('send-failed', { now: SETTLED + 8 * WINDOW, wave: failed }))).toBe('fail in shadow');
  });
});

describe('memory and CPU', () => {
  const sized = (factor: number, index: number): Load => ({
    ...BUSY,
    rss: factor * 1e8 + index * 1e5,
    cpu: 1,
  });
  const of = (factor: number, change: { canaries?: number; controls?: number; now?: number } = {}): string =>
    said(
      judged('memory', {
        now: change.now ?? SETTLED + 60 * WINDOW,
        wave: many(change.canaries ?? 5, (name, index) => canary(name, sized(factor, index)), 'w'),
        controls: many(change.controls ?? 10, (name, index) => control(name, sized(1, index))),
      }),
    );

  it.each([
    ['as much as controls', of(1), 'pass in shadow'],
    ['1.2 times as much', of(1.2), 'pass in shadow'],
    ['1.5 times as much', of(1.5), 'fail in shadow'],
    [
      '1.5 times as much, half way through the soak',
      of(1.5, { now: SETTLED + 30 * WINDOW }),
      'inconclusive in shadow',
    ],
    ['1.5 times as much, one canary', of(1.5, { canaries: 1 }), 'inconclusive in shadow'],
    ['1.5 times as much, two controls', of(1.5, { controls: 2 }), 'inconclusive in shadow'],
    ['1.5 times as much, no controls', of(1.5, { controls: 0 }), 'inconclusive in shadow'],
  ])('%s', (_, result, expected) => {
    expect(result).toBe(expected);
  });
});
