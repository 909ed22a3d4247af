import type { Gate, GateContext, Judgement } from './gate.ts';
import { someOf } from './words.ts';

/** What checks outside answered; they are asked by whoever calls, this gate reads what is handed in. */
export const external: Gate = {
  id: 'external',
  title: 'Check outside',
  needs: 'external',
  action: 'pause',
  shadow: false,
  rule: 'a check that the policy names says no',
  settings: {},
  judge({ external: results = [] }: GateContext): Judgement | undefined {
    return results.length === 0 ? undefined : judgeChecks(results);
  },
};

/** What the words of checks outside come to: one no is a no, and one that cannot tell keeps all from being a yes. */
export function judgeChecks(results: NonNullable<GateContext['external']>): Judgement {
  const failed = results.filter(({ verdict }) => verdict === 'fail');
  const open = results.filter(({ verdict }) => verdict === 'inconclusive');
  if (failed.length > 0) return { verdict: 'fail', evidence: said(failed), agents: [] };
  if (open.length > 0) return { verdict: 'inconclusive', evidence: said(open), agents: [] };
  return { verdict: 'pass', evidence: `${someOf(results.map(({ name }) => name))} said yes`, agents: [] };
}

function said(results: NonNullable<GateContext['external']>): string {
  return results
    .map(({ name, verdict, evidence }) =>
      evidence === ''
        ? `${name} ${verdict === 'fail' ? 'said no' : 'could not tell'}`
        : `${name}: ${evidence}`,
    )
    .toSorted()
    .slice(0, 3)
    .join('; ');
}
