import type { Clock } from '../ports/clock.ts';
import type { ServerRollout } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';

/** How often a command is given where nobody says, and how long is waited in between. */
const TRIES = 3;
const PAUSE_MS = 1000;

export interface Command {
  readonly call: () => Promise<ServerRollout>;
  readonly look: () => Promise<ServerRollout | undefined>;
  /** Whether a rollout shows that the command was carried out. */
  readonly isDone: (rollout: ServerRollout) => boolean;
  readonly clock: Clock;
  /** How often it may be given; 1 for one that people can give again, and would rather know about. */
  readonly tries?: number;
}

/**
 * Gives a command to a rollout, and looks for its effect where there is no good answer: bindplane 1.35.0 cuts off what takes longer than
 * 20 s and carries it out all the same (reference/lab-bindplane.md §2, seen for `start` with 5,000 agents). It is given again only where it
 * had no effect, so that nothing is done twice. Rejects with the OperationError of the last try.
 */
export async function carriedOut({
  call,
  look,
  isDone,
  clock,
  tries = TRIES,
}: Command): Promise<ServerRollout> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      const rollout = await look();
      if (rollout !== undefined && isDone(rollout)) return rollout;
      if (attempt >= tries) throw error;
      await clock.wait(PAUSE_MS);
    }
  }
}
