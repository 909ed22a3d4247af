import { OperationError } from '../../src/ports/operation-error.ts';

/** A process among those that share a store. */
export interface Duty {
  /** Names this process; never used twice. */
  readonly id: string;
  /** Whether this process decides. What it decides while it only thinks so is refused by the store (REL-21). */
  readonly leads: boolean;
}

/** A process that shares its store with nobody. */
export const ALONE: Duty = { id: 'alone', leads: true };

/** Whether the store refused a decision because another process decides now. */
export function isNotLeading(error: unknown): boolean {
  return error instanceof OperationError && error.code === 'not-leading';
}
