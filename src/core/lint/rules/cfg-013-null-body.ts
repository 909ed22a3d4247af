import { COMPONENT_CLASSES } from '../../collector/component-id.ts';
import { isUsed } from '../../collector/pipelines.ts';
import type { Finding } from '../../document/finding.ts';
import { at, entriesAt, isMap, plain, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { emptyMapAfter } from '../line-edits.ts';
import type { LintInput, Rule } from '../rule.ts';

export const nullBodyRule: Rule = {
  id: 'CFG-013',
  severity: 'warning',
  summary: 'A component without a body in a custom resource, where nulls get lost',
  docs: 'In a plain config `batch:` means all defaults. In the `config` of an OpenTelemetryCollector (v1beta1) tools that write resources drop keys without a value, and the collector then does not know what its pipelines name (operator issue 3543). Write `{}`. A plain `kubectl apply` keeps them, so it is no error; for a component that nothing names it is a notice.',
  check: (input) =>
    input.head.repository.manifestDocuments.flatMap(({ root }) =>
      textAt(root, 'kind') === 'OpenTelemetryCollector' &&
      textAt(root, 'apiVersion') === 'opentelemetry.io/v1beta1'
        ? nullBodies(root, input)
        : [],
    ),
};

function nullBodies(root: Node, { head }: LintInput): readonly Finding[] {
  const config = at(root, 'spec', 'config');
  const tree = plain(config);
  if (!isMap(tree)) return [];
  return COMPONENT_CLASSES.flatMap((section) =>
    entriesAt(config, section).flatMap(({ key, keyAt, value }): readonly Finding[] => {
      if (value.kind !== 'scalar' || value.value !== null) return [];
      const used = isUsed(tree, section, key);
      const edits = emptyMapAfter(keyAt, head.repository.texts);
      const consequence = used
        ? 'and what names it then fails'
        : 'which would change nothing: nothing names it';
      return [
        {
          rule: nullBodyRule.id,
          severity: used ? 'warning' : 'notice',
          message: `${section.slice(0, -1)} \`${key}\` has no body; keys without a value get lost in a custom resource when tools rewrite it, ${consequence}`,
          at: keyAt,
          fixes: [{ title: `write \`${key}: {}\``, at: keyAt, ...(edits && { edits }) }],
        },
      ];
    }),
  );
}
