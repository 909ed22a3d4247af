import { describe, expect, it } from 'vitest';
import { checkText, hasLooked, uselessCheck } from '../../../src/core/report/outside-check.ts';
import type { RolloutView } from '../../../src/core/rollout/view.ts';

const WORD = { name: 'smoke', verdict: 'fail', evidence: '3 of 9 failed' } as const;
const CHECKED = { rollout: 'node:2', state: 'started', phase: 2, checks: [WORD] };

function view(
  state: RolloutView['state'],
  verdict?: 'pass' | 'fail' | 'inconclusive',
  evidence = 'smoke: 3 of 9 failed',
): RolloutView {
  return {
    configuration: 'node',
    fromVersion: 1,
    toVersion: 2,
    state,
    waves: [],
    totals: { agents: 9, offered: 3, applied: 3, refused: 0, restored: 0, neverSaw: 6 },
    errors: [],
    timeline: [],
    engine: 'collie',
    ...(verdict === undefined
      ? {}
      : { gates: { total: 14, ran: [{ title: 'Check outside', verdict, evidence }], missing: [] } }),
  };
}

describe('the gate on checks outside', () => {
  it.each([
    ['no view', undefined, false],
    ['no gate that spoke', view('started'), false],
    ['its word about what was said before', view('started', 'pass', 'smoke said yes'), false],
    ['a no that stops nothing, maybe of an earlier phase', view('started', 'fail'), false],
    ['a no that stops nothing in shadow', view('started', 'fail', 'smoke: 3 of 9 failed (in shadow)'), true],
    ['a no that stopped it', view('paused', 'fail'), true],
    ['a no that undoes it', view('rolling-back', 'fail'), true],
  ] as const)('with %s', (_, seen, looked) => {
    expect(hasLooked(CHECKED, seen)).toBe(looked);
  });

  it.each([
    ['paused', 'fail', 'x', 'the gate failed: smoke: 3 of 9 failed\n'],
    ['started', 'fail', 'x (in shadow)', 'smoke: 3 of 9 failed (in shadow: nothing is done about it)\n'],
    ['started', 'fail', 'x', 'somebody promoted the rollout in spite of it)\n'],
    ['started', 'pass', 'x', 'no gate looked at it yet, or the policy has this one switched off'],
  ] as const)('of a %s rollout that says %s (%s) is told', (state, verdict, evidence, told) => {
    expect(checkText(WORD, CHECKED, view(state, verdict, evidence))).toContain(told);
  });
});

describe('the word of a check', () => {
  it.each([
    [{ state: 'started', phase: 1 }, undefined],
    [{ state: 'paused', phase: 1 }, undefined],
    [{ state: 'of tomorrow', phase: 1 }, undefined],
    [{ state: 'started', phase: 0 }, 'nobody was offered node:2 yet'],
    [{ state: 'stable', phase: 3 }, 'node:2 has ended (stable)'],
    [{ state: 'rolling-back', phase: 1 }, 'node:2 is on its way back already'],
  ])('in %j: %s', (at, useless) => {
    const said = uselessCheck({ ...CHECKED, ...at });
    expect(said?.slice(0, useless?.length)).toBe(useless);
  });

  it('is shown without what a terminal obeys, and numbers are no secrets', () => {
    const word = { name: 'a\u001b[2J', verdict: 'pass', evidence: '12345678' } as const;
    const text = checkText(word, { ...CHECKED, checks: [word] }, undefined);
    expect(text.split('\n', 1)[0]).toBe(String.raw`Phase 2 of node:2: a\u{1b}[2J says pass: 12345678`);
  });
});
