import type { Finding } from '../../document/finding.ts';
import { isEmpty, isNull, pick, textOf } from '../../kubernetes/traced.ts';
import { collectorSections } from '../helm-sections.ts';
import type { CollectorSection } from '../helm-sections.ts';
import type { Rule } from '../rule.ts';

export const withoutEffectRule: Rule = {
  id: 'HLM-012',
  severity: 'notice',
  summary: 'A value that the chart passes over in this mode',
  docs: 'A DaemonSet has a pod on every node: `replicaCount`, `autoscaling` and `podDisruptionBudget` of the collector chart count for deployments and statefulsets only, and nothing says so when they are set. `hostPort`s count for DaemonSets only.',
  check: (input) => collectorSections(input).flatMap(passedOver),
};

function passedOver({ given, defaults, installation }: CollectorSection): readonly Finding[] {
  if ((textOf(given, 'mode') ?? textOf(defaults, 'mode')) !== 'daemonset') return [];
  const count = pick(given, 'replicaCount');
  const switched = ['autoscaling', 'podDisruptionBudget'].flatMap((name) => {
    const enabled = pick(given, name, 'enabled');
    return isEmpty(enabled) ? [] : [{ name, at: enabled?.origin.at }];
  });
  const values = [
    ...(count === undefined || isNull(count) ? [] : [{ name: 'replicaCount', at: count.origin.at }]),
    ...switched,
  ];
  return values.map(({ name, at }) => ({
    rule: withoutEffectRule.id,
    severity: 'notice',
    message: `\`${name}\` has no effect with \`mode: daemonset\`, which runs a pod on every node`,
    at: at ?? installation.at,
  }));
}
