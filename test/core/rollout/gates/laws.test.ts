import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateContext, JudgedAgent } from '../../../../src/core/rollout/gates/gate.ts';
import { judgeWave } from '../../../../src/core/rollout/gates/judge.ts';
import { BUSY, OFFER, SETTLED, WINDOW, canary, context, control, many, windows } from './fixtures.ts';
import type { Load } from './fixtures.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 400 : 15;
const SIZE = 24;

const amount = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 }));

/** What one agent does in one window; undefined: nothing arrived. */
const load: fc.Arbitrary<Load | undefined> = fc.option(
  fc.record({
    in: amount,
    out: amount,
    refused: amount,
    failed: amount,
    rss: fc.integer({ min: 1, max: 1e9 }),
    cpu: fc.double({ min: 0, max: 20, noNaN: true }),
    queue: fc.record({
      queueSize: fc.integer({ min: 0, max: 1000 }),
      queueCapacity: fc.constantFrom(0, 1000),
      inFlight: fc.integer({ min: 0, max: 12 }),
      enqueueFailed: amount,
    }),
  }),
  { nil: undefined, freq: 8 },
);

/** Most of what agents do is much like the window before: one of a few loads, held for a while. */
const life = fc
  .array(fc.record({ load, length: fc.integer({ min: 1, max: 12 }) }), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.flatMap((part) => Array.from({ length: part.length }, () => part.load)));

const history = fc.record({ past: life, after: life });

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** The same signals, as an agent of the wave has them and as a control has them. */
function agentOf(name: string, { past, after }: History, isControl: boolean): JudgedAgent {
  const make = isControl ? control : canary;
  return {
    ...make(name),
    signals: {
      windows: [
        ...windows(OFFER - SIZE * WINDOW, SIZE, (index) => past[index % past.length]),
        ...windows(SETTLED, SIZE, (index) => {
          const given = after[index % after.length];
          return given === undefined ? undefined : { ...given, incarnation: 'second' };
        }),
      ],
    },
  };
}

const wave = fc.array(history, { minLength: 1, maxLength: 8 });

function contextOf(
  histories: readonly History[],
  controls: readonly History[],
  canaryWave: boolean,
): GateContext {
  const now = SETTLED + SIZE * WINDOW;
  return context({
    now,
    soakEndsAt: now,
    canary: canaryWave,
    wave: histories.map((each, index) => agentOf(`w${index}`, each, false)),
    controls: controls.map((each, index) => agentOf(`c${index}`, each, true)),
  });
}

describe('whatever collectors report', () => {
  it('no gate fails a wave whose signals are those of its controls', () => {
    fc.assert(
      fc.property(wave, fc.boolean(), (histories, isCanary) => {
        const results = judgeWave(contextOf(histories, histories, isCanary));
        expect(results.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('the same context gives the same verdicts, in whatever order agents are, and again', () => {
    fc.assert(
      fc.property(wave, wave, fc.boolean(), (histories, controls, isCanary) => {
        const first = contextOf(histories, controls, isCanary);
        const again = contextOf(histories, controls, isCanary);
        const turned = { ...again, wave: again.wave.toReversed(), controls: again.controls.toReversed() };
        expect(judgeWave(turned)).toEqual(judgeWave(first));
        expect(judgeWave(first)).toEqual(judgeWave(again));
      }),
      { numRuns: RUNS },
    );
  });

  it('every sentence is one, and names agents of the wave in order', () => {
    fc.assert(
      fc.property(wave, wave, fc.boolean(), (histories, controls, isCanary) => {
        for (const { evidence, agents } of judgeWave(contextOf(histories, controls, isCanary))) {
          expect(evidence).toMatch(/^\S[^\n]*\S$/);
          expect(evidence).not.toMatch(/undefined|NaN|Infinity|-\d/);
          expect(agents).toEqual([...new Set(agents)].toSorted());
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('one more agent that stopped never lets a failed wave pass', () => {
    fc.assert(
      fc.property(
        wave,
        fc.array(history, { maxLength: 5 }),
        fc.boolean(),
        (histories, controls, isCanary) => {
          const before = contextOf(histories, controls, isCanary);
          const stopped = canary('stopped', { in: 12_000 }, {}, { count: SIZE });
          const after = { ...before, canary: true, wave: [...before.wave, stopped] };
          const verdictOf = (given: GateContext): string | undefined =>
            judgeWave(given).find(({ gate }) => gate === 'flow-stopped')?.verdict;
          return verdictOf({ ...before, canary: true }) !== 'fail' || verdictOf(after) === 'fail';
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('the number of agents that refuse', () => {
  it('never helps: once a wave fails, more of them do not change that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.boolean(), (size, isCanary) => {
        const verdicts = [0, 1, 2, Math.ceil(size / 20), Math.ceil(size / 20) + 1, size].map((refused) => {
          const given = context({
            canary: isCanary,
            controls: [],
            wave: many(size, (name, index) => ({
              ...control(name, BUSY, {}, { count: 0 }),
              signals: { windows: [] },
              offeredAt: OFFER,
              appliedAt: OFFER,
              ...(index < refused
                ? { fault: { kind: 'refused' as const, message: 'no', at: OFFER + 9 } }
                : {}),
            })),
          });
          return judgeWave(given).find(({ gate }) => gate === 'apply-failed')?.verdict === 'fail' ? 1 : 0;
        });
        // Counts above the size of the wave are the size of the wave.
        expect(verdicts.slice(0, 3)).toEqual(verdicts.slice(0, 3).toSorted((a, b) => a - b));
        expect(verdicts.at(-1)).toBe(isCanary || size > 1 ? 1 : 0);
      }),
      { numRuns: RUNS },
    );
  });
});
