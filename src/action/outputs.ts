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

/**
 * Words of the output `reason-code` and what each means. Beside them stand the codes of what could not be reached or read (`unreachable`,
 * `unauthorized`, `unknown-revision`, …): OperationError's.
 */
export const REASONS = {
  changes: 'a plan with changes, fine so far',
  'no-changes': 'nothing to change',
  'no-findings': 'lint found nothing that fails the job',
  findings: 'findings at or above `fail-on`',
  'server-not-asked': 'the control plane did not answer; the plan is of the files alone',
  'not-told': 'GitHub did not take comment or status although the token may',
  applied: 'applied, and rolled out where that was asked for',
  included: 'the app worked off a later merge already that has this one in it',
  'handed-over': 'handed over to the app, which goes on by itself; `wait` is 0',
  'handover-unfinished': 'the app was not done with the merge after `wait`; it goes on by itself',
  'apply-failed': 'a step of the apply failed',
  'gate-zero': 'applied, but the server renders something else than was reviewed: no rollout',
  'rollout-failed': 'a rollout stopped, failed or was rolled back',
  'rollout-unfinished': 'a rollout was not over after `wait`',
  'not-reviewed': '`require-reviewed` is set and nobody reviewed this',
  'plan-differs': 'what would be applied is not what was reviewed',
  'new-errors': 'more errors than were shown in the review',
  'not-applyable': 'the files cannot be applied as they are written',
  'not-on-branch': 'the commit is not on the branch, or not any more',
  stopped: 'the app did not apply it, for a reason that this version has no word for; the sentence says it',
  'wrong-usage': 'an input that means nothing, or that this event cannot do',
  'untrusted-checkout': "under an event with secrets a stranger's commit is checked out",
  cancelled: 'somebody cancelled the job',
  defect: 'a defect of Collie; the log has the place',
} as const;

export type Reason = keyof typeof REASONS;
