import { topologyOf, retryHorizonMs } from '../rollout/flows/topology.ts';
import { foreseenPolicy, membersFrom, outlook, type Outlook } from '../rollout/outlook.ts';
import { policiesOf, policyUses, type WrittenPolicy } from '../rollout/policy-file/repository.ts';
import type { PolicySpec } from '../rollout/policy.ts';
import type { Member, RolloutPolicy } from '../rollout/rollout.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';
import { rendersOf } from './rule.ts';
import type { LintInput } from './rule.ts';

/** A Configuration that names a sound policy of the repository, and what becomes of it. */
export interface PolicedConfiguration {
  readonly rendered: RenderedConfiguration;
  readonly policy: WrittenPolicy;
  readonly spec: PolicySpec;
  /** Longest time that an exporter of it tries again: Infinity where one never stops, 0 where none does. */
  readonly retryMs: number;
  /** As the engine goes about it; for one agent where the agents are not known. */
  readonly planned: RolloutPolicy;
  /** The agents that get it now; absent where no control plane and no inventory says. */
  readonly members?: readonly Member[];
  readonly outlook?: Outlook;
}

/** The Configurations that rules look into and that name a sound policy, in the order of names. */
export function policedConfigurations(input: LintInput): readonly PolicedConfiguration[] {
  const { repository, targets } = input.head;
  if (repository.policyDocuments.length === 0) return [];
  const uses = policyUses(repository);
  const sound = new Map(
    policiesOf(repository)
      .flatMap((policy) => (policy.spec === undefined ? [] : [[policy.spec.name, policy] as const]))
      .toReversed(),
  );
  return rendersOf(input).flatMap((rendered): readonly PolicedConfiguration[] => {
    if (rendered.resource === undefined) return [];
    const policy = sound.get(uses.get(rendered.name)?.policy ?? '');
    if (policy?.spec === undefined) return [];
    const { spec } = policy;
    const agents = targets.get(rendered.key)?.agents;
    const retryMs = retryHorizonMs(topologyOf(rendered.config.tree));
    const planned = foreseenPolicy(spec, agents?.length ?? 1, retryMs);
    const common = { rendered, policy, spec, retryMs, planned };
    if (agents === undefined) return [common];
    const members = membersFrom(agents, spec);
    return [{ ...common, members, outlook: outlook(planned, members) }];
  });
}
