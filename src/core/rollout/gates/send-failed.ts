import { retryHorizonMs } from '../flows/topology.ts';
import { windowsOf } from '../flows/wave-windows.ts';
import type { SignalWindow } from '../signals.ts';
import type { Gate, GateContext, Judgement } from './gate.ts';
import { REGRESSION, judgeRegression } from './regression.ts';
import { durationText } from './words.ts';

/**
 * Exporters that give data up more often than at controls: at once where the backend says no for good (a 401), and where it
 * does not answer only when retries are over, after five minutes by default. So a pass before that time says nothing: it is
 * inconclusive until the soak has outlasted the longest retry of the config. By statistics, which start in shadow.
 */
export const sendFailed: Gate = {
  id: 'send-failed',
  title: 'Sending failed',
  needs: 'metrics',
  action: 'rollback',
  shadow: true,
  rule: 'exporters give data up in more windows than at controls, by sequential statistics, once retries are over',
  settings: REGRESSION,
  judge(context: GateContext, values): Judgement | undefined {
    const judgement = judgeRegression(context, values, givesUp, 'data given up');
    if (judgement?.verdict !== 'pass') return judgement;
    const horizon = retryHorizonMs(context.target);
    const { from } = windowsOf(context);
    if (context.now - from > horizon) return judgement;
    const time = horizon === Infinity ? 'never end' : `take up to ${durationText(horizon)}`;
    return {
      ...judgement,
      verdict: 'inconclusive',
      evidence: `${judgement.evidence}; retries ${time} before anything is given up`,
    };
  },
};

function givesUp({ exporters }: SignalWindow): boolean {
  for (const flows of exporters.values()) if (flows.some((flow) => flow.sendFailed > 0)) return true;
  return false;
}
