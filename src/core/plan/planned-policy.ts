import { retryHorizonMs, topologyOf } from '../rollout/flows/topology.ts';
import { foreseenPolicy, membersFrom, outlook } from '../rollout/outlook.ts';
import { policiesByName, policyUses } from '../rollout/policy-file/repository.ts';
import type { PolicyTimings } from '../rollout/policy.ts';
import type { LoadedView } from '../resources/view.ts';
import type { ConfigurationPlan, PlannedPolicy } from './plan.ts';
import type { ServerPolicies } from './policies.ts';

/**
 * Configurations with how they are rolled out: the policy that each names, and its waves over the agents that are known. A
 * server that keeps no policies chooses agents itself, so nothing is foreseen of it.
 */
export function withPolicies(
  configurations: readonly ConfigurationPlan[],
  head: LoadedView,
  server: { readonly policies?: ServerPolicies; readonly timings?: PolicyTimings } | undefined,
): readonly ConfigurationPlan[] {
  const uses = policyUses(head.repository);
  const specs = policiesByName(head.repository);
  const choosesItself = server !== undefined && server.policies === undefined;
  return configurations.map((configuration) => {
    const { name, rollout, delivery, target, after } = configuration;
    if (!rollout || delivery !== undefined || after === undefined) return configuration;
    const named = uses.get(name)?.policy;
    const spec = named === undefined ? undefined : specs.get(named);
    const agents = target.agents ?? [];
    // What a policy that only the server has says is not known here.
    const isKnown = named === undefined ? server !== undefined : spec !== undefined;
    const foreseen = isKnown && !choosesItself && agents.length > 0;
    const planned = foreseen
      ? outlook(
          foreseenPolicy(spec, agents.length, retryHorizonMs(topologyOf(after.tree)), server?.timings),
          membersFrom(agents, spec),
        )
      : undefined;
    if (named === undefined && planned === undefined) return configuration;
    const policy: PlannedPolicy = {
      ...(named !== undefined && { name: named }),
      ...(planned && { outlook: planned }),
    };
    return { ...configuration, policy };
  });
}
