import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonMap } from '../../../../src/core/document/node.ts';
import { offeredOf, type ServerRollout } from '../../../../src/core/rollout/server-rollout/counts.ts';
import {
  decideServerRollout,
  type ServerDecision,
} from '../../../../src/core/rollout/server-rollout/decide.ts';
import { UNWRITTEN, type ServerRolloutLimits } from '../../../../src/core/rollout/server-rollout/policy.ts';
import { newRun, type Pace, type ServerRolloutRun } from '../../../../src/core/rollout/server-rollout/run.ts';
import { rolloutOf } from '../../../../src/io/control-planes/bindplane-answers.ts';
import { runs } from '../../report/hostile.ts';

/** Exchanges recorded from bindplane 1.35.0. */
const RECORDINGS = join(import.meta.dirname, '../../../support/golden/bindplane-rest');

/** The rollout that a recorded answer shows. */
function recorded(number: string): ServerRollout {
  const file = readdirSync(RECORDINGS).find((name) => name.startsWith(`${number}-`)) ?? '';
  const { exchanges } = JSON.parse(readFileSync(join(RECORDINGS, file), 'utf8')) as {
    exchanges: readonly { response: { body: { configuration: JsonMap } } }[];
  };
  const answer = exchanges.at(-1)?.response.body.configuration;
  if (answer === undefined) throw new Error(`no rollout in ${number}`);
  return rolloutOf(answer);
}

const run = (
  rollout: ServerRollout,
  policy: ServerRolloutLimits = UNWRITTEN,
  pace: Pace = 'server',
): ServerRolloutRun =>
  newRun({ configuration: rollout.configuration, version: rollout.version, policy, pace }, 0);

/** What is decided after each look; looks are a second apart unless a time is given. */
function decisions(
  looks: readonly (ServerRollout | readonly [at: number, rollout: ServerRollout])[],
  policy?: ServerRolloutLimits,
  pace?: Pace,
): readonly ServerDecision[] {
  let state: ServerRolloutRun | undefined;
  return looks.map((look, index) => {
    const [at, rollout] = 'status' in look ? [index * 1000, look] : look;
    const decided = decideServerRollout(state ?? run(rollout, policy, pace), { at, rollout });
    state = decided.run;
    return decided.decision;
  });
}

const counts = (
  status: ServerRollout['status'],
  [completed, errors, pending, waiting]: readonly [number, number, number, number],
  phase: number = 1,
): ServerRollout => ({
  configuration: 'shop',
  version: 2,
  status,
  phase,
  completed,
  errors,
  pending,
  waiting,
});

describe('what bindplane 1.35.0 was recorded to do', () => {
  it('started with nobody there is Stable at once: no agents, not a success', () => {
    expect(decisions([recorded('152')])).toMatchObject([{ kind: 'end', outcome: 'no-agents' }]);
  });

  it('with options of zero it never releases anybody: told after a minute', () => {
    const hanging = recorded('197');
    const [first, later] = decisions([
      [0, hanging],
      [61_000, hanging],
    ]);
    expect(first?.kind).toBe('wait');
    expect(later).toMatchObject({ kind: 'end', outcome: 'failed' });
    expect(later?.reason).toContain('options of zero');
  });

  it('one refusal ends it as Error; nobody runs it, so there is nothing to undo', () => {
    expect(decisions([recorded('210'), recorded('211')]).at(-1)).toEqual({
      kind: 'end',
      outcome: 'failed',
      pause: false,
      reason: '1 of 1 agent refused it, 0 were allowed',
    });
  });

  it('resumed after the error it gives the next agent the same, and ends Stable with nobody: failed', () => {
    const [resumed, stable] = decisions([recorded('217'), recorded('218')]);
    // The second agent was asked already, and may run it.
    expect(resumed).toMatchObject({ kind: 'undo' });
    expect(stable).toMatchObject({ kind: 'end', outcome: 'failed' });
    expect(stable?.reason).toContain('the server calls it Stable, and nobody took it');
  });

  it('paused by somebody, it is left alone', () => {
    expect(decisions([recorded('189'), recorded('191')]).at(-1)).toEqual({
      kind: 'wait',
      reason: 'paused by somebody else',
    });
  });

  it('a selector that is missing takes everybody, and that is a rollout like any other', () => {
    expect(decisions([recorded('219'), recorded('220')]).at(-1)).toMatchObject({
      kind: 'end',
      outcome: 'stable',
    });
  });

  it('was measured to be Stable with 1,735 of 5,000 agents pending: that is not the end', () => {
    const looks = [counts('stable', [3265, 0, 1735, 0]), counts('stable', [5000, 0, 0, 0])];
    expect(decisions(looks).map(({ kind }) => kind)).toEqual(['wait', 'end']);
  });
});

describe('a wave that soaks', () => {
  const policy: ServerRolloutLimits = { ...UNWRITTEN, soakMs: 120_000 };

  it('is held as soon as it is released, looked at one by one at its end, and then let through', () => {
    let state = run(counts('started', [0, 0, 1, 9]), policy, 'held');
    const told: string[] = [];
    const look = (at: number, rollout: ServerRollout, agents?: readonly []): void => {
      const decided = decideServerRollout(state, { at, rollout, ...(agents && { agents }) });
      state = decided.run;
      told.push(decided.decision.kind);
    };
    look(0, counts('started', [0, 0, 1, 9]));
    look(1, counts('paused', [0, 0, 1, 9]));
    look(5000, counts('paused', [1, 0, 0, 9]));
    look(100_000, counts('paused', [1, 0, 0, 9]));
    look(125_000, counts('paused', [1, 0, 0, 9]));
    look(125_000, counts('paused', [1, 0, 0, 9]), []);
    // Resumed, and the server has not released the next batch yet: there is nothing to hold.
    look(125_001, counts('started', [1, 0, 0, 9]));
    look(130_000, counts('started', [1, 0, 3, 6], 2));
    expect(told).toEqual(['pause', 'wait', 'wait', 'wait', 'ask', 'continue', 'wait', 'pause']);
  });

  it('whose counts stand still while it is paused is asked for its agents now and then', () => {
    const still = counts('paused', [0, 0, 1, 9]);
    let state = run(still, policy, 'held');
    const kinds = [counts('started', [0, 0, 1, 9]), still, still, still].map((rollout, index) => {
      const decided = decideServerRollout(state, { at: index * 6000, rollout });
      state = decided.run;
      return decided.decision.kind;
    });
    expect(kinds).toEqual(['pause', 'wait', 'ask', 'ask']);
    // Its one agent is not pending any more: the soak begins, whatever the counts say.
    const { decision, run: soaking } = decideServerRollout(state, { at: 18_000, rollout: still, agents: [] });
    expect(decision.reason).toContain('soaks for');
    expect(soaking.soakUntil).toBe(138_000);
  });
});

/** The laws that a decision breaks, by name. */
function broken(
  decision: ServerDecision,
  { errors, completed }: ServerRollout,
  offered: number,
  policy: ServerRolloutLimits,
  pace: Pace,
): readonly string[] {
  const isStable = decision.kind === 'end' && decision.outcome === 'stable';
  const laws: readonly (readonly [name: string, holds: boolean])[] = [
    [
      'goes on or ends well within its errors only',
      !(isStable || decision.kind === 'continue') || errors <= policy.maxErrors,
    ],
    ['ends well only where somebody completed it', !isStable || completed > 0],
    [
      'undoes only what somebody may run, and only where the policy says so',
      decision.kind !== 'undo' || (policy.rollbackOnFailure && offered > errors),
    ],
    ['releases nobody where the server does', decision.kind !== 'continue' || pace !== 'server'],
    ['holds only what has to soak', decision.kind !== 'pause' || pace === 'held'],
  ];
  return laws.filter(([, holds]) => !holds).map(([name]) => name);
}

describe('laws', () => {
  const look = fc
    .tuple(
      fc.constantFrom<ServerRollout['status']>('started', 'started', 'paused', 'error', 'stable'),
      fc.tuple(fc.nat(5), fc.nat(3), fc.nat(3), fc.nat(5)),
      fc.integer({ min: 0, max: 4 }),
    )
    .map(([status, numbers, phase]) => counts(status, numbers, phase));
  const looks = fc.array(fc.tuple(fc.nat(100_000), look), { maxLength: 12 });
  const limits = fc.record({
    maxErrors: fc.nat(2),
    rollbackOnFailure: fc.boolean(),
    deadlineMs: fc.constantFrom(10_000, 60_000),
    soakMs: fc.constantFrom(0, 30_000),
  });

  it('hold whatever a server says: nothing goes on or ends well beyond its errors, and only what somebody may run is undone', () => {
    fc.assert(
      fc.property(looks, limits, fc.constantFrom<Pace>('held', 'server', 'stages'), (seen, policy, pace) => {
        let state = newRun({ configuration: 'shop', version: 2, policy, pace }, 0);
        let at = 0;
        let offered = 0;
        for (const [later, rollout] of seen) {
          at += later;
          offered = Math.max(offered, offeredOf(rollout));
          const before = state;
          const { run: next, decision } = decideServerRollout(before, { at, rollout });
          expect(decideServerRollout(before, { at, rollout }).decision).toEqual(decision);
          state = next;
          expect(broken(decision, rollout, offered, policy, pace)).toEqual([]);
        }
      }),
      runs(100),
    );
  });
});
