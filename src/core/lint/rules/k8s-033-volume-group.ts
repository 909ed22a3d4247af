import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const volumeGroupRule: Rule = {
  id: 'K8S-033',
  severity: 'notice',
  summary: 'A claim that a user other than root may not be able to write to',
  docs: 'A fresh volume belongs to root. With `fsGroup` Kubernetes gives it to the group of the pod; without it a collector that runs as somebody else is refused on most storage classes.',
  check: (_input, { workloads }) => workloads.flatMap((workload) => ungrouped(workload)),
};

function ungrouped(workload: Cluster['workloads'][number]): readonly Finding[] {
  const { pod, containers } = workload;
  if (pod === undefined || pod.security.fsGroup !== undefined) return [];
  const claim = pod.volumes.find(
    ({ kind }) => kind === 'persistentVolumeClaim' || kind === 'volumeClaimTemplate',
  );
  if (claim === undefined) return [];
  return containers.flatMap(({ spec, init, name }): readonly Finding[] => {
    const user = spec?.security.runAsUser ?? pod.security.runAsUser;
    if (spec === undefined || init || user === undefined || user.value === 0) return [];
    const mount = spec.mounts.find(({ volume, readOnly }) => volume === claim.name && !readOnly);
    if (mount === undefined) return [];
    return [
      {
        rule: volumeGroupRule.id,
        severity: 'notice',
        message: `container \`${name}\` of ${workloadWords(workload)} writes to a claim as user ${user.value}; without \`fsGroup\` it may belong to root`,
        at: mount.at,
        related: [{ message: 'the user', at: user.at }],
      },
    ];
  });
}
