import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../src/core/fleet/agent.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { foreseenPolicy, membersFrom, outlook, type Outlook } from '../../../src/core/rollout/outlook.ts';
import type { PolicySpec } from '../../../src/core/rollout/policy.ts';

function agents(count: number, change: (index: number) => Partial<Agent> = () => ({})): readonly Agent[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `a${index}`,
    name: `a${index}`,
    version: '1.80.1',
    distribution: 'bindplane-agent',
    platform: 'linux',
    labels: {},
    ...change(index),
  }));
}

function foreseen(fleet: readonly Agent[], spec?: PolicySpec, retryMs = 0): Outlook {
  return outlook(foreseenPolicy(spec, fleet.length, retryMs), membersFrom(fleet, spec));
}

const MINUTE = 60_000;

describe('how a rollout will go', () => {
  it('doubles from one in a small fleet', () => {
    const { waves, atLeastMs } = foreseen(agents(9));
    expect(waves).toEqual([
      {
        name: '',
        approval: false,
        agents: 9,
        canaries: 1,
        kinds: { covered: 1, all: 1 },
        batches: [2, 4, 2],
      },
    ]);
    expect(atLeastMs).toBe(8 * MINUTE);
  });

  it('has a canary of each kind, as far as a tenth goes', () => {
    const [wave] = foreseen(
      agents(60, (index) => ({ platform: ['linux', 'windows', 'darwin'][index % 3] ?? '' })),
    ).waves;
    expect(wave?.canaries).toBe(3);
    expect(wave?.kinds).toEqual({ covered: 3, all: 3 });
    const few = foreseen(agents(9, (index) => ({ version: index === 0 ? '1.79.0' : '1.80.1' }))).waves[0];
    expect([few?.canaries, few?.kinds]).toEqual([1, { covered: 1, all: 2 }]);
  });

  it('goes wave by wave, with the approvals and soaks of each', () => {
    const spec: PolicySpec = {
      name: 'p',
      stages: [
        { name: 'dev', matchLabels: { env: 'dev' }, profile: 'fast' },
        { name: 'prod', matchLabels: { env: 'prod' }, approval: true },
      ],
      canarySoakMs: 5 * MINUTE,
      soakMs: 2 * MINUTE,
      finalSoakMs: 10 * MINUTE,
    };
    const labels = (index: number): Partial<Agent> => ({
      labels: { env: ['dev', 'prod', 'lab'][index % 3] ?? '' },
    });
    const { waves, atLeastMs } = foreseen(agents(9, labels), spec);
    expect(
      waves.map(({ name, approval, canaries, batches }) => ({ name, approval, canaries, batches })),
    ).toEqual([
      { name: 'dev', approval: false, canaries: 1, batches: [2] },
      { name: 'prod', approval: true, canaries: 1, batches: [2] },
      { name: 'rest', approval: false, canaries: 1, batches: [2] },
    ]);
    // dev 12 s twice, prod and rest 5 min and 2 min, 10 min at the end.
    expect(atLeastMs).toBe(24_000 + 24 * MINUTE);
  });

  it('soaks for longer than exporters retry where the policy says auto', () => {
    const spec: PolicySpec = { name: 'p', canarySoakAuto: true };
    expect(foreseen(agents(1), spec, 8 * MINUTE).longestSoakMs).toBe(8 * MINUTE + 20_000);
    expect(foreseen(agents(1), spec, 0).longestSoakMs).toBe(5 * MINUTE);
    expect(foreseen(agents(1), spec, Infinity).longestSoakMs).toBe(5 * MINUTE);
  });

  it('takes every agent exactly once, also where there are more phases than anybody looks at', () => {
    const spec: PolicySpec = { name: 'p', growth: 1 };
    const [wave] = foreseen(agents(1000), spec).waves;
    const all = (wave?.canaries ?? 0) + (wave?.batches ?? []).reduce((sum, count) => sum + count, 0);
    expect(all).toBe(1000);
    expect(wave?.batches.length).toBeLessThanOrEqual(LIMITS.rollout.foreseenPhases + 1);
  });

  it('has nothing to do without agents', () => {
    expect(foreseen([])).toEqual({ waves: [], agents: 0, atLeastMs: 0, longestSoakMs: 0 });
  });
});
