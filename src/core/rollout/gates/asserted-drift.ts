import type { Gate, GateContext, Judgement } from './gate.ts';
import { TOLERANCE, allowance, idsOf, share, toleratedPart, touched } from './tolerance.ts';
import { someOf } from './words.ts';

/**
 * Agents that say APPLIED and report to run something else: a key that the config sets is missing or has another value, or
 * a component is there that nobody described. A local file that is merged into the config, or an agent that does not tell
 * the truth; no rollback mends that, so a person is asked.
 */
export const assertedDrift: Gate = {
  id: 'asserted-drift',
  title: 'Runs something else',
  needs: 'effective-config',
  action: 'pause',
  shadow: false,
  rule: 'agents report to run something else than the config',
  settings: TOLERANCE,
  judge(context: GateContext, values): Judgement | undefined {
    const reporting = touched(context).filter(
      ({ appliedAt, drift, fault }) =>
        drift !== undefined &&
        fault === undefined &&
        appliedAt !== undefined &&
        context.now >= appliedAt + context.settleMs,
    );
    if (reporting.length === 0) return undefined;
    const drifted = reporting.filter(({ drift }) => drift !== undefined && drift.length > 0);
    if (drifted.length === 0) {
      const evidence = `the config is reported to run on ${share(context, reporting.length, reporting.length)}`;
      return { verdict: 'pass', evidence, agents: [] };
    }
    const paths = drifted.flatMap(({ drift = [] }) => drift.map(({ path }) => path.join('::')));
    const told = `something else is reported to run on ${share(context, drifted.length, reporting.length)}, at ${someOf(paths)}`;
    return drifted.length > toleratedPart(context, values)
      ? { verdict: 'fail', evidence: told, agents: idsOf(drifted) }
      : { verdict: 'pass', evidence: `${told}${allowance(context, values)}`, agents: idsOf(drifted) };
  },
};
