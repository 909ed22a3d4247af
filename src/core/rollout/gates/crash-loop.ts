import type { Gate, GateContext, JudgedAgent, Judgement } from './gate.ts';
import { TOLERANCE, allowance, idsOf, share, toleratedPart, touched } from './tolerance.ts';
import { durationText } from './words.ts';

const STARTS = 3;
const WITHIN_SECONDS = 300;

/** The supervisor's words for a collector that ended by itself; what follows is the tail of the collector's log. */
const EXIT = /^Agent process PID=\d+ exited unexpectedly, exit code=-?\d+\. Will restart in a bit\.\.\./;

/**
 * The part of a health message by which one unexpected end of a collector is told from the next, since it carries the
 * process id; undefined for other messages. Words: cmd/opampsupervisor 0.158, seen in reference/lab-opamp.md §4.
 */
export function processExitOf(healthMessage: string): string | undefined {
  return EXIT.exec(healthMessage)?.[0];
}

/**
 * Collectors that start again and again under the target. Starts are known in two ways, and the larger number counts:
 * each process that sends metrics has an incarnation of its own, and an agent's health tells unexpected ends. An agent
 * that did so before the offer, in as long a time, says nothing about the config.
 */
export const crashLoop: Gate = {
  id: 'crash-loop',
  title: 'Crash loop',
  needs: 'health',
  action: 'rollback',
  shadow: false,
  rule: 'collectors start three times within five minutes and did not do so before',
  settings: {
    ...TOLERANCE,
    starts: { value: STARTS, what: 'starts that count, the first one by the offer among them', minimum: 2 },
    withinSeconds: { value: WITHIN_SECONDS, what: 'time in which they count', minimum: 1 },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const withinMs = (values['withinSeconds'] ?? WITHIN_SECONDS) * 1000;
    const needed = values['starts'] ?? STARTS;
    const known = touched(context).filter(
      ({ exits, signals, observed, fault }) =>
        fault?.kind === 'crash-loop' ||
        exits !== undefined ||
        signals !== undefined ||
        observed?.healthy !== undefined,
    );
    if (known.length === 0) return undefined;
    const looping = known.filter(
      (agent) =>
        agent.fault?.kind === 'crash-loop' ||
        (starts(agent, context.now, withinMs) >= needed && !loopedBefore(agent, needed, withinMs)),
    );
    const most = Math.max(...looping.map((agent) => starts(agent, context.now, withinMs)), needed);
    const told = `${share(context, looping.length, known.length)} started ${
      most > needed ? `up to ${most}` : String(needed)
    } times within ${durationText(withinMs)}`;
    if (looping.length > toleratedPart(context, values)) {
      return { verdict: 'fail', evidence: told, agents: idsOf(looping) };
    }
    const evidence =
      looping.length === 0
        ? `${share(context, 0, known.length)} started ${needed} times within ${durationText(withinMs)}`
        : `${told}${allowance(context, values)}`;
    return { verdict: 'pass', evidence, agents: idsOf(looping) };
  },
};

/** Starts of the collector since the offer and within the time: the one that the offer caused, and one after each end. */
function starts(agent: JudgedAgent, now: number, withinMs: number): number {
  const from = Math.max(agent.offeredAt ?? now, now - withinMs);
  const ends = endsOf(agent, now).filter((at) => at >= from && at <= now).length;
  return Math.max(ends === 0 ? 0 : ends + 1, incarnations(agent, from, now));
}

function loopedBefore(agent: JudgedAgent, needed: number, withinMs: number): boolean {
  const until = agent.offeredAt ?? 0;
  const from = until - withinMs;
  const ends = endsOf(agent, until).filter((at) => at >= from && at < until).length;
  return ends + 1 >= needed || incarnations(agent, from, until, agent.previousStamp) >= needed;
}

/** When its collector ended unexpectedly (bad health may have other reasons); what its health says now is one of them even where nobody kept a list. */
function endsOf({ exits = [], observed, unhealthySince }: JudgedAgent, now: number): readonly number[] {
  const latest = processExitOf(observed?.healthMessage ?? '');
  const isKept = exits.some(({ message }) => processExitOf(message) === latest);
  const isNow = observed?.healthy === false && latest !== undefined && !isKept;
  const told = exits.filter(({ message }) => processExitOf(message) !== undefined).map(({ at }) => at);
  return [...told, ...(isNow ? [unhealthySince ?? now] : [])];
}

/** Processes whose first report known falls into the time; where a stamp is named, of that config alone. */
function incarnations({ signals, baseline }: JudgedAgent, from: number, until: number, of?: string): number {
  const first = new Map<string, number>();
  for (const { at, incarnation, stamp } of [...(baseline?.windows ?? []), ...(signals?.windows ?? [])]) {
    if (of !== undefined && stamp !== undefined && stamp !== of) continue;
    first.set(incarnation, Math.min(at, first.get(incarnation) ?? at));
  }
  return [...first.values()].filter((at) => at >= from && at < until).length;
}
