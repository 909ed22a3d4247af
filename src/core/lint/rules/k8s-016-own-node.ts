import type { Finding } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const ownNodeRule: Rule = {
  id: 'K8S-016',
  severity: 'warning',
  summary: '`k8s_attributes` in a DaemonSet that watches the pods of all nodes',
  docs: 'Each pod of the DaemonSet keeps every pod of the cluster in memory and lets the API server send each change to every node. Set `filter.node_from_env_var` to a variable that has the node’s name (`fieldRef: spec.nodeName`).',
  check: (_input, { running }) => running.flatMap((one) => watchers(one)),
};

function watchers(running: RunningConfig): readonly Finding[] {
  const { workload, container } = running;
  const mode = workload?.kind ?? (running.rendered.collector?.mode === 'daemonset' ? 'DaemonSet' : undefined);
  if (mode !== 'DaemonSet') return [];
  return startedComponents(running, 'processors', ['k8s_attributes']).flatMap(
    ({ id }): readonly Finding[] => {
      const body = bodyOf(running, 'processors', id);
      if (body['passthrough'] === true || !isAuthored(running, ['processors', id])) return [];
      const filter = isMap(body['filter']) ? body['filter'] : {};
      const { node, node_from_env_var: variable } = filter;
      const tell = (key: readonly string[], message: string): Finding =>
        runningFinding(running, {
          rule: ownNodeRule.id,
          severity: 'warning',
          path: ['processors', id, ...key],
          message: `\`${id}\` ${message}`,
        });
      if (typeof variable === 'string' && variable !== '') {
        const known =
          container === undefined ||
          container.envFromUnknown ||
          container.env.some(({ name }) => name === variable);
        return known
          ? []
          : [
              tell(
                ['filter', 'node_from_env_var'],
                `looks for the node in \`${variable}\`, which the container does not have`,
              ),
            ];
      }
      if (node !== undefined && node !== null && node !== '') return [];
      return [tell([], 'watches the pods of all nodes from every node; set `filter.node_from_env_var`')];
    },
  );
}
