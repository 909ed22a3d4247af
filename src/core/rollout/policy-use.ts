import type { JsonMap } from '../document/node.ts';
import { POLICY_LABEL } from './policy.ts';

/** A Configuration or a Fleet, as far as it says which policy counts. */
export interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: JsonMap;
}

/** Who names a policy, and which. */
export interface PolicyUse<T extends Labelled> {
  readonly policy: string;
  readonly by: T;
}

/**
 * The policy of a Configuration's rollouts: the one that its own label `rollout-policy` names, else that of the first fleet
 * that gives it to agents. Undefined where nobody names one: then the built-in policy counts.
 */
export function policyOf<T extends Labelled>(
  configuration: string,
  configurations: readonly T[],
  fleets: readonly T[],
): PolicyUse<T> | undefined {
  const own = configurations.find(({ name }) => name === configuration);
  const giving = fleets.filter(({ spec }) => spec['configuration'] === configuration);
  return [...(own === undefined ? [] : [own]), ...giving].flatMap((by) => policyNamedBy(by) ?? [])[0];
}

/** The policy that one Configuration or Fleet names. */
export function policyNamedBy<T extends Labelled>(by: T): PolicyUse<T> | undefined {
  const policy = Object.hasOwn(by.labels, POLICY_LABEL) ? by.labels[POLICY_LABEL] : undefined;
  return policy === undefined || policy === '' ? undefined : { policy, by };
}
