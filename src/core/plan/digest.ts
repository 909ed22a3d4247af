import { withoutHeader } from '../diff/configs.ts';
import type { ResourceChange } from '../diff/resources.ts';
import { canonicalJson, sha256 } from '../document/digest.ts';
import { realChanges } from './changes.ts';
import { policyDigest } from './policies.ts';
import type { PolicyChange } from './policy-change.ts';
import type { ConfigurationPlan, Step } from './plan.ts';

/**
 * SHA-256 over changes, rendered bytes without their headers (which carry a version), selectors and the order of steps (see the contract in plan.ts); not
 * over agents, findings or times.
 */
export function planDigest(
  changes: readonly ResourceChange[],
  configurations: readonly ConfigurationPlan[],
  steps: readonly Step[],
  policies: readonly PolicyChange[] = [],
): string {
  return sha256(
    canonicalJson({
      changes: realChanges(changes).map(({ action, key, after }) => ({
        action,
        key,
        digest: after?.digest ?? '',
      })),
      // Left out where there is none, so that digests of plans without policies stay what they were.
      ...(policies.length > 0 && {
        policies: policies.map(({ action, name, after }) => ({ action, name, digest: policyDigest(after) })),
      }),
      configurations: configurations.map(({ key, after, target }) => ({
        key,
        render: after === undefined ? '' : sha256(withoutHeader(after.text)),
        selector: target.selector ?? {},
        fleets: [...target.fleets],
      })),
      // Whether there is a rollout, and whether agents are waited for, is a matter of who is connected.
      steps: steps
        .filter(
          ({ kind }) => kind === 'apply' || kind === 'delete' || kind === 'external' || kind === 'policy',
        )
        .map(({ id, command }) => ({ id, command: command ?? '' })),
    }),
  );
}
