import { targetOfCollector } from './collectors.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import type { Agent } from '../fleet/agent.ts';
import { desiredConfiguration, fleetConfiguration } from '../fleet/assignment.ts';
import { selectorOf } from '../fleet/selector.ts';
import type { EmptySelector } from '../fleet/selector.ts';
import type { Reach, Target } from '../fleet/target.ts';
import type { AgentWorkload } from '../kubernetes/workload.ts';
import type { LoadedRepository } from './load.ts';

/** The part of a repository that says who gets what. */
export interface Targeting {
  readonly resources: LoadedRepository['resources'];
  readonly manifests: Pick<LoadedRepository['manifests'], 'agents'>;
  readonly collectors: LoadedRepository['collectors'];
}

/**
 * Who receives each config, by key.
 *
 * With `emptySelector: 'everybody'` (a BindPlane server) a configuration without a selector reaches every agent, also those that
 * another configuration is assigned to: `rollout start` takes all that the selector matches (measured on bindplane 1.35.0).
 * @param agents live agents; undefined when no control plane and no inventory is known
 */
export function targetsOf(
  repository: Targeting,
  agents?: readonly Agent[],
  emptySelector: EmptySelector = 'nobody',
): ReadonlyMap<ConfigKey, Target> {
  const configurations = ofKind(repository, 'Configuration');
  const fleets = ofKind(repository, 'Fleet');
  const assigned = (labels: Readonly<Record<string, string>>): ResourceKey | undefined =>
    desiredConfiguration(labels, { configurations, fleets })?.configuration.key;
  const workloads = group(repository.manifests.agents, (agent) => assigned(agent.labels));
  const live = agents && group(agents, (agent) => assigned(agent.labels));
  const targets = new Map<ConfigKey, Target>();
  for (const { key, name, spec } of configurations) {
    const selector = selectorOf(spec);
    const all = selector === undefined && emptySelector === 'everybody';
    targets.set(key, {
      configuration: key,
      ...(selector && { selector }),
      fleets: fleets.filter((fleet) => fleetConfiguration(fleet) === name).map((fleet) => fleet.key),
      workloads: all ? repository.manifests.agents : (workloads.get(key) ?? []),
      ...(agents && { agents: all ? agents : (live?.get(key) ?? []) }),
    });
  }
  for (const collector of repository.collectors.values()) {
    targets.set(collector.key, targetOfCollector(collector));
  }
  return targets;
}

/** How many a target reaches: live agents where they are known, else workloads of the repository. */
export function reachOf(target: Target): Reach {
  return target.agents === undefined
    ? { count: target.workloads.length, unit: 'workloads' }
    : { count: target.agents.length, unit: 'agents' };
}

function ofKind(repository: Targeting, kind: 'Configuration' | 'Fleet'): readonly Resource[] {
  return [...repository.resources.values()].filter((resource) => resource.kind === kind);
}

function group<T extends AgentWorkload | Agent>(
  items: readonly T[],
  keyOf: (item: T) => ResourceKey | undefined,
): ReadonlyMap<ResourceKey, readonly T[]> {
  const groups = new Map<ResourceKey, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}
