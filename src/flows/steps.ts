import type { Step } from '../core/plan/plan.ts';

/**
 * How a step ended: `done` changed something, `unchanged` found it as wanted, `external` is somebody else's to do, `skipped` waited for one
 * that did not succeed.
 */
export type StepState = 'done' | 'unchanged' | 'external' | 'failed' | 'skipped';

export interface StepOutcome {
  readonly step: Step;
  readonly state: StepState;
  /** What happened, in a sentence; with the words of the server where it refused. */
  readonly text: string;
}

/** As much of an outcome as people are told: all that is known of a step that somebody else carried out. */
export interface ToldOutcome extends Omit<StepOutcome, 'step'> {
  readonly step: Pick<Step, 'text'>;
}

/** Performs one step. A rejection counts as failed. */
export type Perform = (step: Step) => Promise<Omit<StepOutcome, 'step'>>;

function allowsNext(outcome: StepOutcome): boolean {
  return outcome.state === 'done' || outcome.state === 'unchanged' || outcome.state === 'external';
}

/**
 * Performs steps in their order, each once all its `after` have ended; a step behind one that failed or was skipped is skipped.
 * Rollouts and waits for agents run beside each other as far as their edges allow, everything else one after the other. `onEnd` is told of each as it ends. Never
 * rejects.
 */
export async function performSteps(
  steps: readonly Step[],
  perform: Perform,
  textOf: (error: unknown) => string,
  onEnd: (outcome: StepOutcome) => void = () => undefined,
): Promise<readonly StepOutcome[]> {
  const ended = new Map<string, Promise<StepOutcome>>();
  const run = async (step: Step): Promise<StepOutcome> => {
    const before = await Promise.all(step.after.flatMap((id) => ended.get(id) ?? []));
    const blocker = before.find((outcome) => !allowsNext(outcome));
    if (blocker !== undefined) {
      return { step, state: 'skipped', text: `not done, because \`${blocker.step.text}\` did not succeed` };
    }
    try {
      return { step, ...(await perform(step)) };
    } catch (error) {
      return { step, state: 'failed', text: textOf(error) };
    }
  };
  for (const step of steps) {
    const outcome = run(step).then((end) => {
      onEnd(end);
      return end;
    });
    ended.set(step.id, outcome);
    if (step.kind !== 'rollout' && step.kind !== 'await-agents') await outcome;
  }
  return Promise.all(steps.map((step) => ended.get(step.id) ?? run(step)));
}
