import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import type { BadConfig } from './bad-configs.ts';
import { comparison } from './comparison.ts';

const AGENTS = 120;

/** What BindPlane's schedule and ours do with one bad config that harms everybody. */
const rowOf = (
  config: Omit<BadConfig, 'name' | 'share'>,
): ReturnType<typeof comparison>[number] | undefined =>
  comparison([{ name: 'bad', share: 1, ...config }], AGENTS, new Random(1))[0];

describe('the same bad config under two schedules (the whole table: npm run sim:harm)', () => {
  it('is stopped by both where agents refuse it', () => {
    const row = rowOf({ harm: 'refused', showsAfterMs: 50 });
    expect(row?.bindplane).toMatchObject({ harmed: 3, by: 'error' });
    expect(row?.metrics).toMatchObject({ harmed: 3, by: 'refused' });
  });

  it.each([
    ['crash-loop', 20_000, 'crash-loop'],
    ['unhealthy', 30_000, 'unhealthy'],
  ] as const)(
    'that brings a %s is everywhere under the one, in the canary under ours',
    (harm, showsAfterMs, by) => {
      const row = rowOf({ harm, showsAfterMs });
      expect(row?.bindplane).toEqual({ harmed: AGENTS });
      expect(row?.plain).toMatchObject({ harmed: 3, by });
    },
  );

  it.each(['drops-all', 'backend-401', 'dead-backend'] as const)(
    'of the kind %s is seen by own metrics alone',
    (harm) => {
      const row = rowOf({ harm, showsAfterMs: 0 });
      expect(row?.bindplane).toEqual({ harmed: AGENTS });
      expect(row?.plain).toEqual({ harmed: AGENTS });
      expect(row?.metrics).toMatchObject({ harmed: 3, by: 'flow-stopped' });
    },
  );
});
