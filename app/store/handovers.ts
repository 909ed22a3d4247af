import type { HandoverState, HandoverStep, Merge } from '../../src/ports/handover.ts';

/** A merge that was handed over, as it is kept. Times are milliseconds since the epoch. */
export interface StoredHandover extends Merge {
  readonly id: string;
  readonly state: HandoverState;
  /** Who handed it over, and what that allowed: nothing is applied that they could not have applied themselves. */
  readonly by: string;
  readonly scopes: readonly string[];
  readonly at: number;
  readonly endedAt?: number;
  /** How often it was begun. */
  readonly attempts: number;
  readonly pullRequest?: number;
  readonly includedIn?: string;
  readonly reason?: string;
  readonly sentence?: string;
  readonly steps: readonly HandoverStep[];
  readonly started: readonly string[];
  readonly differences: readonly string[];
}

/** How far a branch was worked off. */
export interface BranchState {
  /** `owner/name`, in lower case. */
  readonly repository: string;
  readonly branch: string;
  /** The newest commit that was begun, whatever came of it: nothing before it is begun any more (INV-11). */
  readonly commit: string;
  /** What the server has of the branch: the commit itself, or an earlier one where what came since failed or is under way. */
  readonly base: string;
  /** From here on every commit up to `commit` was worked off; nothing is known of those before. */
  readonly first: string;
}

/** Merges that were handed over. */
export interface HandoverTable {
  /** Keeps one, or what became of it; new ones are behind all others. */
  put(handover: StoredHandover): Promise<void>;
  get(id: string): Promise<StoredHandover | undefined>;
  /** Those that are not over, in the order in which they came. */
  open(): Promise<readonly StoredHandover[]>;
  /** The newest, newest first. */
  recent(limit: number): Promise<readonly StoredHandover[]>;
  /** Forgets those that are over but for the newest `kept`. */
  prune(kept: number): Promise<void>;
  /** Repositories are told apart without regard to case, as GitHub does. */
  branch(repository: string, branch: string): Promise<BranchState | undefined>;
  putBranch(state: BranchState): Promise<void>;
}

/** Whether nothing more becomes of it. */
export function isOver({ state }: Pick<StoredHandover, 'state'>): boolean {
  return state !== 'queued' && state !== 'applying';
}
