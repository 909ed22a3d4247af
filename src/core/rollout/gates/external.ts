import type { Gate, GateContext, Judgement } from './gate.ts';
import { someOf } from './words.ts';

/** What checks outside said; they speak by themselves, this gate reads what is handed in. The policy names those that have to. */
export const external: Gate = {
  id: 'external',
  title: 'Check outside',
  needs: 'external',
  action: 'pause',
  shadow: false,
  rule: 'a check says no, or one that the policy names has said nothing yet',
  settings: {},
  judge({ external: results = [], awaitedChecks = [] }: GateContext): Judgement | undefined {
    const heard = new Set(results.map(({ name }) => name));
    const silent = awaitedChecks.filter((name) => !heard.has(name));
    const unheard = silent.map((name) => ({ name, verdict: 'inconclusive', evidence: SILENT }) as const);
    const all = [...results, ...unheard];
    return all.length === 0 ? undefined : judgeChecks(all);
  },
};

const SILENT = 'has said nothing of this wave yet';

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
    .map(({ name, verdict, evidence }) => {
      if (evidence === SILENT) return `${name} ${SILENT}`;
      const word = verdict === 'fail' ? 'said no' : 'could not tell';
      return evidence === '' ? `${name} ${word}` : `${name}: ${evidence}`;
    })
    .toSorted()
    .slice(0, 3)
    .join('; ');
}
