import type { Finding } from '../../document/finding.ts';
import { nearest } from '../../kubernetes/nearest.ts';
import { severalPods } from '../replicas.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const singleVolumeRule: Rule = {
  id: 'K8S-032',
  severity: 'warning',
  summary: 'A volume for one node, mounted by several pods of a Deployment',
  docs: 'A claim with `ReadWriteOnce` can be mounted on one node: pods on other nodes wait for ever, also during an update of a single replica. A StatefulSet with `volumeClaimTemplates` gives each pod its own.',
  check: (input, cluster) => cluster.workloads.flatMap((workload) => contended(workload, cluster, input)),
};

function contended(
  workload: Cluster['workloads'][number],
  cluster: Cluster,
  { head }: LintInput,
): readonly Finding[] {
  const pods = severalPods(workload, cluster);
  if (workload.kind === 'StatefulSet' || pods === undefined) return [];
  return (workload.pod?.volumes ?? []).flatMap(({ kind, of, at }): readonly Finding[] => {
    if (kind !== 'persistentVolumeClaim' || of === undefined) return [];
    const named = head.repository.manifests.claims.filter(
      ({ name, namespace }) => name === of && namespace === workload.namespace,
    );
    const claim = nearest(named, workload.at.file);
    const single =
      claim?.accessModes.length === 1 && /^ReadWriteOnce(?:Pod)?$/.test(claim.accessModes[0] ?? '');
    if (claim === undefined || !single) return [];
    return [
      {
        rule: singleVolumeRule.id,
        severity: 'warning',
        message: `claim \`${of}\` (${claim.accessModes[0] ?? ''}) can be mounted on one node: ${pods}`,
        at,
        related: [{ message: `PersistentVolumeClaim ${of}`, at: claim.at }],
      },
    ];
  });
}
