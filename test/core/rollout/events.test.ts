import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf, replay, until, type RolloutEvent } from '../../../src/core/rollout/events.ts';
import type { Rollout } from '../../../src/core/rollout/rollout.ts';
import { member, rollout } from './fixtures.ts';

const BEGUN = rollout([member('a'), member('b'), member('c')]);

/** A log that is written while a rollout takes these values one after another. */
function logOf(values: readonly Rollout[]): readonly RolloutEvent[] {
  return values.flatMap((value, index) => eventsOf(values[index - 1], value, index));
}

describe('the log of a rollout', () => {
  it('begins with the plan, then holds what changed alone, by the state that was entered', () => {
    const [first, ...rest] = BEGUN.members;
    const offered = {
      ...BEGUN,
      phase: 1,
      members: [{ ...member('a'), state: 'offered', offeredAt: 1 }, ...rest],
    } as Rollout;
    const stopped: Rollout = {
      ...offered,
      state: 'paused',
      timeline: [...offered.timeline, { at: 2, text: 'paused' }],
    };
    expect(first?.agent).toBe('a');
    expect(eventsOf(undefined, BEGUN, 0)).toEqual([{ type: 'planned', at: 0, rollout: BEGUN }]);
    expect(eventsOf(BEGUN, offered, 1)).toEqual([
      { type: 'changed', at: 1, set: { phase: 1 } },
      { type: 'offered', at: 1, agent: 'a', set: { state: 'offered', offeredAt: 1 } },
    ]);
    expect(eventsOf(offered, stopped, 2, 'token:ci')).toEqual([
      { type: 'paused', at: 2, by: 'token:ci', set: { state: 'paused' } },
      { type: 'told', at: 2, text: 'paused' },
    ]);
    expect(eventsOf(stopped, stopped, 3)).toEqual([]);
  });

  it('law: replayed as it was written and read, it gives the rollout, at each moment of it', () => {
    const step = fc.record({
      agent: fc.nat(2),
      set: fc.record(
        {
          state: fc.constantFrom('offered', 'soaking', 'done', 'restoring'),
          appliedAt: fc.nat(9),
          note: fc.string(),
        },
        { requiredKeys: [] },
      ),
      head: fc.record({ phase: fc.nat(5), reason: fc.string() }, { requiredKeys: [] }),
      forget: fc.constantFrom('appliedAt', 'note', 'offeredAt'),
      told: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const values: Rollout[] = [BEGUN];
        for (const { agent, set, head, forget, told } of steps) {
          const last = values.at(-1) ?? BEGUN;
          const members = last.members.map((one, index) => {
            if (index !== agent) return one;
            const next = { ...one, ...set };
            Reflect.deleteProperty(next, forget);
            return next;
          });
          const timeline =
            told === null ? last.timeline : [...last.timeline, { at: values.length, text: told }];
          values.push({ ...last, ...head, members, timeline });
        }
        const log = JSON.parse(JSON.stringify(logOf(values))) as readonly RolloutEvent[];
        for (const [index, value] of values.entries()) expect(replay(until(log, index))).toEqual(value);
        const half = Math.floor(values.length / 2);
        const rest = log.filter(({ at }) => at > half);
        expect(replay(rest, values[half])).toEqual(values.at(-1));
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 100 },
    );
  });

  it('without its beginning tells nothing', () => {
    expect(replay([{ type: 'told', at: 0, text: 'x' }])).toBeUndefined();
  });
});
