import type { SourceRange } from '../document/finding.ts';
import type { JsonMap } from '../document/node.ts';

/** One place at which a policy says something else; absent on a side where it says nothing there. Texts for people. */
export interface PolicyField {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** A rollout policy that is to be created, changed or deleted. */
export interface PolicyChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly name: string;
  /** Documents as Collie writes them: two that say the same are the same. */
  readonly before?: JsonMap;
  readonly after?: JsonMap;
  readonly fields: readonly PolicyField[];
  /** Its file says something that cannot be read: a plan with it is not applyable, and it is no plan without changes. */
  readonly unread?: true;
  /** Configurations of head whose rollouts go by it, by name. */
  readonly users: readonly string[];
  readonly at?: SourceRange;
}
