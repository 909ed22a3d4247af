import type { Finding } from '../../document/finding.ts';
import { resourcesGroup } from '../gateways.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const resourcesRule: Rule = {
  id: 'K8S-005',
  severity: 'warning',
  summary: 'A collector without resource requests or without a memory limit',
  docs: 'Without requests the scheduler puts it on a full node, and it is the first to be evicted. Without a memory limit a burst takes the memory of everything else on the node, and `memory_limiter` by percentage means the memory of the node. A CPU limit is not asked for: it only slows down.',
  check: (_input, cluster) =>
    [...cluster.workloads, ...cluster.made].flatMap((workload) =>
      workload.containers.flatMap(({ spec, init, name }): readonly Finding[] => {
        if (spec === undefined || init) return [];
        if (!isCollector(name, workload.containers.length, cluster.runningIn(workload))) return [];
        const { requests, limits } = spec;
        const none = [requests.cpu, requests.memory, limits.cpu, limits.memory].every(
          (one) => one === undefined,
        );
        const said = none ? 'no resources' : limits.memory === undefined ? 'no memory limit' : undefined;
        if (said === undefined) return [];
        return [
          {
            rule: resourcesRule.id,
            severity: 'warning',
            message: `container \`${name}\` of ${workloadWords(workload)} has ${said === 'no resources' ? 'neither resource requests nor limits' : said}`,
            at: spec.at,
            group: resourcesGroup(workload, cluster, said),
          },
        ];
      }),
    ),
};

/** Of several containers only those that are known to run a collector. */
function isCollector(
  name: string,
  count: number,
  running: readonly { readonly container?: { readonly name: string } }[],
): boolean {
  return count === 1 || running.length === 0 || running.some(({ container }) => container?.name === name);
}
