import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import { canarySize } from '../../../src/core/rollout/phases.ts';
import { policyFor, type PolicySpec } from '../../../src/core/rollout/policy.ts';
import type { Member, ObservedAgent, Rollout } from '../../../src/core/rollout/rollout.ts';
import { eventsOf, replay } from '../../../src/core/rollout/events.ts';
import { START, TARGET, member, rollout } from './fixtures.ts';

const TIMINGS = { deadlineMs: 60_000, soakMs: 1000, unhealthyMs: 5000, absenceMs: 30_000 };
const VERSIONS = ['1.80.1', '1.84.0', '1.90.2'];

function fleet(size: number): readonly Member[] {
  return Array.from({ length: size }, (_, index) => {
    const version = VERSIONS[index % VERSIONS.length] ?? '';
    return member(`agent-${index}`, { version, stratum: version });
  });
}

/** Agents that all refuse whatever they are offered; gives how many ever were. */
function offeredOfBad(begun: Rollout): number {
  let state = begun;
  let now = START;
  const agents = new Map<string, ObservedAgent>(
    begun.members.map(({ agent, previousHash = '' }) => [
      agent,
      { connected: true, takesConfig: true, hash: previousHash, config: 'applied', message: '' },
    ]),
  );
  const offered = new Set<string>();
  for (let round = 0; round < 200; round += 1) {
    const effects = decide(state, agents, now);
    if (effects.length === 0) break;
    now += 10;
    for (const effect of effects) {
      if (effect.kind === 'save') state = effect.rollout;
      if (effect.kind !== 'offer' && effect.kind !== 'restore') continue;
      const refuses = effect.kind === 'offer';
      if (refuses) offered.add(effect.agent);
      const before = agents.get(effect.agent);
      if (before === undefined) continue;
      const config = refuses ? 'failed' : 'applied';
      agents.set(effect.agent, { ...before, hash: effect.hash, config, sent: effect.hash });
    }
  }
  expect(['rolled-back', 'failed']).toContain(state.state);
  return offered.size;
}

const everyOf = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

const LARGEST = 10_000;

/** Fleet sizes of all magnitudes, those around which the built-in policy changes among them; each single one in the long run. */
const SIZES =
  process.env['COLLIE_LAWS'] === 'full'
    ? everyOf(1, LARGEST + 1, 1)
    : [...everyOf(1, 60, 1), 99, 100, 101, 200, 499, 500, 501, 999, 2500, LARGEST];

/** A quarter of an hour for all sizes. */
const LONGEST_MS = 900_000;

describe('a config that fails everywhere', () => {
  const policies: readonly [string, PolicySpec | undefined, { maxErrors: number } | null][] = [
    ['without a policy', undefined, null],
    ['with ten errors allowed by a client', undefined, { maxErrors: 10 }],
    ['with three errors allowed by a client', undefined, { maxErrors: 3 }],
    [
      'with a policy of its own',
      { name: 'wide', canaryMaximum: 4, growth: 5, maxBadAgents: { share: 0.05 } },
      null,
    ],
  ];

  it.each(policies)(
    '%s reaches no more agents than the canary and the errors that are allowed',
    { timeout: LONGEST_MS },
    (_, spec, options) => {
      const tooMany: string[] = [];
      for (const size of SIZES) {
        const members = fleet(size);
        const policy = policyFor({
          agents: size,
          timings: TIMINGS,
          options,
          ...(spec === undefined ? {} : { spec }),
        });
        const bound = canarySize(policy, members) + policy.maxErrors;
        const offered = offeredOfBad(rollout(members, { policy }));
        if (offered > bound) tooMany.push(`${size} agents: ${offered} were offered it, at most ${bound} may`);
      }
      expect(tooMany).toEqual([]);
    },
  );

  it('has a canary of a tenth of the fleet at the most', { timeout: LONGEST_MS }, () => {
    for (const size of SIZES) {
      const policy = policyFor({ agents: size, timings: TIMINGS, options: null });
      expect(canarySize(policy, fleet(size))).toBeLessThanOrEqual(Math.max(1, size / 10));
    }
  });
});

describe('a large fleet', () => {
  it('law: limits on what changes at once hold at every moment, in all and in a domain', () => {
    const members = fleet(400).map((one, index): Member => ({ ...one, domain: `zone-${index % 3}` }));
    const policy = {
      ...policyFor({ agents: 400, timings: TIMINGS, options: null }),
      maxConcurrent: 30,
      shares: [1],
    };
    let state = rollout(members, { policy });
    let now = START;
    const agents = new Map<string, ObservedAgent>(
      members.map(({ agent }) => [
        agent,
        { connected: true, takesConfig: true, hash: '', config: 'unset', message: '' },
      ]),
    );
    let most = 0;
    for (let round = 0; round < 500 && state.state === 'started'; round += 1) {
      now += 200;
      for (const { agent, state: own, offeredAt = 0 } of state.members) {
        const before = agents.get(agent);
        if (own === 'offered' && before !== undefined && now - offeredAt > 300) {
          agents.set(agent, { ...before, hash: TARGET, config: 'applied' });
        }
      }
      for (const effect of decide(state, agents, now)) if (effect.kind === 'save') state = effect.rollout;
      const changing = state.members.filter(({ state: own }) => own === 'offered' || own === 'applying');
      most = Math.max(most, changing.length);
      for (const zone of ['zone-0', 'zone-1', 'zone-2']) {
        expect(changing.filter(({ domain }) => domain === zone).length).toBeLessThanOrEqual(33);
      }
    }
    expect(state.state).toBe('stable');
    expect(most).toBe(30);
  });

  it('is the same from its log as it was', () => {
    const members = fleet(50);
    const before = rollout(members);
    const after = {
      ...before,
      phase: 1,
      members: members.map((one): Member => ({ ...one, state: 'offered', offeredAt: 3 })),
    };
    expect(replay([...eventsOf(undefined, before, 1), ...eventsOf(before, after, 3)])).toEqual(after);
  });
});
