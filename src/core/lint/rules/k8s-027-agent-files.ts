import type { Finding } from '../../document/finding.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import { isWritable, mountedAt } from '../mounts.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const agentFilesRule: Rule = {
  id: 'K8S-027',
  severity: 'error',
  summary: 'An agent that cannot write the files it keeps its identity and its config in',
  docs: 'Bindplane’s agent writes `manager.yaml`, the config it gets and the settings of its log. With a read-only file system it ends at its start unless `MANAGER_YAML_PATH`, `CONFIG_YAML_PATH` and `LOGGING_YAML_PATH` lie on a volume that it may write to.',
  check: (input) =>
    input.head.repository.manifests.agents.flatMap((agent) =>
      agent.distribution === 'bindplane-agent' ? unwritable(agent) : [],
    ),
};

/** The agent's files, and where they are without the variable: in the image's working directory (reference/collector.md §2.5). */
const FILES = [
  { variable: 'MANAGER_YAML_PATH', file: './manager.yaml', needed: true },
  { variable: 'CONFIG_YAML_PATH', file: './config.yaml', needed: true },
  { variable: 'LOGGING_YAML_PATH', file: './logging.yaml', needed: false },
] as const;
const WORKING_DIRECTORY = '/etc/otel';

function unwritable({ workload, container }: AgentWorkload): readonly Finding[] {
  const { spec, env, envFromUnknown } = container;
  const { pod } = workload;
  if (spec === undefined || pod === undefined || spec.security.readOnlyRootFilesystem?.value !== true) {
    return [];
  }
  return FILES.flatMap(({ variable, file, needed }): readonly Finding[] => {
    const given = env.findLast(({ name }) => name === variable);
    if (given === undefined && (!needed || envFromUnknown)) return [];
    if (given !== undefined && given.value === undefined) return [];
    const written = given?.value?.value ?? file;
    const path = written.startsWith('/') ? written : `${WORKING_DIRECTORY}/${written.replace(/^\.\//, '')}`;
    if (isWritable(path, spec, pod)) return [];
    const mount = mountedAt(path, spec, pod)?.mount.at;
    const readOnly = mount ?? spec.security.readOnlyRootFilesystem?.at;
    const what =
      given === undefined
        ? `\`${variable}\` is not set, so the agent writes \`${file}\``
        : `\`${variable}\` is \`${written}\``;
    return [
      {
        rule: agentFilesRule.id,
        severity: 'error',
        message: `${workloadWords(workload)}: ${what}, in a file system that is read-only`,
        at: given?.value?.at ?? spec.at,
        ...(readOnly && { related: [{ message: 'read-only', at: readOnly }] }),
        ...(variable === 'MANAGER_YAML_PATH' && {
          otelcolMessage: `Error while searching for management config: failed to write config file created from ENVs: open ${written}: read-only file system`,
        }),
      },
    ];
  });
}
