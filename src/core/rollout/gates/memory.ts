import type { Gate, GateContext, Judgement } from './gate.ts';
import { USAGE, judgeUsage } from './usage.ts';

/** Collectors that hold more memory under the target than the controls do. In shadow: what is usual differs by fleet. */
export const memory: Gate = {
  id: 'memory',
  title: 'Memory',
  needs: 'metrics',
  action: 'pause',
  shadow: true,
  rule: 'collectors hold 1.3 times the memory that controls do, by a Mann-Whitney test when the soak is over',
  settings: USAGE,
  judge(context: GateContext, values): Judgement | undefined {
    return judgeUsage(context, values, ({ usage }) => usage.rssBytes, 'memory');
  },
};
