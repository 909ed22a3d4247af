import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rollout/decide.ts';
import type { GateResult } from '../../../src/core/rollout/gates/gate.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { TARGET, World, member, rollout } from './fixtures.ts';

const result = (gate: string, change: Partial<GateResult> = {}): GateResult => ({
  gate,
  verdict: 'fail',
  action: 'rollback',
  shadow: false,
  evidence: 'words',
  agents: ['a'],
  ...change,
});

/** What a rollout becomes whose canary runs the target when gates say this. */
function after(gates: readonly GateResult[]): Rollout | undefined {
  const world = new World(rollout([member('a'), member('b')]));
  world.settle();
  world.says('a', 'applied', TARGET);
  world.settle();
  const saved = decide(world.rollout, world.agents, world.now, { gates }).find(({ kind }) => kind === 'save');
  return saved?.kind === 'save' ? saved.rollout : undefined;
}

describe('when gates fail', () => {
  const asksToPause = result('asserted-drift', { action: 'pause' });

  it.each([
    ['one asks for a rollback', [result('flow-stopped')], 'rolling-back', 'flow-stopped'],
    ['one asks for a pause', [asksToPause], 'paused', 'asserted-drift'],
    [
      'one asks for a pause, and a later one for a rollback',
      [asksToPause, result('flow-stopped')],
      'rolling-back',
      'flow-stopped',
    ],
    [
      'one in shadow asks for a rollback',
      [result('refused', { shadow: true }), asksToPause],
      'paused',
      'asserted-drift',
    ],
  ] as const)('%s', (_, gates, state, gate) => {
    const next = after(gates);
    expect(next?.state).toBe(state);
    expect(`${next?.reason ?? ''} ${JSON.stringify(next?.pause ?? '')}`).toContain(`gate ${gate}: words`);
  });
});
