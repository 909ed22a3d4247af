import type { Finding } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import { configFinding } from '../config-finding.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';

export const opampExtensionRule: Rule = {
  id: 'SUP-002',
  severity: 'error',
  blocksApply: true,
  summary: 'A config for a supervisor’s collector that defines `extensions.opamp`',
  docs: 'The supervisor talks to its collector by an extension `opamp` that it adds itself, before the config of the server. A config that brings one of that name replaces it: the supervisor loses its collector, takes it for dead and rolls back, whoever offered it. Call it `opamp/<name>`, or leave it out.',
  check: (input) => {
    const { supervisors } = input.head.repository;
    return supervisors.length === 0 ? [] : rendersOf(input).flatMap((rendered) => taken(rendered, input));
  },
};

function taken(rendered: ReturnType<typeof rendersOf>[number], input: LintInput): readonly Finding[] {
  const { extensions } = rendered.config.tree;
  const isRemote = rendered.resource !== undefined;
  if (!isMap(extensions) || !('opamp' in extensions)) return [];
  if (!isRemote && !isLocalFile(rendered.key, input)) return [];
  return [
    configFinding(rendered, {
      rule: opampExtensionRule.id,
      severity: 'error',
      path: ['extensions', 'opamp'],
      message: `\`opamp\` is the extension by which a supervisor talks to its collector; ${isRemote ? 'this configuration' : 'this file, which is merged behind it,'} replaces it. Call it \`opamp/<name>\``,
    }),
  ];
}

/** Whether a supervisor merges the file behind its own extension. */
function isLocalFile(key: string, { head }: LintInput): boolean {
  const path = key.replace(/^CollectorConfig\//, '');
  return head.repository.supervisors.some(({ configFiles }) => {
    const own = configFiles.findIndex(({ value }) => value === '$OPAMP_EXTENSION_CONFIG');
    const after = own < 0 ? [] : configFiles.slice(own + 1);
    return after.some(
      ({ value }) => !value.startsWith('$') && path.endsWith(value.replace(/^(?:\.?\.?\/)+/, '')),
    );
  });
}
