import { COMPONENT_CLASSES } from '../../collector/component-id.ts';
import type { Finding } from '../../document/finding.ts';
import { COLLECTOR_CHART, mergedFiles } from '../../kubernetes/helm/collector-chart.ts';
import { helmCommand, setPath } from '../../kubernetes/helm/helm-command.ts';
import type { HelmCommand, SetValue } from '../../kubernetes/helm/helm-command.ts';
import { valuesMistakes } from '../../kubernetes/helm/values-shape.ts';
import type { LintInput, Rule } from '../rule.ts';

export const setPathRule: Rule = {
  id: 'HLM-008',
  severity: 'error',
  summary: 'A `--set` of a command that hits no value of the collector chart, or no key of a component',
  docs: '`--set` takes any path. What is no value of the chart its schema refuses; what is no key of a component (`config.processors.k8sattributes.enabled=true`) gets into the config, and the collector refuses that. A preset is switched on by `presets.<name>.enabled`. Keep values in a file that is reviewed.',
  check: (input) =>
    input.head.repository.scripts.flatMap(({ commands, place }) =>
      commands.flatMap((command) => {
        const found = helmCommand(command, place);
        const isOurs = found?.use.chart.name.split('/').at(-1) === COLLECTOR_CHART;
        return found === undefined || !isOurs ? [] : mistakes(found, input);
      }),
    ),
};

/** The newest collector that keys are known for. */
const NEWEST = '0.158.0';

function mistakes({ use, sets }: HelmCommand, input: LintInput): readonly Finding[] {
  return sets.flatMap((set, index) => {
    const node = use.inline[index];
    const finding = (message: string): Finding => ({
      rule: setPathRule.id,
      severity: 'error',
      message,
      at: set.at,
    });
    const refused =
      node === undefined
        ? []
        : valuesMistakes(mergedFiles([node]), use.chart.version).filter(
            // A value that only the shell knows may be of any kind.
            ({ message }) => !(set.value.includes('$') && message.includes(' must be ')),
          );
    if (refused.length > 0) return refused.map(({ message }) => finding(`\`--set ${set.path}\`: ${message}`));
    const unknown = unknownKey(set, input);
    return unknown === undefined ? [] : [finding(unknown)];
  });
}

function unknownKey({ path }: SetValue, { catalogue }: LintInput): string | undefined {
  const [root, section, id, ...steps] = setPath(path);
  const isComponent = COMPONENT_CLASSES.some((name) => name === section);
  if (root !== 'config' || id === undefined || !isComponent) return undefined;
  for (let length = 1; length <= steps.length; length++) {
    const verdict = catalogue.field([section ?? '', id, ...steps.slice(0, length)], NEWEST);
    if (verdict.verdict === 'unknown') return undefined;
    if (verdict.verdict === 'absent' && verdict.reason === 'never-known') {
      const meant = verdict.suggestion === undefined ? '' : `, did you mean \`${verdict.suggestion}\`?`;
      return `\`--set ${path}\`: \`${id}\` has no key \`${steps.slice(0, length).join('.')}\`${meant}; the collector will refuse the config`;
    }
  }
  return undefined;
}
