import type { Gate, GateContext, JudgedAgent, Judgement } from './gate.ts';
import { TOLERANCE, allowance, idsOf, share, tolerated, touched } from './tolerance.ts';
import { durationText } from './words.ts';

const SILENT_SECONDS = 90;

/**
 * Agents that fell silent on the offer or after it. In a canary that asks for a rollback; in a later wave for a pause,
 * because machines also go away for reasons of their own. A rollback of a silent agent waits until it is back.
 */
export const wentDark: Gate = {
  id: 'went-dark',
  title: 'Went dark',
  needs: 'status',
  action: 'rollback',
  shadow: false,
  rule: 'agents fall silent after the offer (later waves: pause)',
  settings: {
    ...TOLERANCE,
    silentSeconds: {
      value: SILENT_SECONDS,
      what: 'silence that counts: three heartbeats of 30 s',
      minimum: 0,
    },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const offered = touched(context);
    if (offered.length === 0) return undefined;
    const limitMs = (values['silentSeconds'] ?? SILENT_SECONDS) * 1000;
    const dark = offered.filter((agent) => isDark(agent, context.now, limitMs));
    const away = offered.filter((agent) => agent.observed?.connected !== true && !dark.includes(agent));
    const action = context.canary ? 'rollback' : 'pause';
    const told = `${share(context, dark.length)} fell silent after the offer`;
    if (dark.length > tolerated(context, values)) {
      return { verdict: 'fail', action, evidence: told, agents: idsOf(dark) };
    }
    if (away.length > 0) {
      const evidence = `${share(context, away.length)} away for less than ${durationText(limitMs)}`;
      return { verdict: 'inconclusive', action, evidence, agents: idsOf(away) };
    }
    const evidence =
      dark.length === 0
        ? `${share(context, offered.length)} can be reached`
        : `${told}${allowance(context, values)}`;
    return { verdict: 'pass', action, evidence, agents: idsOf(dark) };
  },
};

/** A silence that began before the offer counts from the offer on. */
function isDark({ fault, offeredAt, observed }: JudgedAgent, now: number, limitMs: number): boolean {
  if (fault?.kind === 'no-answer') return true;
  if (observed?.connected === true) return false;
  const since = Math.max(observed?.awaySince ?? offeredAt ?? now, offeredAt ?? now);
  return now - since > limitMs;
}
