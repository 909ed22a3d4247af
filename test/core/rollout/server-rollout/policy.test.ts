import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyFor, type PolicySpec } from '../../../../src/core/rollout/policy.ts';
import {
  EVERYBODY_AT_ONCE,
  holdsWaves,
  phaseSettings,
  policyText,
  serverPolicy,
  soakOf,
} from '../../../../src/core/rollout/server-rollout/policy.ts';
import { runs } from '../../report/hostile.ts';

const timings = { deadlineMs: 60_000, unhealthyMs: 60_000, absenceMs: 60_000 };
const policyOf = (agents: number, spec?: PolicySpec): ReturnType<typeof serverPolicy> =>
  serverPolicy(policyFor({ agents, timings, options: null, ...(spec === undefined ? {} : { spec }) }));

/** Agents in each of the first phases, as a BindPlane server computes them (reference/bindplane.md §5). */
function phasesOf({ phaseAgentCount }: ReturnType<typeof phaseSettings>, count: number): readonly number[] {
  const { initial, multiplier, maximum } = phaseAgentCount;
  return Array.from({ length: count }, (_, phase) =>
    Math.min(maximum, initial * Math.trunc(multiplier ** phase)),
  );
}

describe('a rollout policy on a BindPlane server', () => {
  it('becomes the options that its API has', () => {
    const settings = phaseSettings(policyOf(12, { name: 'careful', growth: 3, maxConcurrent: 5 }));
    expect(settings).toEqual({
      startAutomatically: false,
      rollbackOnFailure: true,
      phaseAgentCount: { initial: 1, multiplier: 3, maximum: 5 },
      maxErrors: 0,
    });
  });

  it('of shares takes the smallest step, so that no phase is larger than it was meant', () => {
    const shares = [0.01, 0.05, 0.25, 0.5, 1];
    const policy = policyOf(1000, { name: 'shares', shares });
    expect(policy.multiplier).toBe(2);
    const reached = phasesOf(phaseSettings(policy), shares.length);
    let sum = 0;
    for (const [index, agents] of reached.entries()) {
      sum += agents;
      expect(sum).toBeLessThanOrEqual(Math.max(10, 1000 * (shares[index] ?? 1)));
    }
  });

  it('keeps soaks of the canary, of later waves and of everybody apart', () => {
    const policy = policyOf(1000);
    expect([soakOf(policy, 0, false), soakOf(policy, 1, false), soakOf(policy, 4, true)]).toEqual([
      600_000, 300_000, 600_000,
    ]);
    expect(holdsWaves(policy)).toBe(true);
    const quick = policyOf(1000, { name: 'quick', canarySoakMs: 0, soakMs: 0, finalSoakMs: 60_000 });
    expect(holdsWaves(quick)).toBe(false);
  });

  it('that says pause is not undone', () => {
    expect(policyOf(5, { name: 'ask', onRegression: 'pause' }).rollbackOnFailure).toBe(false);
  });

  it('law: whatever it says, no phase is ever empty, and none is larger than the largest', () => {
    const number = fc.oneof(fc.integer({ min: -5, max: 500 }), fc.double({ max: 10, noNaN: false }));
    fc.assert(
      fc.property(number, number, number, number, (initial, multiplier, maximum, maxErrors) => {
        const settings = phaseSettings({
          initial,
          multiplier,
          maximum,
          maxErrors,
          rollbackOnFailure: true,
        });
        for (const agents of phasesOf(settings, 8)) {
          expect(agents).toBeGreaterThanOrEqual(1);
          expect(agents).toBeLessThanOrEqual(settings.phaseAgentCount.maximum);
        }
        expect(settings.maxErrors).toBeGreaterThanOrEqual(0);
      }),
      runs(50),
    );
  });

  it('is said in a sentence, with what the server does not know of it', () => {
    const stages = [
      { name: 'dev', matchLabels: { env: 'dev' } },
      { name: 'prod', approval: true },
    ];
    const policy = policyOf(12, { name: 'standard', stages, canarySoakMs: 300_000 });
    expect(policyText(policy, false)).toBe(
      'policy standard: 1 agent first, 2 times as many each time, at most 100; each soaks for 5 min and then 2 min; 0 errors are allowed; its waves dev, prod, rest would be stages of a progressive rollout there, which the Configuration does not ask for',
    );
    expect(policyText(policy, true)).toBe(
      'policy standard: stage after stage of the Configuration; each soaks for 5 min and then 2 min; 0 errors are allowed',
    );
  });

  it('to bring a version back takes everybody at once, whoever refuses', () => {
    expect(phasesOf(EVERYBODY_AT_ONCE, 1)[0]).toBeGreaterThanOrEqual(100_000);
    expect(EVERYBODY_AT_ONCE.maxErrors).toBeGreaterThanOrEqual(100_000);
  });
});
