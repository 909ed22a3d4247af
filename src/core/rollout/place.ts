import { matches } from '../fleet/selector.ts';
import type { PolicySpec } from './policy.ts';
import type { Member } from './rollout.ts';

/** Labels that tell what an agent is there for, where a policy names none. */
const ROLE_LABELS: readonly string[] = ['role', 'app.kubernetes.io/component', 'configuration'];

/** Labels by which fleets say what fails as one, where a policy names none. */
const DOMAIN_LABELS: readonly string[] = [
  'topology.kubernetes.io/zone',
  'zone',
  'cluster',
  'k8s.cluster.name',
];

/**
 * Stage, kind and failure domain of an agent in a rollout by this policy (reference/rollouts.md §5.2: version, component set, OS and role).
 * `traits` is what besides its labels makes it differ from others.
 */
export function placeOf(
  labels: Readonly<Record<string, string>>,
  traits: readonly string[],
  spec: PolicySpec | undefined,
): Pick<Member, 'stage' | 'stratum' | 'domain'> {
  const roles = (spec?.strata ?? ROLE_LABELS).map((label) => labels[label] ?? '');
  const domain = (spec?.domainLabel === undefined ? DOMAIN_LABELS : [spec.domainLabel])
    .map((label) => labels[label])
    .find((value) => value !== undefined);
  return {
    stratum: [...traits, ...roles].join(' '),
    ...(domain === undefined ? {} : { domain }),
    ...(spec?.stages === undefined ? {} : { stage: stageFor(labels, spec.stages) }),
  };
}

/** Place of the first stage whose labels an agent has; behind all of them comes the rest. */
function stageFor(
  labels: Readonly<Record<string, string>>,
  stages: NonNullable<PolicySpec['stages']>,
): number {
  const found = stages.findIndex(({ matchLabels }) => matches(matchLabels, labels, 'everybody'));
  return found < 0 ? stages.length : found;
}
