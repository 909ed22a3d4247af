import { compareText } from '../core/document/finding.ts';
import type { Handover, HandoverStep, Merge } from '../ports/handover.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import type { ApplyEnd } from './apply.ts';
import {
  earlierRollout,
  followStarted,
  lookAt,
  type RolloutStepInput,
  type RolloutStepRun,
} from './rollout-step.ts';
import type { ToldOutcome } from './steps.ts';

/** Between two looks at a merge that waits for its turn or is applied. */
const POLL_MS = 2000;
/** How often a merge is handed over where there is no good answer; the pause before the second time, twice as long before each one after that. */
const TRIES = 5;
const FIRST_PAUSE_MS = 1000;

export interface HandOverInput extends RolloutStepInput {
  readonly merge: Merge;
  /**
   * Longest wait for the app to be done with the merge, and then again for each rollout; 0 hands it over and does not wait.
   */
  readonly waitMs: number;
  /** Told when the merge was taken, and whenever its state or its place in the queue changed. */
  readonly onChange?: (handover: Handover) => void;
  /** Told of each step once, when it ended. */
  readonly onStep?: (outcome: ToldOutcome) => void;
  /** Told when the server does not answer; not again before it has answered. */
  readonly onSilence?: (error: OperationError) => void;
}

/** How an apply ended that the app of a server carried out. */
export interface HandedOver extends ApplyEnd {
  /** As it was seen last. */
  readonly handover: Handover;
}

/** Whether the app is done with a merge; its rollouts may go on. */
export function isHandoverOver({ state }: Pick<Handover, 'state'>): boolean {
  return state !== 'queued' && state !== 'applying';
}

/**
 * Hands a merge to the app of a Collie server, waits for its end and follows the rollouts that it started. Rejects with OperationError when the
 * server does not take it or knows it no more; while it merely does not answer, it is asked again until the wait is over.
 */
export async function handOver(input: HandOverInput): Promise<HandedOver> {
  const handover = await awaitEnd(input, await given(input));
  const run: RolloutStepRun = {
    input,
    views: new Map(),
    started: [],
    unfinished: [],
    underWay: [],
    // Only a server whose app is installed on the repository takes its merges.
    origins: { reported: true },
  };
  const followed = input.waitMs === 0 ? [] : await follow(input, run, handover);
  const isGood = handover.state === 'applied' || handover.state === 'included';
  const isAwaited = isHandoverOver(handover) || input.waitMs > 0;
  return {
    handover,
    outcomes: [...handover.steps.map(outcomeOf), ...followed],
    views: [...run.views.values()].sort((a, b) => compareText(a.configuration, b.configuration)),
    started: handover.started,
    differences: handover.differences.map((name) => ({ name })),
    unfinished: run.unfinished,
    reported: true,
    failed: (isAwaited && !isGood) || followed.some(({ state }) => state === 'failed'),
  };
}

/** The same merge again gives the same answer, so that a lost one does no harm. */
async function given({ controlPlane, merge, clock }: HandOverInput): Promise<Handover> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await controlPlane.handOver(merge);
    } catch (error) {
      if (!(error instanceof OperationError) || !error.retryable || attempt >= TRIES) throw error;
      await clock.wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}

async function awaitEnd(input: HandOverInput, taken: Handover): Promise<Handover> {
  const { clock, waitMs } = input;
  const since = clock.now();
  let isSilent = false;
  tellNews(input, undefined, taken);
  for (let last = taken; ;) {
    const leftMs = since + waitMs - clock.now();
    if (isHandoverOver(last) || leftMs <= 0) return last;
    await clock.wait(Math.min(POLL_MS, leftMs));
    const now = await asked(input, last.id);
    if (now instanceof OperationError) {
      if (!isSilent) input.onSilence?.(now);
      isSilent = true;
      continue;
    }
    isSilent = false;
    tellNews(input, last, now);
    last = now;
  }
}

/** How far it is; the error where asking again can help. */
async function asked({ controlPlane }: HandOverInput, id: string): Promise<Handover | OperationError> {
  try {
    const found = await controlPlane.handover(id);
    if (found !== undefined) return found;
  } catch (error) {
    if (error instanceof OperationError && error.retryable) return error;
    throw error;
  }
  throw new OperationError({
    code: 'not-found',
    message: `The control plane does not know the merge any more that it took as ${id}`,
    hint: 'Run the job again: it is handed over anew',
  });
}

function tellNews(input: HandOverInput, before: Handover | undefined, now: Handover): void {
  const isMoved = now.state === 'queued' && before?.waitsFor !== now.waitsFor;
  if (before?.state !== now.state || isMoved) input.onChange?.(now);
  for (const step of now.steps.slice(before?.steps.length ?? 0)) input.onStep?.(outcomeOf(step));
  const known = new Set(before?.started);
  for (const rollout of now.started) if (!known.has(rollout)) input.onStart?.(rollout);
}

function outcomeOf({ text, state, said }: HandoverStep): ToldOutcome {
  return { step: { text }, state, text: said };
}

/** Follows what was started, all beside each other, and looks at what the merge brought and was started before. */
async function follow(
  input: HandOverInput,
  run: RolloutStepRun,
  { state, started, steps }: Handover,
): Promise<readonly ToldOutcome[]> {
  const tell = async (text: string, perform: Promise<Omit<ToldOutcome, 'step'>>): Promise<ToldOutcome> => {
    const end = await perform.catch((error: unknown) => ({
      state: 'failed' as const,
      text: errorText(error),
    }));
    const told = { step: { text }, ...end };
    input.onStep?.(told);
    return told;
  };
  const rollouts = started.map(versionOf);
  const known = new Set([
    ...rollouts.map(({ name }) => `roll out ${name}`),
    ...steps.map(({ text }) => text),
  ]);
  const brought = state === 'applied' && input.rollout === 'auto' ? input.review.brought : [];
  const earlier = brought
    .filter((name) => !known.has(`roll out ${name}`))
    .map(earlierRollout)
    .filter(({ text }) => !known.has(text));
  return Promise.all([
    ...rollouts.map(({ name, version }) =>
      tell(`wait for the rollout of ${name}`, followStarted(run, name, version)),
    ),
    ...earlier.map((step) => tell(step.text, lookAt(run, step))),
  ]);
}

/** `name:version`. */
function versionOf(rollout: string): { readonly name: string; readonly version: number } {
  const at = rollout.lastIndexOf(':');
  return { name: rollout.slice(0, at), version: Number(rollout.slice(at + 1)) };
}
