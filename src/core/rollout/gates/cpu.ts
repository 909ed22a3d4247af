import type { Gate, GateContext, Judgement } from './gate.ts';
import { USAGE, judgeUsage } from './usage.ts';

/** Collectors that use more processor time under the target than the controls do. In shadow: what is usual differs by fleet. */
export const cpu: Gate = {
  id: 'cpu',
  title: 'CPU',
  needs: 'metrics',
  action: 'pause',
  shadow: true,
  rule: 'collectors use 1.3 times the processor time that controls do, by a Mann-Whitney test when the soak is over',
  settings: USAGE,
  judge(context: GateContext, values): Judgement | undefined {
    return judgeUsage(context, values, ({ usage }) => usage.cpuSeconds, 'CPU');
  },
};
