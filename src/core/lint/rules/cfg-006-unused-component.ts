import { componentsOf, isUsed } from '../../collector/pipelines.ts';
import { isAdded, wholeConfigs } from '../config-finding.ts';
import type { Rule } from '../rule.ts';

export const unusedComponentRule: Rule = {
  id: 'CFG-006',
  severity: 'warning',
  summary: 'A component that is configured and in no pipeline',
  docs: 'The collector builds only what a pipeline names; the rest does nothing and is not even checked. Take it away, or name it where it was meant to work. What a chart or a control plane adds by itself is not told.',
  check: (input) =>
    wholeConfigs(input, (config, rendered) => {
      if (rendered.collector === undefined) return [];
      return componentsOf(config.tree).flatMap((component) => {
        const path = [component.class, component.id];
        if (component.class === 'extensions' || isAdded(rendered, path)) return [];
        if (isUsed(config.tree, component.class, component.id)) return [];
        return [
          {
            rule: unusedComponentRule.id,
            severity: 'warning' as const,
            path,
            message: `${component.class.slice(0, -1)} \`${component.id}\` is configured and in no pipeline`,
          },
        ];
      });
    }),
};
