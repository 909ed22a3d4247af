import type { Observed, WaveWindows } from '../flows/wave-windows.ts';
import type { GateContext, JudgedAgent, Judgement } from './gate.ts';
import { allowance, idsOf, toleratedPart } from './tolerance.ts';

/** What one agent's windows say of one fault; `early`: nothing yet, and they may still. */
export type Sign = 'shown' | 'clear' | 'early';

/** How many agents of a wave show something, beside the controls over the same time. */
export interface Comparison {
  /**
   * `common`: controls show it as well, so that it is not the config alone; `tolerated`: fewer than the wave fails for;
   * `nothing`: no agent could be judged.
   */
  readonly outcome: 'fail' | 'common' | 'tolerated' | 'early' | 'clear' | 'nothing';
  readonly shown: readonly Observed[];
  readonly clear: readonly Observed[];
  readonly early: readonly Observed[];
  readonly controlsShown: readonly Observed[];
  readonly controlsClear: readonly Observed[];
}

/**
 * Judges every agent by itself, against its own past, and then the wave against the controls: it fails for more agents than
 * are tolerated, unless controls show the same half as often or more. So a wave never fails for what its controls show alike,
 * and an outage of a backend that meets both is no regression.
 */
export function compare(
  context: GateContext,
  windows: WaveWindows,
  values: Readonly<Record<string, number>>,
  signOf: (observed: Observed) => Sign | undefined,
): Comparison {
  const wave = sorted(windows.wave, signOf);
  const controls = sorted(windows.controls, signOf);
  const judged = wave.shown.length + wave.clear.length;
  const sides = { ...wave, controlsShown: controls.shown, controlsClear: controls.clear };
  const outcome = (): Comparison['outcome'] => {
    if (wave.shown.length > toleratedPart(context, values)) {
      const usual = portion(controls.shown, controls.clear);
      return usual > 0 && usual * 2 >= portion(wave.shown, wave.clear) ? 'common' : 'fail';
    }
    if (wave.early.length > 0) return 'early';
    if (judged === 0) return 'nothing';
    return wave.shown.length > 0 ? 'tolerated' : 'clear';
  };
  return { ...sides, outcome: outcome() };
}

function portion(shown: readonly Observed[], clear: readonly Observed[]): number {
  return shown.length === 0 ? 0 : shown.length / (shown.length + clear.length);
}

function sorted(
  agents: readonly Observed[],
  signOf: (observed: Observed) => Sign | undefined,
): Readonly<Record<Sign, readonly Observed[]>> {
  const found: Record<Sign, Observed[]> = { shown: [], clear: [], early: [] };
  for (const agent of agents) {
    // Of an agent that stopped to report nothing is known any more: `no-data` says so.
    const sign = agent.isFresh ? signOf(agent) : undefined;
    if (sign !== undefined) found[sign].push(agent);
  }
  return found;
}

/** Agents of what was observed. */
export function agentsOf(observed: readonly Observed[]): readonly JudgedAgent[] {
  return observed.map(({ agent }) => agent);
}

/** Sentences for the outcomes of a comparison; asked for only where it has that outcome. */
interface Sentences {
  /** What the agents show that show it. */
  readonly shown: () => string;
  /** What is waited for. */
  readonly early: () => string;
  readonly clear: () => string;
}

/** The verdict of a comparison in words: what controls share is inconclusive, what is tolerated passes and is told. */
export function judgementOf(
  context: GateContext,
  values: Readonly<Record<string, number>>,
  { outcome, shown, early }: Comparison,
  say: Sentences,
): Judgement {
  const agents = idsOf(agentsOf(shown));
  switch (outcome) {
    case 'fail':
      return { verdict: 'fail', evidence: say.shown(), agents };
    case 'common':
      return { verdict: 'inconclusive', evidence: `${say.shown()}: not this config alone`, agents };
    case 'early':
      return { verdict: 'inconclusive', evidence: say.early(), agents: idsOf(agentsOf(early)) };
    case 'tolerated':
      return { verdict: 'pass', evidence: `${say.shown()}${allowance(context, values)}`, agents };
    case 'clear':
    case 'nothing':
    default:
      return { verdict: 'pass', evidence: say.clear(), agents: [] };
  }
}

/**
 * The findings that decide: those that fail, else those that controls share, and so on; undefined where there is none that
 * says anything. Several units may be meant at once; the one most agents show comes first.
 */
export function weightiest<T extends { readonly comparison: Comparison; readonly key: string }>(
  findings: readonly T[],
): readonly [T, ...T[]] | undefined {
  for (const outcome of ['fail', 'common', 'early', 'tolerated', 'clear'] as const) {
    const [first, ...rest] = findings
      .filter(({ comparison }) => comparison.outcome === outcome)
      .toSorted((a, b) => b.comparison.shown.length - a.comparison.shown.length);
    if (first !== undefined) return [first, ...rest];
  }
  return undefined;
}
