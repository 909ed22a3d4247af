import type { Finding } from '../../document/finding.ts';
import { codes, isPushed, typedPipelines } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const unevenAttributesRule: Rule = {
  id: 'PIP-006',
  severity: 'notice',
  summary: '`k8s_attributes` on some signals of a receiver and not on the others',
  docs: 'Signals are brought together by their attributes: logs without `k8s.pod.name` do not find the traces that have it. If the same receiver brings several signals, give all of them the processor.',
  check: (_input, { running }) => running.flatMap((one) => uneven(one)),
};

function uneven(running: RunningConfig): readonly Finding[] {
  if (!running.whole) return [];
  const pushed = typedPipelines(running).filter((one) => isPushed(one, running));
  const withIt = pushed.filter(({ processors }) => processors.some(({ type }) => type === 'k8s_attributes'));
  const fed = new Set(withIt.flatMap(({ receivers }) => receivers.map(({ id }) => id)));
  const without = pushed.filter(
    (one) =>
      !withIt.includes(one) &&
      one.pipeline.signal !== 'profiles' &&
      one.receivers.some(({ id }) => fed.has(id)) &&
      // The same signal in another pipeline may have it.
      !withIt.some(({ pipeline }) => pipeline.signal === one.pipeline.signal),
  );
  const [first] = without;
  if (first === undefined) return [];
  return [
    runningFinding(running, {
      rule: unevenAttributesRule.id,
      severity: 'notice',
      path: ['service', 'pipelines', first.pipeline.id],
      message: `${without.length === 1 ? 'pipeline' : 'pipelines'} ${codes(without.map(({ pipeline }) => pipeline.id))} ${without.length === 1 ? 'lacks' : 'lack'} the \`k8s_attributes\` that data of the same receiver gets in ${codes(withIt.map(({ pipeline }) => pipeline.id))}`,
    }),
  ];
}
