import type { Finding } from '../../document/finding.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { mountedAt } from '../mounts.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents, workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const logFilesRule: Rule = {
  id: 'K8S-018',
  severity: 'error',
  summary: 'Log files of the node that the pod does not see or may not read',
  docs: 'Without a mount of `/var/log` the receiver finds no file and says so once, at its start (an error). The files belong to root and others may not read them on most distributions: a pod that runs as somebody else reads nothing (a warning). Let it run as root with all capabilities but `DAC_READ_SEARCH` dropped, or give it the group of the files.',
  check: (_input, { running }) => running.flatMap((one) => judge(one)),
};

function judge(running: RunningConfig): readonly Finding[] {
  const { workload, container } = running;
  const spec = container?.spec;
  const pod = workload?.pod;
  if (workload === undefined || spec === undefined || pod === undefined) return [];
  const reading = startedComponents(running, 'receivers', ['file_log', 'plugin']).flatMap(({ id }) => {
    const paths = logPaths(bodyOf(running, 'receivers', id));
    return paths.length === 0 ? [] : [{ id, paths }];
  });
  const unseen = reading.flatMap(({ id, paths }): readonly Finding[] => {
    const path = paths.find((one) => mountedAt(one.replace(/\/[^/]*\*.*$/, ''), spec, pod) === undefined);
    if (path === undefined) return [];
    return [
      runningFinding(
        running,
        {
          rule: logFilesRule.id,
          severity: 'error',
          path: ['receivers', id],
          message: `\`${id}\` reads \`${path}\`, and the container has no mount there`,
        },
        [{ message: 'the container', at: spec.at }],
      ),
    ];
  });
  const [first] = reading;
  if (first === undefined || unseen.length > 0) return unseen;
  const user = spec.security.runAsUser ?? pod.security.runAsUser;
  const nonRoot = spec.security.runAsNonRoot ?? pod.security.runAsNonRoot;
  const at =
    user !== undefined && user.value > 0 ? user.at : nonRoot?.value === true ? nonRoot.at : undefined;
  const group = spec.security.runAsGroup ?? pod.security.runAsGroup;
  const helped =
    group?.value === 0 ||
    [...spec.security.groups, ...pod.security.groups].length > 0 ||
    spec.security.added.some((name) => name.includes('DAC_READ_SEARCH') || name.includes('DAC_OVERRIDE'));
  if (at === undefined || helped) return [];
  return [
    {
      rule: logFilesRule.id,
      severity: 'warning',
      message: `${workloadWords(workload)} reads \`${first.paths[0] ?? ''}\` as ${user !== undefined && user.value > 0 ? `user ${user.value}` : 'somebody else than root'}; log files belong to root, and others may not read them on most nodes`,
      at,
    },
  ];
}

/** The paths of the node's logs that a receiver includes; Bindplane's plugins take them as parameters. */
function logPaths(body: Readonly<Record<string, Json>>): readonly string[] {
  const parameters = isMap(body['parameters']) ? body['parameters'] : {};
  return [body['include'], parameters['log_paths'], parameters['file_path']].flatMap((list) =>
    isList(list)
      ? list.flatMap((path) =>
          typeof path === 'string' && /^\/var\/log\/(?:pods|containers)\//.test(path) ? [path] : [],
        )
      : [],
  );
}
