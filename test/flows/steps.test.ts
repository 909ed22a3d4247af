import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/core/plan/plan.ts';
import { performSteps, type StepState } from '../../src/flows/steps.ts';

const step = (id: string, after: readonly string[] = [], kind: Step['kind'] = 'apply'): Step => ({
  id,
  kind,
  text: id,
  after,
});

async function states(
  steps: readonly Step[],
  failing: readonly string[],
): Promise<Record<string, StepState>> {
  const outcomes = await performSteps(
    steps,
    async ({ id }) => (failing.includes(id) ? Promise.reject(new Error('no')) : { state: 'done', text: '' }),
    String,
  );
  return Object.fromEntries(outcomes.map(({ step: { id }, state }) => [id, state]));
}

describe('steps', () => {
  it('behind one that failed are skipped, all others are done', async () => {
    const steps = [step('a'), step('b', ['a']), step('c', ['b']), step('d'), step('e', ['d'])];
    expect(await states(steps, ['a'])).toEqual({
      a: 'failed',
      b: 'skipped',
      c: 'skipped',
      d: 'done',
      e: 'done',
    });
  });

  it('are told as they end, those that failed by a rejection and those that were skipped too', async () => {
    const told: string[] = [];
    await performSteps(
      [step('a'), step('b', ['a']), step('c')],
      async ({ id }) => (id === 'a' ? Promise.reject(new Error('no')) : { state: 'done', text: '' }),
      String,
      ({ step: { id }, state }) => told.push(`${id} ${state}`),
    );
    expect(told).toEqual(['a failed', 'b skipped', 'c done']);
  });

  it('of rollouts run beside each other, but never before what they wait for', async () => {
    const order: string[] = [];
    let release = (): void => undefined;
    const gateway = new Promise<void>((done) => {
      release = done;
    });
    const steps = [
      step('gateway', [], 'rollout'),
      step('node', ['gateway'], 'rollout'),
      step('other', [], 'rollout'),
    ];
    await performSteps(
      steps,
      async ({ id }) => {
        order.push(`${id} starts`);
        if (id === 'gateway') await gateway;
        if (id === 'other') release();
        order.push(`${id} ends`);
        return { state: 'done', text: '' };
      },
      String,
    );
    expect(order).toEqual([
      'gateway starts',
      'other starts',
      'other ends',
      'gateway ends',
      'node starts',
      'node ends',
    ]);
  });

  it('that somebody else does hold up nobody', async () => {
    const outcomes = await performSteps(
      [step('kubectl', [], 'external'), step('rollout', ['kubectl'], 'rollout')],
      async ({ id }) => ({ state: id === 'kubectl' ? 'external' : 'done', text: '' }),
      String,
    );
    expect(outcomes.map(({ state }) => state)).toEqual(['external', 'done']);
  });
});
