import type { SignalWindow } from '../signals.ts';
import type { Gate, GateContext, Judgement } from './gate.ts';
import { REGRESSION, judgeRegression } from './regression.ts';

/**
 * Receivers that turn data away more often than at controls: a memory limiter that is set too tight, a queue that is full.
 * Bad is a window in which anything was refused. By statistics, which start in shadow: they have to be seen to be right on a
 * fleet before they are let stop its rollouts.
 */
export const refused: Gate = {
  id: 'refused',
  title: 'Data refused',
  needs: 'metrics',
  action: 'rollback',
  shadow: true,
  rule: 'receivers refuse data in more windows than at controls, by sequential statistics',
  settings: REGRESSION,
  judge(context: GateContext, values): Judgement | undefined {
    return judgeRegression(context, values, refuses, 'data refused');
  },
};

function refuses({ receivers }: SignalWindow): boolean {
  for (const flows of receivers.values()) if (flows.some((flow) => flow.refused > 0)) return true;
  return false;
}
