import { componentsOf, serviceExtensions } from '../../collector/pipelines.ts';
import { wholeConfigs } from '../config-finding.ts';
import type { Rule } from '../rule.ts';

export const extensionNotEnabledRule: Rule = {
  id: 'CFG-007',
  severity: 'warning',
  summary: 'An extension that is configured and not enabled',
  docs: 'Only extensions that `service.extensions` lists are started: a health check that is not listed answers no probe, a storage that is not listed stores nothing.',
  check: (input) =>
    wholeConfigs(input, ({ tree }, { collector }) => {
      if (collector === undefined) return [];
      const enabled = serviceExtensions(tree).map((id) => id.trim());
      return componentsOf(tree)
        .filter(({ class: section, id }) => section === 'extensions' && !enabled.includes(id.trim()))
        .map(({ id }) => ({
          rule: extensionNotEnabledRule.id,
          severity: 'warning' as const,
          path: ['extensions', id],
          message: `extension \`${id}\` is configured and not in \`service.extensions\`, so it is not started`,
        }));
    }),
};
