import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handOver, type HandOverInput } from '../../src/flows/hand-over.ts';
import type { Review } from '../../src/flows/review.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import type { Handover, HandoverState, HandoverStep } from '../../src/ports/handover.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { virtualClock } from './support.ts';

const MERGE = { repository: 'shop/telemetry', branch: 'main', commit: 'c0ffee0' };
const WAIT_MS = 60_000;
const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 5000 : 50;

function handover(said: Partial<Handover> = {}): Handover {
  return {
    id: '17',
    ...MERGE,
    state: 'queued',
    at: '2026-01-05T09:00:00.000Z',
    waitsFor: 0,
    steps: [],
    started: [],
    differences: [],
    ...said,
  };
}

const away = new OperationError({ code: 'unreachable', message: 'away', hint: '', retryable: true });

/** A server that says these one after the other, the first to who hands over; the last stays. */
function server(
  words: readonly (Handover | OperationError)[],
): Pick<ControlPlane, 'handOver' | 'handover'> & { asked: number } {
  let said = 0;
  const next = async (): Promise<Handover> => {
    const word = words[Math.min(said++, words.length - 1)];
    if (word === undefined || word instanceof OperationError) throw word ?? away;
    return word;
  };
  return {
    asked: 0,
    handOver: next,
    handover(this: { asked: number }) {
      this.asked++;
      return next();
    },
  };
}

interface Heard {
  readonly clock: ReturnType<typeof virtualClock>;
  readonly asked: number;
  readonly states: readonly string[];
  readonly steps: readonly string[];
  readonly started: readonly string[];
  readonly silences: number;
  readonly state: HandoverState;
  readonly failed: boolean;
}

function inputOf(
  plane: Pick<ControlPlane, 'handOver' | 'handover'>,
  clock: HandOverInput['clock'],
  waitMs = WAIT_MS,
): HandOverInput {
  return {
    merge: MERGE,
    review: { brought: [] as readonly string[] } as Review,
    controlPlane: plane as ControlPlane,
    clock,
    catalogue: {} as HandOverInput['catalogue'],
    rollout: 'auto',
    waitMs,
  };
}

async function heard(words: readonly (Handover | OperationError)[], waitMs?: number): Promise<Heard> {
  const [states, steps, started]: [string[], string[], string[]] = [[], [], []];
  const clock = virtualClock();
  const plane = server(words);
  let silences = 0;
  const end = await handOver({
    ...inputOf(plane, clock, waitMs),
    onChange: ({ state, waitsFor }) => states.push(`${state} ${waitsFor}`),
    onStep: ({ step }) => steps.push(step.text),
    onStart: (rollout) => started.push(rollout),
    onSilence: () => silences++,
  });
  const { state } = end.handover;
  return { clock, asked: plane.asked, states, steps, started, silences, state, failed: end.failed };
}

const step = (text: string): HandoverStep => ({ text, state: 'done', said: '' });

describe('a merge that is handed over', () => {
  it('is told once for each place and state, however often it is asked for', async () => {
    const { states } = await heard([
      handover({ waitsFor: 2 }),
      handover({ waitsFor: 2 }),
      handover({ waitsFor: 1 }),
      handover(),
      handover({ state: 'applying' }),
      handover({ state: 'applying', waitsFor: 1 }),
      handover({ state: 'included' }),
    ]);
    expect(states).toEqual(['queued 2', 'queued 1', 'queued 0', 'applying 0', 'included 0']);
  });

  it('is asked for every two seconds, and not once more when it is over', async () => {
    const { clock, asked } = await heard([
      handover(),
      handover(),
      handover(),
      handover({ state: 'included' }),
    ]);
    expect(clock.waits).toEqual([2000, 2000, 2000]);
    expect(asked).toBe(3);
    expect((await heard([handover({ state: 'stopped' })])).asked).toBe(0);
  });

  it('is not asked for where nobody waits; what is not over then is no failure, what is over badly is', async () => {
    const queued = await heard([handover()], 0);
    expect(queued).toMatchObject({ asked: 0, state: 'queued', failed: false });
    expect(await heard([handover({ state: 'stopped' })], 0)).toMatchObject({ failed: true });
  });

  it('and never over ends with the wait, to the millisecond', async () => {
    const { clock, state, failed } = await heard([handover()], 5001);
    expect(clock.waits).toEqual([2000, 2000, 1001]);
    expect({ state, failed }).toEqual({ state: 'queued', failed: true });
  });

  it('is handed over five times at most, with longer and longer pauses', async () => {
    const clock = virtualClock();
    const given = handOver(inputOf(server([away]), clock));
    await expect(given).rejects.toBe(away);
    expect(clock.waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it('tells each step and each rollout once and in their order, whatever the server says between', async () => {
    // Nothing is started in the end, so that nothing is left to follow.
    const growth = fc.array(fc.oneof(fc.constant(away), fc.nat({ max: 3 })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(growth, async (grows) => {
        const words: (Handover | OperationError)[] = [handover()];
        let count = 0;
        for (const more of grows) {
          if (more instanceof OperationError) words.push(more);
          else {
            count += more;
            const steps = Array.from({ length: count }, (_, at) => step(`step ${at}`));
            words.push(handover({ state: 'applying', steps, started: steps.map((_, at) => `c:${at + 1}`) }));
          }
        }
        const steps = Array.from({ length: count }, (_, at) => step(`step ${at}`));
        words.push(handover({ state: 'stopped', steps, started: [] }));
        const told = await heard(words);
        expect(told.steps).toEqual(steps.map(({ text }) => text));
        expect(new Set(told.started).size).toBe(told.started.length);
        const silences = words.filter((word, at) => word === away && words[at - 1] !== away);
        expect(told.silences).toBe(silences.length);
      }),
      { numRuns: RUNS },
    );
  });
});
