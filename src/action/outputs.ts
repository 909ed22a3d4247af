import type { Plan } from '../core/plan/plan.ts';
import type { Published } from '../flows/publish.ts';

/** Outputs of the Action by name, all texts; `action.yml` says what each means. */
export type Outputs = Readonly<Record<string, string>>;

function count(plan: Plan, action: string): number {
  return plan.changes.filter((change) => change.action === action).length;
}

/** What every plan puts out. */
export function planOutputs(plan: Plan, published: Pick<Published, 'commentUrl' | 'cuts'>): Outputs {
  const creates = count(plan, 'create');
  const updates = count(plan, 'update');
  const deletes = count(plan, 'delete');
  const affected = plan.configurations
    .filter(({ rollout }) => rollout)
    .reduce((sum, { reach }) => sum + reach.count, 0);
  return {
    changes: String(creates + updates + deletes),
    creates: String(creates),
    updates: String(updates),
    deletes: String(deletes),
    'affected-agents': String(affected),
    risk: plan.risk.level,
    'plan-id': plan.digest,
    ...commentOutputs(published.commentUrl),
    truncated: String(published.cuts.length > 0),
  };
}

/** What names the comment that a run wrote; empty where it wrote none. */
export function commentOutputs(url: string = ''): Outputs {
  return { 'comment-url': url, 'comment-id': /#issuecomment-(\d+)$/.exec(url)?.[1] ?? '' };
}
