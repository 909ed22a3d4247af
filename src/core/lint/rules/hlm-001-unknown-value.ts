import type { Finding } from '../../document/finding.ts';
import { valuesMistakes } from '../../kubernetes/helm/values-shape.ts';
import { collectorSections } from '../helm-sections.ts';
import type { CollectorSection } from '../helm-sections.ts';
import type { Rule } from '../rule.ts';

export const unknownValueRule: Rule = {
  id: 'HLM-001',
  severity: 'error',
  blocksApply: true,
  summary: 'A value that the schema of the collector chart refuses',
  docs: 'The chart has a schema that allows no keys beside its own at most places, so a misspelt one ends `helm upgrade` before anything is changed. Names and kinds of its values are known here for charts 0.98.0 to 0.170.0; lists of allowed words and formats are not, so Helm may still refuse what passes here. It is a warning where no file says the chart’s version.',
  check: (input) => collectorSections(input).flatMap(refused),
};

function refused({ given, version, below, installation }: CollectorSection): readonly Finding[] {
  // What a command sets is told by HLM-008.
  const { use } = installation;
  const isSet = (at: Finding['at']): boolean =>
    use?.by === 'command' && at !== undefined && at.file === use.at.file;
  return valuesMistakes(given, version)
    .filter(({ at }) => !isSet(at))
    .map(({ message, at }) => ({
      rule: unknownValueRule.id,
      severity: version === undefined ? 'warning' : 'error',
      message: `Helm will not install this: ${message}${below.length === 0 ? '' : ` (below \`${below.join('.')}\`)`}`,
      at: at ?? installation.at,
      ...(version === undefined && { certainty: 'likely' as const }),
    }));
}
