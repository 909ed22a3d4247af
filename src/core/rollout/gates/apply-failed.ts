import type { Gate, GateContext, JudgedAgent, Judgement } from './gate.ts';
import { TOLERANCE, allowance, idsOf, share, tolerated, touched } from './tolerance.ts';
import { durationText, median } from './words.ts';

/** Agents that said FAILED, or went back to what they ran before by themselves. */
export const applyFailed: Gate = {
  id: 'apply-failed',
  title: 'Config refused',
  needs: 'status',
  action: 'rollback',
  shadow: false,
  rule: 'agents refuse the config',
  settings: TOLERANCE,
  judge(context: GateContext, values): Judgement | undefined {
    const offered = touched(context);
    if (offered.length === 0) return undefined;
    const refused = offered.filter(({ fault }) => fault?.kind === 'refused');
    const open = offered.filter(({ fault, appliedAt }) => fault === undefined && appliedAt === undefined);
    const told = `${share(context, refused.length)} refused the config${sooner(refused)}`;
    if (refused.length > tolerated(context, values)) {
      return { verdict: 'fail', evidence: told, agents: idsOf(refused) };
    }
    if (open.length > 0) {
      const evidence = `${share(context, open.length)} ${open.length === 1 ? 'has' : 'have'} not answered yet`;
      return { verdict: 'inconclusive', evidence, agents: idsOf(open) };
    }
    const evidence = refused.length === 0 ? told : `${told}${allowance(context, values)}`;
    return { verdict: 'pass', evidence, agents: idsOf(refused) };
  },
};

function sooner(refused: readonly JudgedAgent[]): string {
  const times = refused.flatMap(({ fault, offeredAt }) =>
    fault === undefined || offeredAt === undefined ? [] : [fault.at - offeredAt],
  );
  return times.length === 0 ? '' : ` ${durationText(median(times))} after the offer`;
}
