import type { Rollout } from '../../src/core/rollout/rollout.ts';
import { isEven, type EvenClock } from '../../src/io/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Differences that are no news: clocks are set by less than that all the time. */
const TOLERATED_MS = 1000;

export interface ClockKeeperParts {
  readonly clock: EvenClock;
  /** Rollouts that are not settled. */
  readonly rollouts: () => Promise<readonly Rollout[]>;
  readonly log: { warn(message: string): void };
}

/** What keeps this clock: nothing where it is another one than the app's own. */
export function clockKeepers(clock: Clock, parts: Omit<ClockKeeperParts, 'clock'>): readonly ClockKeeper[] {
  return isEven(clock) ? [new ClockKeeper({ clock, ...parts })] : [];
}

/**
 * Follows the machine's clock when it was set, but not while anything is timed: rollouts under way go on by the time that they began with, and
 * whoever reads the log is told (REL-20). A restart takes the machine's time over at once.
 */
export class ClockKeeper {
  readonly #parts: ClockKeeperParts;
  #told = false;

  constructor(parts: ClockKeeperParts) {
    this.#parts = parts;
  }

  /** To be called about once a second. Where the store does not answer, nothing is known to be over: the next second looks again. */
  tick(): void {
    void this.look().catch(() => undefined);
  }

  /** One look; rejects with the store's error. */
  async look(): Promise<void> {
    const { clock, rollouts, log } = this.#parts;
    if (Math.abs(clock.aheadMs()) < TOLERATED_MS) {
      this.#told = false;
      return;
    }
    if (!(await rollouts()).some(isTimed)) {
      clock.takeOver();
      this.#told = false;
    } else if (!this.#told) {
      this.#told = true;
      const [before, after] = [clock.now(), clock.now() + clock.aheadMs()].map(dateText);
      log.warn(
        `the machine's clock was set from ${before} to ${after}; rollouts under way go on by the time before`,
      );
    }
  }
}

/** Whether anything of it is over at some time: a soak, a deadline, the way back of an agent. */
function isTimed({ state, members }: Rollout): boolean {
  return (
    ['started', 'rolling-back'].includes(state) || members.some((member) => member.state === 'restoring')
  );
}

function dateText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
