import { mergedConfig } from '../../collector/config-node.ts';
import { isConfigFragment } from '../../collector/config-shape.ts';
import { relocated } from '../../document/embedded-yaml.ts';
import type { Finding } from '../../document/finding.ts';
import { entry } from '../../document/node.ts';
import { parseYaml } from '../../document/yaml.ts';
import type { ConfigKey } from '../../fleet/config-key.ts';
import type { WrittenFile } from '../../kubernetes/pods/written-files.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import type { EffectiveConfigs } from '../../resources/effective.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';
import { agentWords } from '../agents.ts';
import { preparations } from '../bootstrap.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';
import { componentIdRule } from './cfg-004-component-id.ts';
import { connectorRule } from './cfg-009-connector.ts';
import { nodeKindRule } from './cfg-011-node-kind.ts';
import { pipelineRule } from './cfg-003-pipeline.ts';
import { undefinedReferenceRule } from './cfg-005-undefined-reference.ts';
import { unknownKeyRule } from './cfg-002-unknown-key.ts';

export const bootstrapRule: Rule = {
  id: 'BPA-007',
  severity: 'error',
  summary: 'A bootstrap config that the agent refuses',
  docs: 'What an init container writes to CONFIG_YAML_PATH is the config that the agent starts with. An agent that refuses it never connects, so no server can mend it. It is checked as any other config (CFG-002 to 005, 009, 011), at its lines in the script.',
  check: (input, cluster) => {
    const preparedBy = preparations(input);
    return input.head.repository.manifests.agents.flatMap((agent) =>
      preparedBy(agent)
        .flatMap(({ files }) => files)
        .filter((file) => isConfig(file, agent))
        .flatMap((file) => mistakes(file, agent, input, cluster)),
    );
  },
};

const CHECKS: readonly Rule[] = [
  unknownKeyRule,
  pipelineRule,
  componentIdRule,
  undefinedReferenceRule,
  connectorRule,
  nodeKindRule,
];

/** The file of CONFIG_YAML_PATH, or any file that looks like a config where its name is not known. */
function isConfig({ path, text }: WrittenFile, { configPath }: AgentWorkload): boolean {
  const wanted = configPath?.value.split('/').at(-1);
  if (path !== undefined && wanted !== undefined) return path.split('/').at(-1) === wanted;
  return /^\s*service:/m.test(text) && /^\s*(?:receivers|exporters):/m.test(text);
}

function mistakes(
  file: WrittenFile,
  agent: AgentWorkload,
  input: LintInput,
  cluster: Cluster,
): readonly Finding[] {
  const own = `the bootstrap config of ${agentWords(agent)}`;
  const { documents, findings } = parseYaml(agent.workload.at.file, file.text);
  const broken = findings.map((finding): Finding => ({
    rule: bootstrapRule.id,
    severity: finding.severity,
    message: `${own}: ${finding.message}`,
    at: finding.at === undefined ? file.at : file.place(finding.at),
  }));
  const [document] = documents;
  if (broken.length > 0 || document === undefined) return broken;
  const root = relocated(document.root, file.place);
  if (!isConfigFragment(root) && entry(root, 'service') === undefined) return [];
  const key: ConfigKey = `CollectorConfig/${agent.workload.at.file}#${agent.workload.name}`;
  const config = {
    configuration: key,
    name: agent.workload.name,
    ...mergedConfig([root]),
    unrendered: [],
    unverifiedTypes: [],
  };
  const rendered: RenderedConfiguration = {
    key,
    name: config.name,
    at: file.at,
    config,
    delivered: config,
    findings: [],
  };
  const alone = alongside(input, rendered);
  return CHECKS.flatMap((rule) => rule.check(alone, cluster))
    .filter(({ severity }) => severity === 'error')
    .map(({ configuration: _none, ...finding }) => ({
      ...finding,
      rule: bootstrapRule.id,
      message: `${own}: ${finding.message}`,
    }));
}

/** The same input with one config instead of all. */
function alongside(input: LintInput, rendered: RenderedConfiguration): LintInput {
  const effective: EffectiveConfigs = Object.assign(new Map([[rendered.key, rendered]]), {
    shared: new Set<ConfigKey>(),
    made: () => [rendered],
  });
  const { among: _all, ...rest } = input;
  return { ...rest, head: { ...input.head, effective } };
}
