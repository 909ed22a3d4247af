import { at, entriesAt } from '../../document/node.ts';
import { nearest } from '../../kubernetes/nearest.ts';
import { configKeyOf, kubeAgents } from '../kubeagent.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';

export const missingKeyRule: Rule = {
  id: 'KMA-001',
  severity: 'error',
  summary: 'A ConfigMap without the file that kubeagent reads in its mode',
  docs: 'kubeagent reads `/etc/kmagent/agent-daemonset.yaml` where DEPLOYMENT_MODE is DAEMONSET, else `agent-deployment.yaml`. A ConfigMap with only the other one leaves it without a config, and its pods do not start.',
  check: (input) => {
    const configMaps = objectsOfKind(input, ['ConfigMap']);
    return kubeAgents(input).flatMap((agent) => {
      const { workload, container } = agent;
      const key = configKeyOf(agent);
      const mounted = new Set((container.spec?.mounts ?? []).map(({ volume }) => volume));
      if (key === undefined) return [];
      return (workload.pod?.volumes ?? []).flatMap((volume) => {
        if (volume.kind !== 'configMap' || !mounted.has(volume.name)) return [];
        const found = nearest(
          configMaps.filter(({ name, namespace }) => name === volume.of && namespace === workload.namespace),
          workload.at.file,
        );
        const keys = entriesAt(found?.node, 'data').map((entry) => entry.key);
        if (found === undefined || keys.includes(key) || !keys.some((one) => /^agent-.*\.yaml$/.test(one))) {
          return [];
        }
        const mode = container.env.findLast(({ name }) => name === 'DEPLOYMENT_MODE');
        return [
          {
            rule: missingKeyRule.id,
            severity: 'error' as const,
            message: `ConfigMap \`${found.name}\` has no \`${key}\`, which kubeagent of ${workload.kind} \`${workload.name}\` reads (it has ${keys.map((one) => `\`${one}\``).join(', ')})`,
            at: mode?.value?.at ?? volume.at,
            related: [{ message: `ConfigMap ${found.name}`, at: at(found.node, 'data')?.at ?? found.at }],
          },
        ];
      });
    });
  },
};
