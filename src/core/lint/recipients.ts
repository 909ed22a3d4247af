import type { ConfigKey } from '../fleet/config-key.ts';
import type { Distribution } from '../collector/distribution.ts';
import type { Agent } from '../fleet/agent.ts';
import type { AgentWorkload } from '../kubernetes/workload.ts';
import type { LintInput } from './rule.ts';

/** Somebody who will get a config, and what is known of the collector there. */
export interface Recipient {
  readonly name: string;
  readonly distribution: Distribution;
  /** The distribution's own version. */
  readonly version: string;
  /** The version of the collector inside. */
  readonly collector: string;
  readonly workload?: AgentWorkload;
  readonly agent?: Agent;
}

/**
 * Whose version is known among those that get a configuration: live agents, and workloads of the repository that no live agent stands for.
 * A live agent whose workload gets another image by this change counts with that image, because the pods are replaced first.
 * Where nobody's version is known, the collector version that was asked for stands in.
 */
export function recipientsOf(input: LintInput, key: ConfigKey): readonly Recipient[] {
  const target = input.head.targets.get(key);
  return recipients(input, target?.agents ?? [], target?.workloads ?? []);
}

/** Everybody whose version is known, whatever configuration they get. */
export function allRecipients(input: LintInput): readonly Recipient[] {
  return recipients(input, input.head.agents ?? [], input.head.repository.manifests.agents);
}

function recipients(
  input: LintInput,
  agents: readonly Agent[],
  workloads: readonly AgentWorkload[],
): readonly Recipient[] {
  const ofAgents = agents.flatMap((agent) => {
    const owners = workloads.filter((candidate) => standsFor(agent, candidate));
    const upgraded = owners.find((candidate) => isUpgraded(input, candidate));
    const known = recipient(input, agent.name, agent.distribution, upgraded?.version ?? agent.version);
    // A manifest with another version than its agents have says nothing about where theirs comes from.
    const workload = upgraded ?? owners.find(({ version }) => version === agent.version);
    return known === undefined ? [] : [{ ...known, agent, ...(workload && { workload }) }];
  });
  const ofWorkloads = workloads.flatMap((workload) => {
    if (workload.version === undefined || agents.some((agent) => standsFor(agent, workload))) return [];
    const known = recipient(input, workload.workload.name, workload.distribution, workload.version);
    return known === undefined ? [] : [{ ...known, workload }];
  });
  const known = [...ofAgents, ...ofWorkloads];
  const { collectorVersion } = input;
  if (known.length > 0 || collectorVersion === undefined) return known;
  const name = `a collector ${collectorVersion}`;
  return [{ name, distribution: 'unknown', version: collectorVersion, collector: collectorVersion }];
}

function recipient(
  input: LintInput,
  name: string,
  distribution: Distribution,
  version: string,
): Recipient | undefined {
  const collector = input.catalogue.collectorVersion(distribution, version);
  return collector === undefined ? undefined : { name, distribution, version, collector };
}

/** Whether a live agent is a pod of a workload: it carries every label that the manifest gives it. */
export function standsFor(agent: Agent, { labels }: AgentWorkload): boolean {
  const wanted = Object.entries(labels);
  return wanted.length > 0 && wanted.every(([name, value]) => agent.labels[name] === value);
}

function isUpgraded(input: LintInput, { workload, version }: AgentWorkload): boolean {
  const before = input.base?.repository.manifests.agents.find((agent) => agent.workload.key === workload.key);
  return before !== undefined && version !== undefined && before.version !== version;
}

/** `agent 1.80.1 (collector 0.129.0)`, or `collector 0.129.0` where both are one. */
export function versionWords({
  distribution,
  version,
  collector,
}: Pick<Recipient, 'distribution' | 'version' | 'collector'>): string {
  return distribution === 'bindplane-agent'
    ? `agent ${version} (collector ${collector})`
    : `collector ${collector}`;
}
