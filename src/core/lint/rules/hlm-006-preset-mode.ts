import type { Finding } from '../../document/finding.ts';
import { mergedFiles } from '../../kubernetes/helm/collector-chart.ts';
import { coalesce } from '../../kubernetes/merge.ts';
import { entriesOf, isEmpty, pick, textOf } from '../../kubernetes/traced.ts';
import type { Traced } from '../../kubernetes/traced.ts';
import { collectorSections } from '../helm-sections.ts';
import type { LintInput, Rule } from '../rule.ts';

export const presetModeRule: Rule = {
  id: 'HLM-006',
  severity: 'warning',
  summary: 'A preset that does not go with the mode',
  docs: 'Logs, host metrics and kubelet metrics are those of a node: in a Deployment or StatefulSet only the nodes that happen to have a pod are seen, some of them twice. Kubernetes events come once for the cluster: with mode daemonset the chart passes over the preset without a word.',
  check: (input) => [
    ...collectorSections(input).flatMap(({ given, defaults }) => {
      const values = coalesce(given, defaults);
      return unsuited(pick(values, 'presets'), textOf(values, 'mode') ?? '');
    }),
    ...ofStacks(input),
  ],
};

const OF_A_NODE = ['logsCollection', 'hostMetrics', 'kubeletMetrics', 'profiling'];

function unsuited(presets: Traced | undefined, mode: string): readonly Finding[] {
  return entriesOf(presets).flatMap(([name, preset]): readonly Finding[] => {
    const enabled = pick(preset, 'enabled');
    const at = enabled?.origin.at;
    if (isEmpty(enabled) || at === undefined) return [];
    const finding = (message: string): Finding => ({
      rule: presetModeRule.id,
      severity: 'warning',
      message,
      at,
    });
    if (OF_A_NODE.includes(name) && (mode === 'deployment' || mode === 'statefulset')) {
      return [
        finding(
          `preset \`${name}\` sees only the nodes that have a pod of this ${mode}; it belongs into a collector with mode daemonset`,
        ),
      ];
    }
    return name === 'kubernetesEvents' && mode === 'daemonset'
      ? [
          finding(
            `preset \`${name}\` does nothing with mode daemonset; it belongs into a collector with mode deployment`,
          ),
        ]
      : [];
  });
}

function ofStacks({ head }: LintInput): readonly Finding[] {
  return head.repository.helmInstallations
    .filter(({ kind }) => kind === 'kube-stack')
    .flatMap(({ files }) =>
      entriesOf(mergedFiles(files), 'collectors').flatMap(([name, collector]) => {
        // The chart's own collectors have a mode where the values name none.
        const mode = textOf(collector, 'mode') ?? (name === 'daemon' ? 'daemonset' : 'deployment');
        return unsuited(pick(collector, 'presets'), mode).filter(
          ({ message }) => !message.includes('does nothing'),
        );
      }),
    );
}
