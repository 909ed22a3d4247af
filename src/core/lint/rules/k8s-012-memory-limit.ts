import type { Finding } from '../../document/finding.ts';
import { bytesText, quantityOf } from '../../kubernetes/quantity.ts';
import { resourcesGroup } from '../gateways.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const memoryLimitRule: Rule = {
  id: 'K8S-012',
  severity: 'error',
  summary: 'A `memory_limiter` that the container’s memory limit forestalls',
  docs: 'The kernel kills the container at its limit; the memory_limiter has to refuse data before. At or above the limit it never does (an error), above 90 % of it too late, because Go needs room of its own (a warning). About 80 % is right: `limit_percentage: 80` follows the container’s limit by itself. Without a container limit a percentage is that of the node (a warning).',
  check: (_input, cluster) => cluster.running.flatMap((one) => limiters(one, cluster)),
};

function limiters(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload } = running;
  const spec = running.container?.spec;
  if (spec === undefined) return [];
  const written = spec.limits.memory;
  const limit = written === undefined ? undefined : quantityOf(written.value);
  return startedComponents(running, 'processors', ['memory_limiter']).flatMap(
    ({ id }): readonly Finding[] => {
      const { limit_mib: mib, limit_percentage: percentage } = bodyOf(running, 'processors', id);
      const tell = (severity: Finding['severity'], key: string, message: string): Finding =>
        runningFinding(
          running,
          {
            rule: memoryLimitRule.id,
            severity,
            path: ['processors', id, key],
            message: `\`${id}\` ${message}`,
          },
          [
            {
              message:
                written === undefined ? 'the container, without a memory limit' : 'the container’s limit',
              at: written?.at ?? spec.at,
            },
          ],
        );
      if (typeof mib === 'number' && mib > 0) {
        const own = mib * 2 ** 20;
        if (limit === undefined || own <= limit * 0.9) return [];
        const words = `steps in at ${bytesText(own)}, and the container ends at ${bytesText(limit)}`;
        return own >= limit
          ? [tell('error', 'limit_mib', `${words}: it is killed before`)]
          : [tell('warning', 'limit_mib', `${words}: leave Go a tenth at least, better a fifth`)];
      }
      if (typeof percentage !== 'number') return [];
      if (written === undefined) {
        const share = `takes ${percentage} % of the node’s memory`;
        const finding = tell(
          'warning',
          'limit_percentage',
          `${share}, because the container has no memory limit`,
        );
        if (workload === undefined) return [finding];
        return [{ ...finding, group: resourcesGroup(workload, cluster, `\`${id}\` ${share}`) }];
      }
      return percentage > 90
        ? [
            tell(
              'warning',
              'limit_percentage',
              `steps in at ${percentage} % of the container’s limit: leave Go a tenth at least, better a fifth`,
            ),
          ]
        : [];
    },
  );
}
