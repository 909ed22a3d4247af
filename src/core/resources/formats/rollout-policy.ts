import { textAt } from '../../document/node.ts';
import type { DocumentFormat } from './format.ts';

/** The version of policy documents that there is; one may leave it out. */
const API_GROUP = /^collie\.dev\//;

const KIND = /^["']?kind["']?\s*:\s*["']?RolloutPolicy["']?\s*$/m;

/** Whether a text that could not be parsed was meant to hold a policy. */
export function looksLikePolicy(text: string): boolean {
  return KIND.test(text);
}

/**
 * Rollout policies (schemas/rollout-policy.schema.json). A document is only recognised here: what it says is read by
 * `core/rollout/policy-file`, which knows rollouts. A kind of that name in another API group is not ours.
 */
export const rolloutPolicy: DocumentFormat = {
  id: 'rollout-policy',
  title: 'rollout policies',
  claims: (root) => {
    const apiVersion = textAt(root, 'apiVersion');
    return (
      textAt(root, 'kind') === 'RolloutPolicy' && (apiVersion === undefined || API_GROUP.test(apiVersion))
    );
  },
  read: (root) => ({ policy: root }),
};
