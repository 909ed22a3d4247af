import { OperationError } from '../../src/ports/operation-error.ts';
import type { Store } from '../store/store.ts';

/** A process among those that share a store. */
export interface Duty {
  /** Names this process; never used twice. */
  readonly id: string;
  /** Whether this process decides. What it decides while it only thinks so is refused by the store (REL-21). */
  readonly leads: boolean;
  /** Another number each time that this process takes the lease anew; undefined while it does not hold it. */
  readonly term?: number | undefined;
}

/** A process that shares its store with nobody. */
export const ALONE: Duty = { id: 'alone', leads: true };

/** Whether the store refused a decision because another process decides now. */
export function isNotLeading(error: unknown): boolean {
  return error instanceof OperationError && error.code === 'not-leading';
}

/**
 * Holds decisions to the lease under which they were begun. A process that stood still may have lost the lease meanwhile and taken it again: the
 * store then lets it decide, but what it read before is older than what others decided in between (REL-21).
 */
export class Term {
  readonly #duty: Duty;
  #begun: number | undefined;

  constructor(duty: Duty) {
    this.#duty = duty;
  }

  /** What is read from now on may be decided upon for as long as the lease stays here. */
  begin(): void {
    this.#begun = this.#duty.term;
  }

  /** A store whose transactions reject with `not-leading` where the lease was lost since `begin`. */
  over(store: Store): Store {
    return {
      ...store,
      transaction: (work) =>
        store.transaction(async (tables) => {
          if (this.#duty.term === this.#begun) return work(tables);
          throw new OperationError({
            code: 'not-leading',
            message: 'Another replica of this server decided meanwhile; nothing was changed',
            hint: 'Send the request again',
            retryable: true,
          });
        }),
    };
  }
}
