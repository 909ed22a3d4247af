import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';

export const configChangeRule: Rule = {
  id: 'K8S-026',
  severity: 'warning',
  summary: 'A change of the config that does not reach the collector',
  docs: 'Collectors read their config at the start. A ConfigMap mounted by `subPath` is never renewed in a running pod (a warning). Otherwise the file changes and nobody reads it, until something restarts the pods: a hash of the config as an annotation of the pod template (charts do that), a name with a hash (kustomize), Reloader, or `kubectl rollout restart`, which the plan names in its steps; without any of them it is a notice.',
  check: (_input, { running }) => running.flatMap((one) => unnoticed(one)),
};

function unnoticed(running: RunningConfig): readonly Finding[] {
  const { workload, container, rendered } = running;
  const source = rendered.collector?.source;
  const pod = workload?.pod;
  if (workload === undefined || pod === undefined || source === undefined || container?.spec === undefined) {
    return [];
  }
  const volumes = new Set(pod.volumes.filter(({ of }) => of === source.configMap).map(({ name }) => name));
  const mount = container.spec.mounts.find(({ volume }) => volumes.has(volume));
  if (mount === undefined) return [];
  const hashed = Object.keys(pod.annotations).some((key) =>
    /checksum|sha256|hash|config-?version|restartedAt/i.test(key),
  );
  if (hashed || workload.restartsOnConfig === true || /-[0-9a-z]{8,10}$/.test(source.configMap)) return [];
  const base = { rule: configChangeRule.id, at: mount.at };
  return [
    mount.subPath
      ? {
          ...base,
          severity: 'warning' as const,
          message: `ConfigMap \`${source.configMap}\` is mounted by \`subPath\`: a change of it never reaches a running pod of ${workloadWords(workload)}`,
        }
      : {
          ...base,
          severity: 'notice' as const,
          message: `a change of ConfigMap \`${source.configMap}\` does not restart ${workloadWords(workload)}: nothing in its pod template changes with it`,
        },
  ];
}
