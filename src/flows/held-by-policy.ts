import { isMap } from '../core/document/node.ts';
import { policiesByName, policyUses } from '../core/rollout/policy-file/repository.ts';
import { closedWindow } from '../core/rollout/windows.ts';
import type { Clock } from '../ports/clock.ts';
import type { Review } from './review.ts';

/**
 * Why a configuration's policy does not let a job start its rollout on a BindPlane server, as a sentence without its end;
 * undefined where it does. That server knows neither windows nor approvals, and whoever wrote them down did not mean the
 * rollout to go on without them: outside its windows, or where somebody has to be asked and no stage of the server waits for
 * it, starting it is left to a person.
 */
export function heldByPolicy(
  { review, clock }: { readonly review: Review; readonly clock: Clock },
  name: string,
): string | undefined {
  const { repository } = review.head;
  const use = policyUses(repository).get(name);
  const spec = use === undefined ? undefined : policiesByName(repository).get(use.policy);
  if (spec === undefined) return undefined;
  const closed = closedWindow(spec.windows, clock.now());
  if (closed !== undefined) return `policy ${spec.name} holds it: ${closed}`;
  const asked = spec.stages?.find(({ approval }) => approval === true);
  const rollout = repository.resources.get(`Configuration/${name}`)?.spec['rollout'];
  const hasStages = isMap(rollout) && rollout['type'] === 'progressive';
  return asked === undefined || hasStages
    ? undefined
    : `policy ${spec.name} asks somebody before wave ${asked.name}, and this server has no stage that would wait`;
}
