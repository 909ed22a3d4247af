import type { Resource } from '../bindplane/resource.ts';
import type { EnvironmentVariable, AgentWorkload, Mount, Volume, Workload } from '../kubernetes/workload.ts';
import type { Container } from '../kubernetes/workload.ts';
import type { FindingGroup } from '../document/finding.ts';
import { workloadId } from './collector-workloads.ts';
import type { LintInput } from './rule.ts';

/** A variable of a container; the last one of a name wins, as in a pod. */
export function variableOf({ env }: Container, name: string): EnvironmentVariable | undefined {
  return env.findLast((candidate) => candidate.name === name);
}

/** `Deployment gateway`, in code. */
export function agentWords({ workload }: Pick<AgentWorkload, 'workload'>): string {
  return `${workload.kind} \`${workload.name}\``;
}

/** The Configurations or Fleets of a revision. */
export function resourcesOfKind({ head }: LintInput, kind: 'Configuration' | 'Fleet'): readonly Resource[] {
  return [...head.repository.resources.values()].filter((resource) => resource.kind === kind);
}

/** The mount of a container that holds a path, the longest one, with its volume. */
export function mountFor(
  path: string,
  container: Container,
  { pod }: Workload,
): { readonly mount: Mount; readonly volume: Volume | undefined } | undefined {
  const [mount] = (container.spec?.mounts ?? [])
    .filter((candidate) => path === candidate.path || path.startsWith(`${candidate.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length);
  return mount && { mount, volume: pod?.volumes.find(({ name }) => name === mount.volume) };
}

/** The variable with the key by which an agent enrols at its server. */
export const ENROLMENT_KEY = 'OPAMP_SECRET_KEY';

/** What several rules say of one such key is told together. `said` follows its name. */
export function enrolmentKeyGroup(agent: AgentWorkload, said: string): FindingGroup {
  const words = `${ENROLMENT_KEY} of ${agentWords(agent)}`;
  return { key: `${words} ${workloadId(agent.workload)}`, title: words, said };
}

/** The agents of the manifests that connect to a server as their manifests say. */
export function enrollingAgents({ head }: LintInput): readonly AgentWorkload[] {
  return head.repository.manifests.agents.filter(
    ({ distribution, endpoint }) => distribution === 'bindplane-agent' || endpoint !== undefined,
  );
}
