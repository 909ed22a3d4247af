import { queueStorage } from '../../collector/destinations.ts';
import { isMap } from '../../document/node.ts';
import type { Finding } from '../../document/finding.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import { agentWords, mountFor, variableOf } from '../agents.ts';
import type { Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const lostStateRule: Rule = {
  id: 'BPA-010',
  severity: 'notice',
  summary: 'An agent that loses its identity, or data it has not sent yet, with its pod',
  docs: 'The agent writes its id to MANAGER_YAML_PATH. On an `emptyDir` the file is gone with the pod: each new pod is a new agent to the server, and old ones stay in its list until they are cleaned up. What waits in a persistent queue there is lost too. Use a `hostPath` (DaemonSet) or a claim (StatefulSet), or live with it and say so.',
  check: ({ head }, cluster) => head.repository.manifests.agents.flatMap((agent) => lost(agent, cluster)),
};

function lost(agent: AgentWorkload, cluster: Cluster): readonly Finding[] {
  const { managerPath, workload, container } = agent;
  if (managerPath === undefined) return [];
  const found = mountFor(managerPath.value, container, workload);
  if (found?.volume?.kind !== 'emptyDir') return [];
  const named = variableOf(container, 'OPAMP_AGENT_ID') !== undefined;
  const queued = cluster
    .runningIn(workload)
    .flatMap(({ components }) => components)
    .some(
      ({ class: section, body }) =>
        section === 'exporters' && isMap(body) && queueStorage(body) !== undefined,
    );
  if (named && !queued) return [];
  const what = [
    ...(named ? [] : ['its id (each new pod is a new agent to the server)']),
    ...(queued ? ['what its persistent queue holds'] : []),
  ];
  return [
    {
      rule: lostStateRule.id,
      severity: 'notice',
      message: `${agentWords(agent)} loses with its pod ${what.join(' and ')}: volume \`${found.mount.volume}\` is an emptyDir`,
      at: found.volume.at,
    },
  ];
}
