import { unitsOf } from '../flows/units.ts';
import type { FlowUnit } from '../flows/units.ts';
import { windowsOf } from '../flows/wave-windows.ts';
import type { Observed } from '../flows/wave-windows.ts';
import { seriesOf, total } from '../flows/window-flows.ts';
import { compare, judgementOf, weightiest } from './comparison.ts';
import type { Comparison, Sign } from './comparison.ts';
import type { Gate, GateContext, Judgement } from './gate.ts';
import { TOLERANCE, share } from './tolerance.ts';
import { median, percentText, someOf } from './words.ts';

const WINDOWS = 5;
const CHANGE = 0.2;

interface Ratios {
  readonly before: number;
  readonly now: number;
}

interface Finding {
  readonly key: string;
  readonly comparison: Comparison;
  readonly ratios: ReadonlyMap<Observed, Ratios>;
  /** Processors that were added, taken away or changed and that let other amounts out by design. */
  readonly changed: readonly string[];
}

/**
 * An exporter to which another part of what arrives gets through than before: a filter that takes too much, a pipeline that
 * was cut off. An agent's ratio of out to in is compared with its own from before, window by window; each of five in a row has
 * to be off to the same side, so that a batch that leaves one window later is no finding.
 *
 * It starts in shadow and needs to be known first: what a batch or a queue holds back moves between windows. Where the change
 * touches a processor that is there to let less out, a smaller ratio is what was wanted, and the finding stays in shadow
 * whatever the policy says. Says nothing where connectors keep in or out from being known, or nothing flowed before.
 */
export const flowRatio: Gate = {
  id: 'flow-ratio',
  title: 'Flow ratio',
  needs: 'metrics',
  action: 'pause',
  shadow: true,
  rule: 'of what arrives, a part that differs by a fifth from before leaves an exporter, for five windows in a row',
  settings: {
    ...TOLERANCE,
    windows: { value: WINDOWS, what: 'windows in a row that are off', minimum: 1 },
    change: { value: CHANGE, what: 'part by which out / in may differ from before', minimum: 0 },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const findings = unitsOf(context.target)
      .filter(({ kind, tellsIn, tellsOut }) => kind === 'exporter' && tellsIn && tellsOut)
      .map((unit) => findingOf(context, values, unit));
    const decisive = weightiest(findings);
    if (decisive === undefined) return undefined;
    const [first] = decisive;
    const judgement = judgementOf(context, values, first.comparison, {
      shown: () => sentence(context, first, first.comparison.shown),
      early: () => `${first.key}: ${values['windows'] ?? WINDOWS} windows are waited for`,
      clear: () => sentence(context, first, first.comparison.clear),
    });
    return first.changed.length > 0 && judgement.verdict !== 'pass'
      ? {
          ...judgement,
          shadow: true,
          evidence: `${judgement.evidence}; ${someOf(first.changed)} changed: another amount is expected, its size is not known`,
        }
      : judgement;
  },
};

function findingOf(context: GateContext, values: Readonly<Record<string, number>>, unit: FlowUnit): Finding {
  const windows = windowsOf(context);
  const { windows: needed = WINDOWS, change = CHANGE } = values;
  const ratios = new Map<Observed, Ratios>();
  const comparison = compare(context, windows, values, (observed): Sign | undefined => {
    const past = seriesOf(observed.before, observed.was, unit.key).filter(({ accepted }) => accepted > 0);
    const now = seriesOf(observed.after, observed.runs, unit.key).filter(({ accepted }) => accepted > 0);
    const usual = total(past, 'sent') / total(past, 'accepted');
    if (past.length < needed || usual === 0) return undefined;
    const recent = now.slice(-needed);
    if (recent.length < needed) return now.length === 0 ? undefined : 'early';
    ratios.set(observed, { before: usual, now: total(recent, 'sent') / total(recent, 'accepted') });
    const sides = recent.map(({ sent, accepted }) => sent / accepted / usual - 1);
    const isOff = sides.every((side) => side < -change) || sides.every((side) => side > change);
    return isOff ? 'shown' : 'clear';
  });
  const shown = comparison.shown.length > 0 ? comparison.shown : windows.wave;
  return { key: unit.key, comparison, ratios, changed: changedReducers(unit, shown) };
}

/** Reducers on the way through a unit that are not the same as in what the agents ran before. */
function changedReducers(unit: FlowUnit, agents: readonly Observed[]): readonly string[] {
  return [
    ...new Set(
      agents.flatMap(({ was, runs }) => {
        const before = unitsOf(was).find(({ key }) => key === unit.key)?.processors ?? [];
        return [...new Set([...before, ...unit.processors])].filter((id) => {
          const [old, young] = [was.reducers?.get(id), runs.reducers?.get(id)];
          const isMoved = before.includes(id) !== unit.processors.includes(id);
          return (old !== undefined || young !== undefined) && (isMoved || old !== young);
        });
      }),
    ),
  ].toSorted();
}

function sentence(
  context: GateContext,
  { key, comparison, ratios }: Finding,
  agents: readonly Observed[],
): string {
  const known = agents.flatMap((observed) => ratios.get(observed) ?? []);
  const judged = comparison.shown.length + comparison.clear.length;
  const before = percentText(median(known.map((ratio) => ratio.before)));
  const now = percentText(median(known.map((ratio) => ratio.now)));
  const controls = comparison.controlsShown.length + comparison.controlsClear.length;
  const alike =
    controls === 0
      ? 'no controls'
      : `${comparison.controlsShown.length} of ${controls} controls changed alike`;
  return `${key} sends ${now} of what arrives on ${share(context, agents.length, judged)} (before: ${before}${
    agents === comparison.shown ? `; ${alike}` : ''
  })`;
}
