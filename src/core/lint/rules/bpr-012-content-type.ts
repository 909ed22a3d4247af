import { at } from '../../document/node.ts';
import type { Finding } from '../../document/finding.ts';
import { resourcesOfKind } from '../agents.ts';
import type { Rule } from '../rule.ts';

export const contentTypeRule: Rule = {
  id: 'BPR-012',
  severity: 'warning',
  summary: 'A `contentType` that servers do not know',
  docs: 'Configurations are `text/yaml`, or `raw` with a whole collector config under `spec.raw`; empty is the same as the first. What a server makes of another word is not known.',
  check: (input) =>
    resourcesOfKind(input, 'Configuration').flatMap(
      ({ name, spec, document, at: place }): readonly Finding[] => {
        const value = spec['contentType'];
        // What is no text is told by BPR-001.
        if (typeof value !== 'string' || KNOWN.includes(value)) return [];
        const found = at(document, 'spec', 'contentType')?.at ?? place;
        return [
          {
            rule: contentTypeRule.id,
            severity: 'warning',
            message: `\`contentType\` of Configuration \`${name}\` is \`${value}\`; servers know \`text/yaml\` and \`raw\``,
            ...(found && { at: found }),
          },
        ];
      },
    ),
};

/** Every export and example at hand has one of these (reference/bindplane.md §1.3). */
const KNOWN = ['', 'text/yaml', 'raw'];
