import type { Finding } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import { bodyOf, codes } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const hostRootRule: Rule = {
  id: 'PIP-015',
  severity: 'warning',
  summary: '`host_metrics` in a pod that measures the pod and not the node',
  docs: 'File systems and processes of a container are its own. Mount the root of the node read-only (`/hostfs`) and tell the receiver (`root_path: /hostfs`). CPU, memory and disks are the node’s in any case, so they alone are not told.',
  check: (_input, { running }) => running.flatMap((one) => ofThePod(one)),
};

const NEEDS_ROOT = ['filesystem', 'process', 'processes'];

function ofThePod(running: RunningConfig): readonly Finding[] {
  const { workload, container } = running;
  if (workload?.kind !== 'DaemonSet' || workload.pod === undefined) return [];
  const { volumes, host } = workload.pod;
  const set = (container?.env ?? []).some(({ name }) => name.startsWith('HOST_'));
  return startedComponents(running, 'receivers', ['host_metrics']).flatMap(({ id }): readonly Finding[] => {
    const body = bodyOf(running, 'receivers', id);
    const scrapers = isMap(body['scrapers']) ? Object.keys(body['scrapers']) : [];
    const needing = scrapers.filter(
      (name) =>
        NEEDS_ROOT.includes(name) &&
        !(name !== 'filesystem' && host.some(({ value }) => value === 'hostPID')),
    );
    const root = body['root_path'];
    if (needing.length === 0 || set) return [];
    if (typeof root !== 'string' || root === '') {
      return [
        finding(running, id, `\`${id}\` has no \`root_path\`: ${codes(needing)} would measure the container`),
      ];
    }
    if (root.includes('$')) return [];
    const mounts = container?.spec?.mounts ?? [];
    const mounted = mounts.some(
      ({ path, volume }) =>
        (path === root || root.startsWith(`${path}/`) || path.startsWith(`${root}/`)) &&
        volumes.some(({ name, kind }) => name === volume && kind === 'hostPath'),
    );
    return mounted
      ? []
      : [finding(running, id, `\`${id}\` looks below \`${root}\`, where nothing of the node is mounted`)];
  });
}

function finding(running: RunningConfig, id: string, message: string): Finding {
  return runningFinding(running, {
    rule: hostRootRule.id,
    severity: 'warning',
    path: ['receivers', id],
    message,
  });
}
