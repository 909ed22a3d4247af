import type { Gate, GateContext, JudgedAgent, Judgement } from './gate.ts';
import { TOLERANCE, allowance, idsOf, share, tolerated, touched } from './tolerance.ts';
import { durationText } from './words.ts';

const UNHEALTHY_SECONDS = 60;

/**
 * Agents that say of themselves that they are not well, and were well before the offer. Unhealthy is strong evidence,
 * healthy is none (reference/rollouts.md §3), so that this gate fails waves and never speaks for one.
 */
export const health: Gate = {
  id: 'health',
  title: 'Unhealthy',
  needs: 'health',
  action: 'rollback',
  shadow: false,
  rule: 'agents that were healthy before say for a minute that they are not',
  settings: {
    ...TOLERANCE,
    unhealthySeconds: { value: UNHEALTHY_SECONDS, what: 'time without health that counts', minimum: 0 },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const limitMs = (values['unhealthySeconds'] ?? UNHEALTHY_SECONDS) * 1000;
    const telling = touched(context).filter(tells);
    if (telling.length === 0) return undefined;
    const sick = telling.filter((agent) => agent.observed?.healthy === false || agent.fault !== undefined);
    const lasting = sick.filter((agent) => isLasting(agent, context.now, limitMs));
    const told = `${share(context, lasting.length, telling.length)} unhealthy for ${durationText(limitMs)}`;
    if (lasting.length > tolerated(context, values)) {
      return { verdict: 'fail', evidence: told, agents: idsOf(lasting) };
    }
    const fresh = sick.filter((agent) => !lasting.includes(agent));
    if (fresh.length > 0) {
      const evidence = `${share(context, fresh.length, telling.length)} unhealthy for less than ${durationText(limitMs)}`;
      return { verdict: 'inconclusive', evidence, agents: idsOf(fresh) };
    }
    const evidence =
      lasting.length === 0
        ? `${share(context, telling.length, telling.length)} healthy by their own word`
        : `${told}${allowance(context, values)}`;
    return { verdict: 'pass', evidence, agents: idsOf(lasting) };
  },
};

/** Whether an agent's word about its health means anything here. */
function tells({ observed, fault, healthyBefore, settingsSentAt, appliedAt }: JudgedAgent): boolean {
  if (healthyBefore === false) return false;
  if (fault !== undefined) return fault.kind === 'unhealthy';
  if (appliedAt === undefined || observed?.connected !== true || observed.healthy === undefined) return false;
  return settingsSentAt === undefined || settingsSentAt < appliedAt;
}

function isLasting({ fault, unhealthySince }: JudgedAgent, now: number, limitMs: number): boolean {
  return fault?.kind === 'unhealthy' || (unhealthySince !== undefined && now - unhealthySince >= limitMs);
}
