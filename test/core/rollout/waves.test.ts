import { describe, expect, it } from 'vitest';
import {
  canaryOrder,
  compareVersions,
  defaultPhases,
  phaseSize,
  phasesFor,
} from '../../../src/core/rollout/waves.ts';
import { member } from './fixtures.ts';

const sizes = (agents: number): number[] => {
  const phases = defaultPhases(agents);
  return [0, 1, 2, 3, 4, 5].map((phase) => phaseSize(phases, phase));
};

describe('phases', () => {
  it('double in a small fleet and grow faster in a large one, up to 100', () => {
    expect(sizes(3)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(sizes(200)).toEqual([1, 3, 9, 27, 81, 100]);
    expect(sizes(5000)).toEqual([3, 15, 75, 100, 100, 100]);
  });

  it('of all zeros, or none, are the defaults', () => {
    expect(phasesFor({ initial: 0, multiplier: 0, maximum: 0 }, 3)).toEqual(defaultPhases(3));
    expect(phasesFor(undefined, 200)).toEqual(defaultPhases(200));
  });

  it('are never empty, whatever a client sends', () => {
    expect(phasesFor({ initial: 0, multiplier: 3, maximum: 0 }, 3)).toEqual({
      initial: 1,
      multiplier: 3,
      maximum: 100,
    });
    expect(phaseSize({ initial: 1, multiplier: 0.5, maximum: 10 }, 9)).toBe(1);
    expect(phaseSize({ initial: 5, multiplier: 10, maximum: 7 }, 400)).toBe(7);
  });
});

describe('the canary', () => {
  it('is the oldest version, and a larger one sees each version first', () => {
    const members = [
      member('new-1', { version: '1.84.0' }),
      member('new-2', { version: '1.84.0' }),
      member('old-1', { version: '1.80.1' }),
      member('old-2', { version: '1.80.1' }),
      member('ten', { version: '1.100.0' }),
    ];
    expect(canaryOrder(members).map(({ name }) => name)).toEqual(['old-1', 'new-1', 'ten', 'old-2', 'new-2']);
  });

  it('has something to go back to, if anybody has', () => {
    const { previousHash: _, ...fresh } = member('a-fresh', { version: '1.0.0' });
    expect(canaryOrder([fresh, member('b')]).map(({ name }) => name)).toEqual(['b', 'a-fresh']);
  });

  it('is the agent that refused this before', () => {
    expect(canaryOrder([member('a'), member('b')], new Set(['b'])).map(({ name }) => name)).toEqual([
      'b',
      'a',
    ]);
  });

  it('compares versions by their numbers', () => {
    expect(['1.100.0', '1.9.0', '', '1.80.1'].toSorted(compareVersions)).toEqual([
      '',
      '1.9.0',
      '1.80.1',
      '1.100.0',
    ]);
  });
});
