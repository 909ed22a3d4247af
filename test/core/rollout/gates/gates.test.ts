import { describe, expect, it } from 'vitest';
import { GATES } from '../../../../src/core/rollout/gates/index.ts';
import { gatesFor, ranText } from '../../../../src/core/rollout/gates/coverage.ts';
import { judgeWave, settingMistakes, valuesOf } from '../../../../src/core/rollout/gates/judge.ts';
import { context, judged } from './fixtures.ts';
import { SCENARIOS } from './scenarios.ts';

const JUDGED = SCENARIOS.map((scenario) => {
  const given = context(scenario.context);
  return { given, results: judgeWave(given) };
});

describe.each(GATES)('gate $id', (gate) => {
  const settings = Object.entries(gate.settings);

  it('has a name of its own, spelled as policies spell it', () => {
    expect(gate.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(GATES.filter(({ id }) => id === gate.id)).toHaveLength(1);
    expect(gate.rule).not.toMatch(/^[A-Z]|\.$/);
  });

  it('has defaults that its own limits allow', () => {
    for (const [name, { value, minimum = -Infinity, maximum = Infinity }] of settings) {
      expect([name, value >= minimum && value <= maximum]).toEqual([name, true]);
    }
  });

  it('says nothing of a wave that was not touched', () => {
    const untouched = context({ wave: [], controls: [] });
    expect(gate.judge(untouched, valuesOf(gate, {}))).toBeUndefined();
  });

  it('passes or has nothing to say where nothing changed', () => {
    const result = judged(gate.id, {});
    expect(['pass', undefined]).toContain(result?.verdict);
  });

  it('fails one of the scenarios, or never fails', () => {
    const isFailed = SCENARIOS.some(({ fails }) => fails.includes(gate.id));
    expect(isFailed || gate.id === 'no-data').toBe(true);
  });

  it('says what it found in one sentence, of agents of the wave', () => {
    for (const { given, results } of JUDGED) {
      const result = results.find((candidate) => candidate.gate === gate.id);
      if (result === undefined) continue;
      expect(result.evidence).toMatch(/^\S[^\n]*\S$/);
      expect(result.evidence).not.toMatch(/undefined|NaN|Infinity|\.$/);
      const names = given.wave.map(({ agent }) => agent);
      expect(result.agents.filter((agent) => !names.includes(agent))).toEqual([]);
    }
  });

  it('can be put in shadow, out of it, and off', () => {
    const scenario = SCENARIOS.find(({ fails }) => fails.includes(gate.id)) ?? SCENARIOS[0];
    const of = (setting: object): boolean | undefined =>
      judged(gate.id, scenario?.context ?? {}, { [gate.id]: setting })?.shadow;
    expect(of({ shadow: true })).toBe(true);
    expect(of({ off: true })).toBeUndefined();
  });
});

describe('by default', () => {
  it('what an agent says itself, flow and backlog are acted upon; ratios and statistics are told', () => {
    expect(GATES.filter(({ shadow }) => shadow).map(({ id }) => id)).toEqual([
      'flow-ratio',
      'refused',
      'send-failed',
      'memory',
      'cpu',
    ]);
  });

  it('a policy can enforce a gate that starts in shadow, and ask for something else', () => {
    const given = SCENARIOS.find(({ name }) => name === 'a backend that answers 401')?.context ?? {};
    expect(judged('send-failed', given, { 'send-failed': { shadow: false, action: 'pause' } })).toMatchObject(
      {
        verdict: 'fail',
        shadow: false,
        action: 'pause',
      },
    );
  });
});

describe('settings that are mistakes', () => {
  it.each([
    [{ 'flow-stoped': {} }, ['There is no gate `flow-stoped`; did you mean `flow-stopped`?']],
    [
      { 'flow-stopped': { values: { silentSecond: 5 } } },
      ['Gate `flow-stopped` has no setting `silentSecond`; did you mean `silentSeconds`?'],
    ],
    [
      { backlog: { values: { filled: 1.5 } } },
      ['`filled` of gate `backlog` must be at least 0 and at most 1, and is 1.5'],
    ],
    [
      { health: { values: { unhealthySeconds: Number.NaN } } },
      ['`unhealthySeconds` of gate `health` must be at least 0, and is NaN'],
    ],
    [{ external: { values: { toString: 1 } } }, ['Gate `external` has no setting `toString`.']],
    [{ 'flow-stopped': { values: { silentSeconds: 5 } }, cpu: { off: true } }, []],
  ])('%j', (settings, mistakes) => {
    expect(settingMistakes(settings)).toEqual(mistakes);
  });

  it('count as absent', () => {
    const backlog = GATES.find(({ id }) => id === 'backlog');
    expect(
      backlog === undefined ? {} : valuesOf(backlog, { values: { filled: 7, windows: 4 } }),
    ).toMatchObject({
      filled: 0.5,
      windows: 4,
    });
  });
});

describe('what can run', () => {
  it.each([
    ['collie', '14 of 14 gates can run', []],
    [
      'collie-without-metrics',
      '6 of 14 gates can run',
      ['flow-stopped', 'backlog', 'no-data', 'flow-ratio', 'refused', 'send-failed', 'memory', 'cpu'],
    ],
    [
      'bindplane',
      '3 of 14 gates can run',
      [
        'crash-loop',
        'health',
        'asserted-drift',
        'flow-stopped',
        'backlog',
        'no-data',
        'flow-ratio',
        'refused',
        'send-failed',
        'memory',
        'cpu',
      ],
    ],
  ] as const)('with %s: %s', (source, text, impossible) => {
    const coverage = gatesFor(source);
    expect(coverage.text).toBe(text);
    expect(coverage.impossible.map(({ gate }) => gate.id)).toEqual(impossible);
    expect(coverage.possible.length + coverage.impossible.length).toBe(GATES.length);
  });

  it('counts those that ran', () => {
    expect(ranText(['apply-failed', 'went-dark', 'external', 'no such gate'])).toBe('3 of 14 gates ran');
  });
});
