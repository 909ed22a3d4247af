import { placeText } from '../core/document/finding.ts';
import type { Step } from '../core/plan/plan.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Review } from './review.ts';
import type { StepOutcome } from './steps.ts';

/** What the policies of an apply are brought to. */
export interface PolicyStepInput {
  readonly review: Review;
  readonly controlPlane: Pick<ControlPlane, 'putPolicy' | 'deletePolicy'>;
  readonly prune: boolean;
}

/**
 * Sends one policy of the plan to the server, or deletes it there. Only what is merged is ever applied, so that nobody
 * changes the rules of a rollout in a pull request that is not. Rejects as the control plane does.
 */
export async function policyStep(
  { review, controlPlane, prune }: PolicyStepInput,
  step: Step,
): Promise<Omit<StepOutcome, 'step'>> {
  const change = review.plan.policies?.find(({ name }) => name === step.policy);
  const name = step.policy ?? '';
  const where = step.at === undefined ? '' : `${placeText(step.at)}: `;
  if (change?.unread === true) return { state: 'failed', text: `${where}policy ${name} cannot be read` };
  if (change === undefined) return { state: 'failed', text: `${where}the plan has no policy ${name}` };
  if (change.action === 'delete' && !prune) {
    return { state: 'external', text: 'kept on the server: prune is off' };
  }
  try {
    if (change.after === undefined) {
      const isGone = await controlPlane.deletePolicy(name);
      return isGone
        ? { state: 'done', text: 'deleted' }
        : { state: 'unchanged', text: 'it was gone already' };
    }
    const status = await controlPlane.putPolicy(name, change.after);
    return status === 'unchanged'
      ? { state: 'unchanged', text: 'the server has it already' }
      : { state: 'done', text: status };
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'not-supported') throw error;
    const text = 'this server keeps no policies; Collie goes by them where it drives its rollouts';
    return { state: 'external', text };
  }
}
