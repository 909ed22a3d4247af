import { unitsOf } from '../flows/units.ts';
import type { FlowUnit } from '../flows/units.ts';
import { windowsOf } from '../flows/wave-windows.ts';
import type { Observed, WaveWindows } from '../flows/wave-windows.ts';
import { seriesOf, total } from '../flows/window-flows.ts';
import type { Flow } from '../flows/window-flows.ts';
import { agentsOf, compare, judgementOf, weightiest } from './comparison.ts';
import type { Comparison, Sign } from './comparison.ts';
import type { Gate, GateContext, Judgement, PipelineTopology } from './gate.ts';
import { TOLERANCE, idsOf, noun, share } from './tolerance.ts';
import { durationText, median, percentText, rateText } from './words.ts';

const SILENT_SECONDS = 60;
/** A silence counts when it is this many times as long as the longest pause that the agent made before. */
const PAUSES = 3;

interface Silence {
  readonly sign: Sign | 'quiet';
  readonly silentMs: number;
}

interface Finding {
  readonly key: string;
  readonly unit: FlowUnit;
  readonly comparison: Comparison;
  readonly quiet: readonly Observed[];
}

/**
 * A pipeline that sent before, is still given data, and sends nothing any more: what "applied and healthy" hides (a filter that
 * drops everything, a backend that answers 401, an address where nobody listens). Judged by the agents' own metrics, an agent
 * against its own past, the wave against its controls.
 *
 * A pipeline or exporter that is new has nothing to be compared with: it is found when it gives up what it gets and has sent
 * nothing ever. The gate says nothing of pipelines that sent nothing before, of those that a connector other than `forward` feeds or drains, and
 * where no metrics arrive: that is for `no-data` to say. A pipeline that is given nothing any more is told and not acted upon:
 * senders that keep a connection stay where they went while the agent restarted.
 */
export const flowStopped: Gate = {
  id: 'flow-stopped',
  title: 'Flow stopped',
  needs: 'metrics',
  action: 'rollback',
  shadow: false,
  rule: 'a pipeline or exporter that sent before and is still given data sends nothing for a minute',
  settings: {
    ...TOLERANCE,
    silentSeconds: {
      value: SILENT_SECONDS,
      what: 'silence that counts; more where the agent made longer pauses before',
      minimum: 1,
    },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const windows = windowsOf(context);
    const silentMs = (values['silentSeconds'] ?? SILENT_SECONDS) * 1000;
    const findings = unitsOf(context.target)
      .filter(({ tellsOut }) => tellsOut)
      .map((unit) => findingOf(context, windows, values, unit, silentMs));
    const decisive = weightiest(findings);
    if (decisive === undefined) return quietJudgement(context, findings);
    const [first] = decisive;
    if (first.comparison.outcome === 'clear') {
      const quiet = quietJudgement(context, findings);
      if (quiet !== undefined) return quiet;
    }
    return judgementOf(context, values, first.comparison, {
      shown: () => sentence(context, windows, decisive, silentMs),
      early: () =>
        `${first.key} has sent nothing yet on ${share(context, first.comparison.early.length)}, ${durationText(silentMs)} are waited for`,
      clear: () => goesOn(context, windows, first),
    });
  },
};

function findingOf(
  context: GateContext,
  windows: WaveWindows,
  values: Readonly<Record<string, number>>,
  unit: FlowUnit,
  silentMs: number,
): Finding {
  const signs = new Map(
    [...windows.wave, ...windows.controls].map((observed) => [
      observed,
      observed.isFresh ? silenceOf(windows, observed, unit.key, silentMs)?.sign : undefined,
    ]),
  );
  const comparison = compare(context, windows, values, (observed) => {
    const sign = signs.get(observed);
    return sign === 'quiet' ? undefined : sign;
  });
  const quiet = windows.wave.filter((observed) => signs.get(observed) === 'quiet');
  return { key: unit.key, unit, comparison, quiet };
}

/**
 * What an agent's windows say of one unit. Its rhythm is known from two windows before the offer in which something was sent;
 * undefined where it is not, nothing came in since, or the soak is shorter than it. `quiet`: nothing is sent because nothing arrives.
 */
function silenceOf(
  { windowMs, soakEndsAt }: WaveWindows,
  { before, after, was, runs }: Observed,
  key: string,
  silentMs: number,
): Silence | undefined {
  const isNew = !unitsOf(was).some((unit) => unit.key === key);
  const pause = isNew ? windowMs : longestPause(seriesOf(before, was, key), windowMs);
  if (pause === undefined || (isNew && before.length === 0)) return undefined;
  const now = seriesOf(after, runs, key);
  const newest = now.at(-1);
  const oldest = now[0];
  if (newest === undefined || oldest === undefined) return undefined;
  const until = newest.at + windowMs;
  const lastSent = now.findLast(({ sent }) => sent > 0);
  const since = lastSent === undefined ? oldest.at : lastSent.at + windowMs;
  const silent = now.filter(({ at }) => at >= since);
  const needed = Math.max(silentMs, PAUSES * pause);
  // Slower than the soak is long: that nothing was sent yet says nothing, now or later.
  const isTooSlow = PAUSES * pause > Math.max(silentMs, soakEndsAt - oldest.at);
  // What is new may have reason to be silent, and none to give up all that it gets.
  if (isNew && (lastSent !== undefined || total(silent, 'lost') === 0)) return undefined;
  const isCovered = silent.length * windowMs * 2 >= until - since;
  const length = until - since;
  if (length < needed && lastSent !== undefined) return { sign: 'clear', silentMs: length };
  if (length < needed) return isTooSlow ? undefined : { sign: 'early', silentMs: length };
  if (!isCovered) return { sign: 'early', silentMs: length };
  // What arrived a moment ago may still be on its way, for as long as the agent has paused before.
  const due = silent.filter(({ at }) => at + windowMs <= until - pause);
  return { sign: total(due, 'arrived') > 0 ? 'shown' : 'quiet', silentMs: length };
}

/** The longest time between two windows in which something was sent, up to the end; undefined when there are no two. */
function longestPause(past: readonly Flow[], windowMs: number): number | undefined {
  const sends = past.filter(({ sent }) => sent > 0).map(({ at }) => at);
  if (sends.length < 2) return undefined;
  const ends = [...sends.slice(1), past.at(-1)?.at ?? 0];
  return Math.max(windowMs, ...ends.map((at, index) => at - (sends[index] ?? at)));
}

/** What nothing arrives at any more, though it does at controls: told, since it may have reasons of its own. */
function quietJudgement(context: GateContext, findings: readonly Finding[]): Judgement | undefined {
  const quiet = findings.find(
    ({ quiet: agents, comparison }) => agents.length > 0 && comparison.controlsClear.length > 0,
  );
  if (quiet === undefined) return undefined;
  const evidence = `nothing arrives at ${quiet.key} any more on ${share(context, quiet.quiet.length)}; it does on ${
    quiet.comparison.controlsClear.length
  } controls`;
  return { verdict: 'inconclusive', shadow: true, evidence, agents: idsOf(agentsOf(quiet.quiet)) };
}

/** `traces/out sent 0/s for 60 s on 4 of 4 canaries (before: 1.2k/s; 41 controls unchanged 1.1k/s)`. */
function sentence(
  context: GateContext,
  windows: WaveWindows,
  [first, ...others]: readonly [Finding, ...Finding[]],
  silentMs: number,
): string {
  const { shown, clear } = first.comparison;
  const lengths = shown.flatMap(
    (observed) => silenceOf(windows, observed, first.key, silentMs)?.silentMs ?? [],
  );
  const lost = shown.reduce(
    (sum, { after }) => sum + total(seriesOf(after, context.target, first.key), 'lost'),
    0,
  );
  // An exporter of a pipeline that is named already is no news.
  const more = others.filter(
    ({ unit }) =>
      unit.kind === 'pipeline' || !unit.exporters.every((id) => first.unit.exporters.includes(id)),
  );
  return [
    `${first.key} sent 0/s for ${durationText(Math.min(...lengths))} on ${share(context, shown.length, shown.length + clear.length)}`,
    lost > 0 ? ', which gave data up' : '',
    ` (${isNewOn(shown, first.key) ? 'new' : `before: ${rateBefore(windows, shown, first.key)}`}; ${controlsText(windows, first)})`,
    more.length > 0 ? `; so did ${more.map(({ key }) => key).join(', ')}` : '',
  ].join('');
}

function isNewOn(agents: readonly Observed[], key: string): boolean {
  return agents.every(({ was }) => !unitsOf(was).some((unit) => unit.key === key));
}

function controlsText(windows: WaveWindows, { key, comparison }: Finding): string {
  const { controlsShown, controlsClear } = comparison;
  const judged = controlsShown.length + controlsClear.length;
  if (judged === 0) return 'no controls';
  if (controlsShown.length > 0) return `${controlsShown.length} of ${judged} controls did as well`;
  const past = controlsClear.map(({ before, was }) => rate(windows, before, was, key));
  const now = controlsClear.map(({ after, runs }) => rate(windows, after, runs, key));
  const change = median(past) === 0 ? 0 : median(now) / median(past) - 1;
  const how =
    Math.abs(change) <= 0.2 ? 'unchanged ' : `${change > 0 ? '+' : '−'}${percentText(Math.abs(change))}, `;
  return `${judged} ${judged === 1 ? 'control' : 'controls'} ${how}${rateText(median(now), 1000)}`;
}

function goesOn(context: GateContext, windows: WaveWindows, { key, comparison }: Finding): string {
  const { clear } = comparison;
  const now = rateText(median(clear.map(({ after, runs }) => rate(windows, after, runs, key))), 1000);
  return `${key} sends ${now} on ${clear.length} ${noun(context, clear.length)} (before: ${rateBefore(windows, clear, key)})`;
}

function rateBefore(windows: WaveWindows, agents: readonly Observed[], key: string): string {
  return rateText(median(agents.map(({ before, was }) => rate(windows, before, was, key))), 1000);
}

/** Items a second over windows. */
function rate(
  { windowMs }: WaveWindows,
  windows: Observed['before'],
  topology: PipelineTopology,
  key: string,
): number {
  const series = seriesOf(windows, topology, key);
  return series.length === 0 ? 0 : (total(series, 'sent') * 1000) / (series.length * windowMs);
}
