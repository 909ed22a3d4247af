import { windowsOf } from '../flows/wave-windows.ts';
import type { Observed } from '../flows/wave-windows.ts';
import type { Gate, GateContext, Judgement } from './gate.ts';
import { idsOf, noun, share } from './tolerance.ts';
import { durationText } from './words.ts';
import { agentsOf } from './comparison.ts';

const WINDOWS = 3;
const MISSING_PERCENT = 50;

/**
 * Metrics that ought to be there and are not. Nothing is ever taken for a pass: the gates that look at metrics say nothing of
 * agents that send none, and this one says for all of them that nothing is known.
 *
 * Metrics are expected where the config makes collectors send them here, or where agents of the wave sent them before their
 * offer; where neither is so this gate has nothing to say, and the report tells which gates could not run. Windows of another
 * config than the target do not count as data of the target. A soak that ends before any metrics of the target can be there is
 * told, in shadow.
 */
export const noData: Gate = {
  id: 'no-data',
  title: 'No data',
  needs: 'metrics',
  action: 'pause',
  shadow: false,
  rule: 'more than half of the windows that are expected of the wave are missing: inconclusive, never a pass',
  settings: {
    missingPercent: {
      value: MISSING_PERCENT,
      what: 'percent of the expected windows that may be missing',
      minimum: 0,
      maximum: 100,
    },
    windows: { value: WINDOWS, what: 'windows after an agent settled, before it is missed', minimum: 1 },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const { windowMs, wave, isExpected, from } = windowsOf(context);
    if (!isExpected || wave.length === 0) return undefined;
    const needed = values['windows'] ?? WINDOWS;
    const soonest = from + (needed + 1) * windowMs;
    if (from < Infinity && context.soakEndsAt < soonest) {
      // Whoever wrote so short a soak wants no metrics looked at; a pause after each wave would be no help.
      const evidence = `the soak ends ${durationText(soonest - context.soakEndsAt)} before metrics can say anything`;
      return { verdict: 'inconclusive', shadow: true, evidence, agents: [] };
    }
    const mayMiss = (values['missingPercent'] ?? MISSING_PERCENT) / 100;
    const due = wave.map((observed) => ({ observed, windows: expected(context, observed, windowMs) }));
    const settled = due.filter(({ windows }) => windows >= needed);
    if (settled.length === 0 || settled.length < wave.length) {
      const evidence = `${share(context, settled.length, wave.length)} settled for ${needed} windows so far`;
      const waiting = due.filter(({ windows }) => windows < needed).map(({ observed }) => observed);
      return { verdict: 'inconclusive', evidence, agents: idsOf(agentsOf(waiting)) };
    }
    const wanted = settled.reduce((sum, { windows }) => sum + windows, 0);
    const there = settled.reduce((sum, { observed, windows }) => sum + Math.min(windows, times(observed)), 0);
    const silent = settled.filter(
      ({ observed, windows }) => times(observed) < windows * (1 - mayMiss) || !observed.isFresh,
    );
    const agents = idsOf(agentsOf(silent.map(({ observed }) => observed)));
    const isMissing = wanted - there > wanted * mayMiss || silent.length > settled.length * mayMiss;
    const evidence = `${there} of ${wanted} windows arrived from ${wave.length} ${noun(context, wave.length)}`;
    return isMissing
      ? {
          verdict: 'inconclusive',
          evidence: `${evidence}: nothing can be said of ${silent.length === 1 ? 'one' : silent.length}`,
          agents,
        }
      : { verdict: 'pass', evidence, agents };
  },
};

/** Whole windows since an agent settled; the newest one may still be on its way. */
function expected({ now, settleMs }: GateContext, { agent }: Observed, windowMs: number): number {
  const since = (agent.appliedAt ?? Infinity) + settleMs;
  return Math.max(0, Math.floor((now - since) / windowMs) - 1);
}

function times({ after }: Observed): number {
  return new Set(after.map(({ at }) => at)).size;
}
