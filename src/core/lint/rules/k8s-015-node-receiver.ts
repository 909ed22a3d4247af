import type { Finding } from '../../document/finding.ts';
import { isList } from '../../document/node.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const nodeReceiverRule: Rule = {
  id: 'K8S-015',
  severity: 'warning',
  summary: 'A receiver of one node’s data in a Deployment or StatefulSet',
  docs: '`host_metrics`, the log files below `/var/log` and the kubelet of one’s own node are those of the node the pod happens to be on; all others are missing. Run them in a DaemonSet.',
  check: (_input, { running }) =>
    running.flatMap((one) =>
      one.workload === undefined || one.workload.kind === 'DaemonSet' ? [] : ofOneNode(one),
    ),
};

function ofOneNode(running: RunningConfig): readonly Finding[] {
  const { workload } = running;
  const words = workload === undefined ? '' : workload.kind;
  return startedComponents(running, 'receivers', ['host_metrics', 'file_log', 'kubelet_stats'])
    .filter(({ id, type }) => {
      const body = bodyOf(running, 'receivers', id);
      if (type === 'file_log') {
        const { include } = body;
        return (
          isList(include) &&
          include.some((path) => typeof path === 'string' && /^\/var\/log\/(?:pods|containers)\//.test(path))
        );
      }
      const { endpoint } = body;
      return type === 'host_metrics' || (typeof endpoint === 'string' && /NODE/i.test(endpoint));
    })
    .filter(({ id }) => isAuthored(running, ['receivers', id]))
    .map(({ id }) =>
      runningFinding(running, {
        rule: nodeReceiverRule.id,
        severity: 'warning',
        path: ['receivers', id],
        message: `\`${id}\` sees one node only: the one where the ${words} happens to run`,
      }),
    );
}
