import { expanded } from '../../collector/endpoint.ts';
import type { Finding } from '../../document/finding.ts';
import { isWritable, mountedAt } from '../mounts.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const storageDirectoryRule: Rule = {
  id: 'K8S-010',
  severity: 'error',
  summary: 'A `file_storage` whose folder cannot be written, or does not outlive the pod',
  docs: 'Queues and checkpoints are only worth something if they are there after a restart. A folder in a read-only file system stops the collector (an error). In the container’s own file system it is gone with the container, and only root may create it; a hostPath without `type: DirectoryOrCreate` has to exist on every node (warnings). An emptyDir outlives the container and not the pod (a notice).',
  check: (_input, { running }) => running.flatMap((one) => folders(one)),
};

const HOME = 'OIQ_OTEL_COLLECTOR_HOME';
const DEFAULT = '/var/lib/otelcol/file_storage';

function folders(running: RunningConfig): readonly Finding[] {
  const { container, workload } = running;
  const spec = container?.spec;
  const pod = workload?.pod;
  if (spec === undefined || workload === undefined || pod === undefined) return [];
  return startedComponents(running, 'extensions', ['file_storage']).flatMap(({ id }): readonly Finding[] => {
    const body = bodyOf(running, 'extensions', id);
    const written = body['directory'];
    const directory = expandedPath(running, typeof written === 'string' ? written : DEFAULT);
    if (directory.includes('$') || !directory.startsWith('/')) return [];
    const tell = (severity: Finding['severity'], message: string, related?: Finding['related']): Finding =>
      runningFinding(
        running,
        {
          rule: storageDirectoryRule.id,
          severity,
          path: ['extensions', id, 'directory'],
          message: `\`${id}\`: \`${directory}\` ${message}`,
        },
        related,
      );
    if (!isWritable(directory, spec, pod)) {
      const at = mountedAt(directory, spec, pod)?.mount.at ?? spec.security.readOnlyRootFilesystem?.at;
      return [
        tell(
          'error',
          'cannot be written: its file system is read-only',
          at && [{ message: 'read-only', at }],
        ),
      ];
    }
    const mounted = mountedAt(directory, spec, pod);
    if (mounted === undefined) {
      return [
        tell(
          'warning',
          `is in the container’s own file system: gone with the container${running.distribution === 'bindplane-agent' ? '' : ', and only root may create it'}`,
        ),
      ];
    }
    const { volume } = mounted;
    // Of an agent's emptyDir more is lost than its queue, and BPA-010 tells all of it.
    if (volume?.kind === 'emptyDir' && running.distribution === 'bindplane-agent') return [];
    if (volume?.kind === 'emptyDir') {
      return [
        tell('notice', 'is in an emptyDir: it outlives the container and not the pod', [
          { message: 'the volume', at: volume.at },
        ]),
      ];
    }
    if (
      volume?.kind === 'hostPath' &&
      volume.type !== 'DirectoryOrCreate' &&
      body['create_directory'] !== true
    ) {
      return [
        tell('warning', 'has to exist on every node: its hostPath has no `type: DirectoryOrCreate`', [
          { message: 'the volume', at: volume.at },
        ]),
      ];
    }
    return [];
  });
}

/** A path with the variables that the manifest shows, and with what Bindplane renders without braces: the home that its image sets (reference/collector.md §2.5). */
function expandedPath({ container, distribution }: RunningConfig, path: string): string {
  const variables = new Map(
    (container?.env ?? []).flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, value.value] as const],
    ),
  );
  const known = expanded(path, variables);
  return distribution === 'bindplane-agent'
    ? known.replace(`$${HOME}`, variables.get(HOME) ?? '/etc/otel')
    : known;
}
