import { durationMs } from '../../collector/duration.ts';
import { at } from '../../document/node.ts';
import type { Finding } from '../../document/finding.ts';
import { resourcesOfKind } from '../agents.ts';
import type { Rule } from '../rule.ts';

export const measurementIntervalRule: Rule = {
  id: 'BPR-011',
  severity: 'error',
  blocksApply: true,
  summary: 'A `measurementInterval` that servers do not take',
  docs: 'How often agents measure what passes through them: `10s`, `1m`, `15m` or `off`; empty is 10 seconds. Older servers take any duration of Go, BindPlane Cloud only these, so that another duration is a warning, and what is no duration an error.',
  check: (input) =>
    resourcesOfKind(input, 'Configuration').flatMap(
      ({ name, spec, document, at: place }): readonly Finding[] => {
        const value = spec['measurementInterval'];
        if (value === undefined || value === null) return [];
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        if (KNOWN.includes(text)) return [];
        const isDuration = typeof value === 'string' && durationMs(text) !== undefined;
        const found = at(document, 'spec', 'measurementInterval')?.at ?? place;
        return [
          {
            rule: measurementIntervalRule.id,
            severity: isDuration ? 'warning' : 'error',
            message: `\`measurementInterval\` of Configuration \`${name}\` is \`${text}\`; servers take \`10s\`, \`1m\`, \`15m\` and \`off\``,
            ...(found && { at: found }),
          },
        ];
      },
    ),
};

const KNOWN = ['', '10s', '1m', '15m', 'off'];
