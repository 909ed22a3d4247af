import type { Finding } from '../../document/finding.ts';
import { at, itemsAt, textAt } from '../../document/node.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import { agentWords, mountFor } from '../agents.ts';
import { preparations } from '../bootstrap.ts';
import type { Preparation } from '../bootstrap.ts';
import type { Rule } from '../rule.ts';

export const configFileRule: Rule = {
  id: 'BPA-006',
  severity: 'error',
  summary: 'An agent whose config file nobody creates before it starts',
  docs: 'The BindPlane agent reads CONFIG_YAML_PATH when it starts, before the server sends it anything. On an empty volume an init container has to write it: `echo "…" > "$path"`, or a copy. Images with a tag that ends in `-scratch` have no shell for that.',
  check: (input) => {
    const preparedBy = preparations(input);
    return input.head.repository.manifests.agents.flatMap((agent) => {
      const prepared = preparedBy(agent);
      return [...withoutShell(agent, prepared), ...neverWritten(agent, prepared)];
    });
  },
};

function neverWritten(agent: AgentWorkload, prepared: readonly Preparation[]): readonly Finding[] {
  const { configPath } = agent;
  if (configPath === undefined) return [];
  const found = mountFor(configPath.value, agent.container, agent.workload);
  if (found?.volume?.kind !== 'emptyDir') return [];
  const mounted = prepared.some(({ node }) =>
    itemsAt(node, 'volumeMounts').some((mount) => textAt(mount, 'name') === found.mount.volume),
  );
  if (mounted) return [];
  const message =
    prepared.length === 0
      ? `and no init container writes ${configPath.value}`
      : `and none of the init containers mounts it`;
  return [
    {
      rule: configFileRule.id,
      severity: 'error',
      message: `${agentWords(agent)} reads its config from the empty volume \`${found.mount.volume}\`, ${message}`,
      at: configPath.at,
      related: [{ message: `volume ${found.mount.volume}`, at: found.volume.at }],
    },
  ];
}

function withoutShell(agent: AgentWorkload, prepared: readonly Preparation[]): readonly Finding[] {
  return prepared.flatMap(({ name, node }): readonly Finding[] => {
    const image = at(node, 'image');
    const [first] = [...itemsAt(node, 'command')];
    const shell = first?.kind === 'scalar' && /^(?:\/bin\/)?(?:ba|a)?sh$/.test(String(first.value));
    if (!shell || image?.kind !== 'scalar' || !String(image.value).endsWith('-scratch')) return [];
    return [
      {
        rule: configFileRule.id,
        severity: 'error',
        message: `init container \`${name}\` of ${agentWords(agent)} calls a shell, and its image has none (\`-scratch\`)`,
        at: image.at,
      },
    ];
  });
}
