import { describe, expect, it } from 'vitest';
import { soakOf } from '../../../src/core/rollout/deadlines.ts';
import { canarySize } from '../../../src/core/rollout/phases.ts';
import { policyFor, type PolicyOccasion, type PolicySpec } from '../../../src/core/rollout/policy.ts';
import type { RolloutPolicy } from '../../../src/core/rollout/rollout.ts';
import { member } from './fixtures.ts';

const MINUTE = 60_000;
const TIMINGS = { deadlineMs: MINUTE, unhealthyMs: 8000, absenceMs: MINUTE };

function policy(
  agents: number,
  spec: Omit<PolicySpec, 'name'> | undefined,
  more: Partial<PolicyOccasion> = {},
): RolloutPolicy {
  const named = spec === undefined ? {} : { spec: { name: 'p', ...spec } };
  return policyFor({ agents, timings: TIMINGS, options: null, ...named, ...more });
}

const minutes = ({ canarySoakMs = 0, soakMs, finalSoakMs = 0 }: RolloutPolicy): readonly number[] =>
  [canarySoakMs, soakMs, finalSoakMs].map((time) => time / MINUTE);

describe('profiles', () => {
  it.each([
    [1, undefined, [2, 2, 0]],
    [1, 'standard', [2, 2, 0]],
    [100, 'standard', [5, 2, 0]],
    [1000, 'standard', [10, 5, 10]],
    [1000, 'fast', [0.2, 0.2, 0]],
    [1, 'careful', [10, 10, 10]],
  ] as const)('%i agents, %s', (agents, profile, expected) => {
    expect(minutes(policy(agents, profile === undefined ? undefined : { profile }))).toEqual(expected);
  });

  it('fast grows as BindPlane does, and careful soaks longer than exporters retry', () => {
    const fast = policy(1000, { profile: 'fast' });
    expect([fast.multiplier, fast.shares]).toEqual([5, undefined]);
    const careful = policy(30, { profile: 'careful' }, { retryMs: 15 * MINUTE });
    expect(careful.soakMs).toBe(15 * MINUTE + 20_000);
  });

  it('are what the other keys begin from, and win over what a server is set to', () => {
    expect(minutes(policy(5, { profile: 'fast', soakMs: MINUTE }))).toEqual([0.2, 1, 0]);
    const timings = { ...TIMINGS, soakMs: 3 * MINUTE };
    expect(minutes(policy(5, { profile: 'careful' }, { timings }))).toEqual([10, 10, 10]);
    expect(minutes(policy(5, {}, { timings }))).toEqual([3, 3, 0]);
  });

  it('hold for one wave alone', () => {
    const made = policy(30, {
      stages: [{ name: 'dev', profile: 'fast' }, { name: 'prod' }],
      canarySoakMs: 4 * MINUTE,
      soakMs: 3 * MINUTE,
    });
    const soaks = [0, 1, 2].flatMap((stage) => [
      soakOf({ stage, canary: true }, made) / MINUTE,
      soakOf({ stage }, made) / MINUTE,
    ]);
    expect(soaks).toEqual([0.2, 0.2, 4, 3, 4, 3]);
  });
});

describe('canaries', () => {
  const fleet = Array.from({ length: 60 }, (_, index) =>
    member(`a${index}`, { stratum: index === 0 ? 'odd' : `kind ${index % 2}` }),
  );

  it('are as many of each kind as the policy says, up to its maximum and a tenth of the wave', () => {
    const size = (spec: Omit<PolicySpec, 'name'>): number => canarySize(policy(60, spec), fleet);
    expect(size({})).toBe(3);
    expect(size({ perStratum: 2 })).toBe(5);
    expect(size({ perStratum: 9 })).toBe(6);
    expect(size({ perStratum: 9, canaryMaximum: 4 })).toBe(4);
  });

  it('soak for at least five minutes and longer than exporters retry, where the policy says auto', () => {
    const soak = (retryMs: number): number | undefined =>
      policy(1, { canarySoakAuto: true, canarySoakMs: 1 }, { retryMs }).canarySoakMs;
    expect(soak(0)).toBe(5 * MINUTE);
    expect(soak(10 * MINUTE)).toBe(10 * MINUTE + 20_000);
  });
});
