import { rendersOf } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { configFinding } from '../config-finding.ts';

export const replacedListRule: Rule = {
  id: 'CFG-017',
  severity: 'notice',
  summary: 'A later `--config` file replaces a list of an earlier one and loses entries',
  docs: 'Of several config files maps are merged and lists are replaced: a file that adds one exporter to a pipeline takes the others away. Where that is not meant, the later list has to name all.',
  check: (input) =>
    rendersOf(input).flatMap((rendered) =>
      (rendered.collector?.config?.replaced ?? []).map(({ path, dropped, was }) => {
        const finding = configFinding(rendered, {
          rule: replacedListRule.id,
          severity: 'notice',
          path,
          message: `this \`${path.join('.')}\` replaces the one of an earlier file, which also had ${dropped.map((word) => `\`${word}\``).join(', ')}`,
        });
        return { ...finding, related: [{ message: 'the earlier list', at: was }] };
      }),
    ),
};
