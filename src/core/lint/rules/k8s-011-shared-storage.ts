import type { Finding } from '../../document/finding.ts';
import { mountedAt } from '../mounts.ts';
import { bodyOf } from '../pipeline-parts.ts';
import { severalPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const sharedStorageRule: Rule = {
  id: 'K8S-011',
  severity: 'error',
  summary: 'Several pods that keep their queues in one volume',
  docs: 'A `file_storage` locks its files. Pods of a Deployment that mount one claim use the same files: the second waits for the lock and does not start. Use a StatefulSet with `volumeClaimTemplates`, or a folder for each pod (`${env:POD_NAME}` in `directory`). Two extensions with one folder are no mistake: file names have the component in them.',
  check: (_input, cluster) => cluster.running.flatMap((one) => shared(one, cluster)),
};

function shared(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const { workload, container } = running;
  const spec = container?.spec;
  if (workload?.kind !== 'Deployment' || workload.pod === undefined || spec === undefined) return [];
  const { pod } = workload;
  const pods = severalPods(workload, cluster, running);
  if (pods === undefined) return [];
  return startedComponents(running, 'extensions', ['file_storage']).flatMap(({ id }): readonly Finding[] => {
    const { directory } = bodyOf(running, 'extensions', id);
    if (typeof directory !== 'string' || directory.includes('$')) return [];
    const volume = mountedAt(directory, spec, pod)?.volume;
    if (volume?.kind !== 'persistentVolumeClaim') return [];
    return [
      runningFinding(
        running,
        {
          rule: sharedStorageRule.id,
          severity: 'error',
          path: ['extensions', id, 'directory'],
          message: `\`${id}\` keeps its files in claim \`${volume.of ?? ''}\` for all pods: ${pods}, and only one can lock them`,
        },
        [{ message: 'the volume', at: volume.at }],
      ),
    ];
  });
}
