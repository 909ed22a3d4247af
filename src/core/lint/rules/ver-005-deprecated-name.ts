import { componentType } from '../../collector/component-id.ts';
import { componentsOf } from '../../collector/pipelines.ts';
import { compareText } from '../../document/finding.ts';
import type { Finding } from '../../document/finding.ts';
import { configFinding, isAdded } from '../config-finding.ts';
import { recipientsOf } from '../recipients.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';

export const deprecatedNameRule: Rule = {
  id: 'VER-005',
  severity: 'notice',
  summary: 'A component under its old name, where every version that gets it knows the new one',
  docs: 'Since 0.144 many types have been renamed (`k8sattributes` is `k8s_attributes`). The old names still work, and go one day. While older agents get the same config, the old name is the right one, and nothing is said.',
  check: (input) => rendersOf(input).flatMap((rendered) => deprecatedNames(rendered, input)),
};

function deprecatedNames(rendered: RenderedConfiguration, input: LintInput): readonly Finding[] {
  // In a Configuration of BindPlane the server's types write the names.
  if (rendered.key.startsWith('Configuration/')) return [];
  const recipients = recipientsOf(input, rendered.key);
  if (recipients.length === 0) return [];
  const names = componentsOf(rendered.config.tree).flatMap((component) => {
    const path = [component.class, component.id];
    if (isAdded(rendered, path)) return [];
    const aliases = recipients.map(({ distribution, version }) => {
      const verdict = input.catalogue.component(distribution, version, component.class, component.type);
      return verdict.verdict === 'present' ? verdict.alias : undefined;
    });
    const [alias] = aliases;
    return alias !== undefined && aliases.every((one) => one !== undefined)
      ? [{ path, old: componentType(component.id), alias }]
      : [];
  });
  const [first] = names;
  if (first === undefined) return [];
  const said = [
    ...new Set(names.map(({ old, alias }) => `\`${old}\` is \`${alias.name}\` since ${alias.since}`)),
  ];
  return [
    configFinding(rendered, {
      rule: deprecatedNameRule.id,
      severity: 'notice',
      message: `old ${said.length === 1 ? 'name' : 'names'} of ${said.length === 1 ? 'a component' : 'components'}, still accepted: ${said.toSorted(compareText).join(', ')}`,
      path: first.path,
    }),
  ];
}
