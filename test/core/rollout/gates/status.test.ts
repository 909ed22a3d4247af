import { describe, expect, it } from 'vitest';
import { processExitOf } from '../../../../src/core/rollout/gates/crash-loop.ts';
import type { GateContext, JudgedAgent } from '../../../../src/core/rollout/gates/gate.ts';
import type { Fault } from '../../../../src/core/rollout/rollout.ts';
import { BUSY, OFFER, SETTLED, WELL, WINDOW, canary, judged, many, said } from './fixtures.ts';
import { readFileSync } from 'node:fs';
import { sharedPath } from '../../../support/shared.ts';

/** A wave in which some agents are so, and the others well. */
function wave(size: number, some: number, change: Partial<JudgedAgent>): Partial<GateContext> {
  return {
    wave: many(
      size,
      (name, index) =>
        canary(name, BUSY, { signals: { windows: [] }, ...(index < some ? change : {}) }, { count: 0 }),
      'w',
    ),
  };
}

/** Verdicts for each number of agents out of a later wave of 40. */
function later(gate: string, change: Partial<JudgedAgent>, counts: readonly number[]): readonly string[] {
  return counts.map((count) => said(judged(gate, { canary: false, ...wave(40, count, change) })));
}

const fault = (kind: Fault['kind']): Partial<JudgedAgent> => ({
  fault: { kind, message: 'words of the agent', at: OFFER + 100 },
});

describe('apply-failed', () => {
  it('fails a canary for one refusal, a later wave for more than one agent and one in twenty', () => {
    expect(said(judged('apply-failed', wave(4, 1, fault('refused'))))).toBe('fail');
    expect(later('apply-failed', fault('refused'), [0, 1, 2, 3])).toEqual(['pass', 'pass', 'pass', 'fail']);
    expect(said(judged('apply-failed', { canary: false, ...wave(5, 2, fault('refused')) }))).toBe('fail');
  });

  it('waits for agents that did not answer, and does not take their words into its own', () => {
    const { appliedAt: _, ...open } = canary('w');
    expect(said(judged('apply-failed', { wave: [open] }))).toBe('inconclusive');
    expect(judged('apply-failed', wave(2, 1, fault('refused')))?.evidence).toBe(
      '1 of 2 canaries refused the config 0.1 s after the offer',
    );
  });

  it('can be held to other numbers', () => {
    const given = { canary: false, ...wave(40, 3, fault('refused')) };
    const values = { agents: 3, percent: 0 };
    expect(said(judged('apply-failed', given, { 'apply-failed': { values } }))).toBe('pass');
  });
});

describe('went-dark', () => {
  const away = (since: number): Partial<JudgedAgent> => ({
    observed: { ...WELL, connected: false, awaySince: since },
  });

  it.each([
    ['nobody is away', wave(3, 0, {}), 'pass'],
    ['one did not answer', wave(3, 1, fault('no-answer')), 'fail'],
    ['one is away for 80 s', wave(3, 1, away(SETTLED + 60 * WINDOW - 80_000)), 'inconclusive'],
    ['one is away for 100 s', wave(3, 1, away(SETTLED + 60 * WINDOW - 100_000)), 'fail'],
    [
      'one was away long before, and was offered it 80 s ago',
      { now: OFFER + 80_000, ...wave(3, 1, away(0)) },
      'inconclusive',
    ],
  ])('%s', (_, given, expected) => {
    expect(said(judged('went-dark', given))).toBe(expected);
  });

  it('asks for a rollback in a canary, for a pause later', () => {
    expect(judged('went-dark', wave(3, 1, fault('no-answer')))?.action).toBe('rollback');
    expect(judged('went-dark', { canary: false, ...wave(40, 9, fault('no-answer')) })?.action).toBe('pause');
    expect(later('went-dark', fault('no-answer'), [1, 2, 3])).toEqual(['pass', 'pass', 'fail']);
  });
});

describe('health', () => {
  const now = SETTLED + 60 * WINDOW;
  const sick = (since: number, change: Partial<JudgedAgent> = {}): Partial<JudgedAgent> => ({
    observed: { ...WELL, healthy: false, healthMessage: 'no' },
    unhealthySince: since,
    ...change,
  });

  it.each([
    ['all are well', wave(3, 0, {}), 'pass'],
    ['one is not, for 50 s', wave(3, 1, sick(now - 50_000)), 'inconclusive'],
    ['one is not, for 60 s', wave(3, 1, sick(now - 60_000)), 'fail'],
    ['one was found to be unhealthy', wave(3, 1, fault('unhealthy')), 'fail'],
    ['one was not before either', wave(3, 1, sick(now - 60_000, { healthyBefore: false })), 'pass'],
    [
      'one was sent connection settings since',
      wave(3, 1, sick(now - 60_000, { settingsSentAt: SETTLED })),
      'pass',
    ],
    [
      'one is away, and its word is old',
      wave(3, 1, { observed: { ...WELL, healthy: false, connected: false }, unhealthySince: 0 }),
      'pass',
    ],
    [
      'nobody reports health',
      wave(3, 3, {
        observed: { connected: true, takesConfig: true, hash: 'target', config: 'applied', message: '' },
      }),
      'nothing',
    ],
  ])('%s', (_, given, expected) => {
    expect(said(judged('health', given))).toBe(expected);
  });
});

describe('crash-loop', () => {
  const now = OFFER + 300_000;
  const words = (pid: number): string =>
    `Agent process PID=${pid} exited unexpectedly, exit code=-1. Will restart in a bit...`;
  const exits = (...seconds: readonly number[]): Partial<JudgedAgent> => ({
    exits: seconds.map((after, index) => ({ at: OFFER + after * 1000, message: words(index) })),
    signals: { windows: [] },
  });
  const starting = (...seconds: readonly number[]): Partial<JudgedAgent> => ({
    signals: {
      windows: seconds.flatMap(
        (after, index) =>
          canary('w', { ...BUSY, incarnation: `process ${index}` }, {}, { count: 1 })
            .signals?.windows.slice(-1)
            .map((each) => ({ ...each, at: OFFER + after * 1000 })) ?? [],
      ),
    },
  });

  it.each([
    ['one unexpected end', exits(20), 'pass'],
    ['two unexpected ends: three starts', exits(20, 45), 'fail'],
    [
      'two times bad health for another reason',
      {
        ...exits(20, 45),
        exits: [20, 45].map((after) => ({ at: OFFER + after * 1000, message: 'memory limiter' })),
      },
      'pass',
    ],
    ['the rollout found it itself', fault('crash-loop'), 'fail'],
    ['two ends, one of them before the offer', exits(-30, 45), 'pass'],
    ['two ends, and as many before the offer', exits(-100, -60, 20, 45), 'pass'],
    ['three processes that sent metrics', starting(10, 40, 70), 'fail'],
    ['two processes after the one before', starting(-10, 10, 40), 'pass'],
    ['three processes, and three before', starting(-200, -150, -100, 10, 40, 70), 'pass'],
    [
      'one end that is told by health now, after one that was kept',
      { ...exits(20), observed: { ...WELL, healthy: false, healthMessage: words(9) } },
      'fail',
    ],
    [
      'one end that is told and kept',
      { ...exits(20), observed: { ...WELL, healthy: false, healthMessage: words(0) } },
      'pass',
    ],
  ])('%s: %s', (_, change, expected) => {
    expect(said(judged('crash-loop', { now, ...wave(2, 1, change) }))).toBe(expected);
  });

  it('of one agent is tolerated in a later wave, unless it is all of the wave', () => {
    const of = (size: number): string =>
      said(judged('crash-loop', { now, canary: false, ...wave(size, 1, exits(20, 45)) }));
    expect([of(1), of(2)]).toEqual(['fail', 'pass']);
  });

  it('does not count what is older than five minutes', () => {
    const given = { now: OFFER + 320_000 + 1, ...wave(1, 1, exits(20, 45)) };
    expect(said(judged('crash-loop', given))).toBe('pass');
    expect(said(judged('crash-loop', given, { 'crash-loop': { values: { withinSeconds: 400 } } }))).toBe(
      'fail',
    );
  });

  it('knows an end of a process by the words that the supervisor uses', () => {
    expect(processExitOf(`${words(7)}\nCollector log tail:\nError: …`)).toBe(words(7));
    expect(processExitOf('Supervisor is shutdown')).toBeUndefined();
    expect(processExitOf('')).toBeUndefined();
  });
});

describe('words of a recorded supervisor', () => {
  const recording = sharedPath('golden', 'opamp', 'sup-25-collector-killed.json');

  it.skipIf(recording === undefined)('tell the end of a process', () => {
    const [told = ''] = /Agent process PID=[^"\\]*/.exec(readFileSync(recording ?? '', 'utf8')) ?? [];
    expect(told).not.toBe('');
    expect(processExitOf(told)).toBe(told);
  });
});

describe('asserted-drift', () => {
  const drift = [{ path: ['processors', 'batch', 'timeout'], kind: 'changed' }] as const;

  it('fails a canary for one agent that runs something else, and says where', () => {
    expect(judged('asserted-drift', wave(3, 1, { drift }))).toMatchObject({
      verdict: 'fail',
      action: 'pause',
      evidence: 'something else is reported to run on 1 canary, at processors::batch::timeout',
    });
    expect(said(judged('asserted-drift', wave(3, 3, { drift: [] })))).toBe('pass');
    expect(said(judged('asserted-drift', wave(3, 0, {})))).toBe('nothing');
    expect(said(judged('asserted-drift', { now: SETTLED - 1, ...wave(3, 1, { drift }) }))).toBe('nothing');
  });
});

describe('external', () => {
  const result = (
    verdict: 'pass' | 'fail' | 'inconclusive',
    name: string,
  ): { name: string; verdict: typeof verdict; evidence: string } => ({
    name,
    verdict,
    evidence: `${name} said so`,
  });

  it.each([
    [[result('pass', 'a'), result('pass', 'b')], 'pass', 'a, b said yes'],
    [[result('pass', 'a'), result('inconclusive', 'b')], 'inconclusive', 'b: b said so'],
    [[result('inconclusive', 'a'), result('fail', 'b')], 'fail', 'b: b said so'],
    [[{ ...result('fail', 'a'), evidence: '' }], 'fail', 'a said no'],
    [[{ ...result('inconclusive', 'a'), evidence: '' }], 'inconclusive', 'a could not tell'],
  ] as const)('%j', (external, verdict, evidence) => {
    expect(judged('external', { external })).toMatchObject({ verdict, evidence });
  });

  it.each([
    [[], 'inconclusive', 'smoke has said nothing of this wave yet'],
    [[result('pass', 'other')], 'inconclusive', 'smoke has said nothing of this wave yet'],
    [[result('fail', 'other')], 'fail', 'other: other said so'],
    [[result('pass', 'smoke')], 'pass', 'smoke said yes'],
  ] as const)('that the policy waits for, with %j', (external, verdict, evidence) => {
    expect(judged('external', { external, awaitedChecks: ['smoke'] })).toMatchObject({ verdict, evidence });
  });
});
