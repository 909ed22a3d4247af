import { COMPONENT_CLASSES, parseComponentId } from '../../collector/component-id.ts';
import { badId } from '../../collector/errors/bad-id.ts';
import { mapAt, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { JsonMap } from '../../document/node.ts';
import type { Rule } from '../rule.ts';

export const componentIdRule: Rule = {
  id: 'CFG-004',
  severity: 'error',
  summary: 'An id that is no `type` or `type/name`',
  docs: 'Ids are a type of letters, digits and `_`, and after a slash a name without blanks and symbols; two that differ by blanks alone are one (core `component/identifiable.go`).',
  check: (input) => wholeConfigs(input, ({ tree }) => badIds(tree)),
};

function badIds(tree: JsonMap): readonly ConfigMistake[] {
  return COMPONENT_CLASSES.flatMap((section) => {
    const known = new Map<string, string>();
    return Object.keys(mapAt(tree, section)).flatMap((written): readonly ConfigMistake[] => {
      const parsed = parseComponentId(written);
      const about = { rule: componentIdRule.id, severity: 'error', path: [section, written] } as const;
      if ('mistake' in parsed) {
        const [, problem = parsed.mistake] = /^in "(?:[^"\\]|\\.)*" id: (.*)$/.exec(parsed.mistake) ?? [];
        const otelcolMessage = badId.print({ path: section, id: written, problem });
        return [{ ...about, message: `\`${written}\` is no id: ${problem}`, otelcolMessage }];
      }
      const twin = known.get(parsed.id.text);
      known.set(parsed.id.text, written);
      if (twin === undefined) return [];
      return [
        {
          ...about,
          message: `\`${written}\` and \`${twin}\` are the same id`,
          otelcolMessage: `duplicate name "${parsed.id.text}" after unmarshaling ${parsed.id.text}`,
        },
      ];
    });
  });
}
