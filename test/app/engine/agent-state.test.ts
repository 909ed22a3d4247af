import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentStates } from '../../../app/engine/agent-state.ts';
import { Engine } from '../../../app/engine/engine.ts';
import { APP_LIMITS, ROLLOUT_TIMINGS } from '../../../app/limits.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import type { AgentRecord } from '../../../src/core/opamp/record.ts';
import { agentRecord } from '../../contracts/store.ts';
import { ManualClock } from '../manual-clock.ts';

const GIVEN_AT = Date.parse('2026-01-02T03:00:00Z');
let store: Store;
let clock: ManualClock;
let engine: Engine;
let states: AgentStates;

beforeEach(async () => {
  store = await openSqliteStore(':memory:', () => 0);
  clock = new ManualClock(GIVEN_AT);
  engine = new Engine({ store, clock, limits: APP_LIMITS, timings: ROLLOUT_TIMINGS, warn: () => undefined });
  states = new AgentStates(engine, store, () => []);
});

afterEach(() => store.close());

/** Since when an agent is said to be silent that was given a target at `GIVEN_AT`. */
async function silentSince(config?: AgentRecord['config']): Promise<string | undefined> {
  const record = agentRecord('u1', config === undefined ? {} : { config });
  const target = { hash: 'a1', configuration: 'node', version: 1, offers: 1, since: GIVEN_AT };
  engine.agents.follow({ agents: [{ uid: 'u1', record, labels: {}, target }] });
  const state = await states.of('u1');
  return state?.target?.silentSince;
}

it('says that an agent is silent when it did not answer within the deadline', async () => {
  clock.advance(ROLLOUT_TIMINGS.deadlineMs - 1);
  expect(await silentSince()).toBeUndefined();
  clock.advance(1);
  expect(await silentSince()).toBe('2026-01-02T03:00:00.000Z');
  expect(await silentSince({ hash: 'b2', state: 'applied', message: '', at: GIVEN_AT })).toBe(
    '2026-01-02T03:00:00.000Z',
  );
});

it.each(['applied', 'failed'] as const)('does not say so of one that answered (%s)', async (state) => {
  clock.advance(ROLLOUT_TIMINGS.deadlineMs);
  expect(await silentSince({ hash: 'a1', state, message: '', at: GIVEN_AT })).toBeUndefined();
});
