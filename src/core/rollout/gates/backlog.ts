import { unitsOf } from '../flows/units.ts';
import type { FlowUnit } from '../flows/units.ts';
import { windowsOf } from '../flows/wave-windows.ts';
import type { Observed } from '../flows/wave-windows.ts';
import type { ExporterFlow, SignalWindow } from '../signals.ts';
import { compare, judgementOf, weightiest } from './comparison.ts';
import type { Comparison, Sign } from './comparison.ts';
import type { Gate, GateContext, Judgement } from './gate.ts';
import { TOLERANCE, share } from './tolerance.ts';
import { median, percentText } from './words.ts';

const WINDOWS = 6;
const FILLED = 0.5;
const NEARLY_FULL = 0.9;
const PINNED_SECONDS = 60;
/** All requests under way in so much of the past is usual. */
const USUAL = 0.1;
/** `sending_queue::num_consumers` (core exporterhelper). */
const CONSUMERS = 10;

/** How what waits shows; the later ones mean that data are lost, or will be. */
type Kind = 'pinned' | 'filling' | 'stuck' | 'full' | 'overflowing';

interface Backlog {
  readonly kind: Kind;
  /** Share of the queue that is taken, at the end; absent where the capacity is not told. */
  readonly fill?: number;
}

interface Finding {
  readonly key: string;
  readonly exporter: string;
  readonly comparison: Comparison;
  readonly backlogs: ReadonlyMap<Observed, Backlog>;
}

/**
 * Data that wait at an exporter: its queue fills, or all its requests are under way at once. That is how an address where
 * nobody answers shows from its first minute on, while `send_failed` stays 0 for as long as retries go on (five minutes by
 * default). A pause, and a rollback where data are lost or about to be: nothing is sent while the queue grows, it is nearly
 * full, or nothing fits in.
 */
export const backlog: Gate = {
  id: 'backlog',
  title: 'Backlog',
  needs: 'metrics',
  action: 'pause',
  shadow: false,
  rule: 'a queue that was less than half full fills up for six windows, or all requests of an exporter are under way for a minute (pause); it grows while nothing is sent, is nearly full or overflows (rollback)',
  settings: {
    ...TOLERANCE,
    windows: { value: WINDOWS, what: 'windows in a row in which a queue grows', minimum: 2 },
    filled: { value: FILLED, what: 'part of a queue that counts as filling up', minimum: 0, maximum: 1 },
    nearlyFull: { value: NEARLY_FULL, what: 'part of a queue that counts as full', minimum: 0, maximum: 1 },
    pinnedSeconds: {
      value: PINNED_SECONDS,
      what: 'time for which all requests of an exporter are under way',
      minimum: 1,
    },
  },
  judge(context: GateContext, values): Judgement | undefined {
    const findings = unitsOf(context.target)
      .filter(({ kind }) => kind === 'exporter')
      .map((unit) => findingOf(context, values, unit));
    const decisive = weightiest(findings);
    if (decisive === undefined) return undefined;
    const [first] = decisive;
    const kinds = first.comparison.shown.flatMap((observed) => first.backlogs.get(observed)?.kind ?? []);
    const isLosing = kinds.some((kind) => kind !== 'pinned' && kind !== 'filling');
    return {
      ...judgementOf(context, values, first.comparison, {
        shown: () => sentence(context, first, kinds),
        early: () => `${first.key}: ${values['windows'] ?? WINDOWS} windows are waited for`,
        clear: () =>
          `no queue fills up (${findings.length === 1 ? '1 exporter' : `${findings.length} exporters`})`,
      }),
      action: isLosing ? 'rollback' : 'pause',
    };
  },
};

function findingOf(context: GateContext, values: Readonly<Record<string, number>>, unit: FlowUnit): Finding {
  const windows = windowsOf(context);
  const backlogs = new Map<Observed, Backlog>();
  const comparison = compare(context, windows, values, (observed): Sign | undefined => {
    const [exporter = ''] = unit.exporters;
    const past = levels(observed.before, exporter, unit.signal);
    const now = levels(observed.after, exporter, unit.signal);
    // An exporter that is new has no past: nothing of what it shows is usual.
    const isNew = !unitsOf(observed.was).some(({ key }) => key === unit.key);
    if (now.length === 0 || (past.length === 0 && !isNew)) return undefined;
    const consumers = observed.runs.consumers?.get(exporter) ?? CONSUMERS;
    const found = backlogOf(past, now, consumers, windows.windowMs, values);
    if (found !== undefined) backlogs.set(observed, found);
    if (found !== undefined) return 'shown';
    return now.length < (values['windows'] ?? WINDOWS) ? 'early' : 'clear';
  });
  return { key: unit.key, exporter: unit.exporters[0] ?? '', comparison, backlogs };
}

type Level = ExporterFlow & { readonly at: number };

/** What an exporter with a queue told of it, window by window. */
function levels(windows: readonly SignalWindow[], exporter: string, signal: string): readonly Level[] {
  return windows.flatMap((window) => {
    const flow = window.exporters.get(exporter)?.find((candidate) => candidate.signal === signal);
    const tells = flow?.queueSize !== undefined || flow?.inFlight !== undefined;
    return flow !== undefined && tells ? [{ at: window.at, ...flow }] : [];
  });
}

/** What an agent's newest windows show that its own past did not; undefined: nothing. */
function backlogOf(
  past: readonly Level[],
  now: readonly Level[],
  consumers: number,
  windowMs: number,
  values: Readonly<Record<string, number>>,
): Backlog | undefined {
  const {
    windows = WINDOWS,
    filled = FILLED,
    nearlyFull = NEARLY_FULL,
    pinnedSeconds = PINNED_SECONDS,
  } = values;
  const recent = now.slice(-windows);
  const newest = recent.at(-1);
  if (newest === undefined) return undefined;
  const fill = fillOf(newest);
  const told = fill === undefined ? {} : { fill };
  const usedToFill = past.some((level) => (fillOf(level) ?? 0) >= filled);
  const usedToOverflow = past.some(({ enqueueFailed }) => enqueueFailed > 0);
  if (!usedToOverflow && recent.filter(({ enqueueFailed }) => enqueueFailed > 0).length > 1) {
    return { kind: 'overflowing', ...told };
  }
  if (!usedToFill && (fill ?? 0) > nearlyFull) return { kind: 'full', ...told };
  if (recent.length === windows && isGrowing(recent)) {
    const usedToSend = past.length === 0 || past.some(({ sent }) => sent > 0);
    if (usedToSend && recent.every(({ sent }) => sent === 0)) return { kind: 'stuck', ...told };
    if (!usedToFill && (fill ?? 0) > filled) return { kind: 'filling', ...told };
  }
  const isPinned = (level: Level): boolean => (level.inFlight ?? 0) >= consumers;
  const pinned = now.slice(now.findLastIndex((level) => !isPinned(level)) + 1);
  const since = pinned[0]?.at ?? newest.at + windowMs;
  const usedToPin = past.filter(isPinned).length > past.length * USUAL;
  return !usedToPin && newest.at + windowMs - since >= pinnedSeconds * 1000
    ? { kind: 'pinned', ...told }
    : undefined;
}

function fillOf({ queueSize, queueCapacity }: ExporterFlow): number | undefined {
  return queueSize === undefined || queueCapacity === undefined || queueCapacity === 0
    ? undefined
    : queueSize / queueCapacity;
}

/** Never smaller than the window before, and larger at the end than at the start. */
function isGrowing(levelsInOrder: readonly Level[]): boolean {
  const sizes = levelsInOrder.map(({ queueSize }) => queueSize ?? 0);
  const first = sizes[0] ?? 0;
  return (sizes.at(-1) ?? 0) > first && sizes.every((size, index) => size >= (sizes[index - 1] ?? first));
}

const WORDS: Readonly<Record<Kind, string>> = {
  pinned: 'has all its requests under way',
  filling: 'has a queue that fills up',
  stuck: 'sends nothing while its queue grows',
  full: 'has a queue that is nearly full',
  overflowing: 'has a queue into which nothing fits any more',
};

function sentence(
  context: GateContext,
  { key, comparison, backlogs }: Finding,
  kinds: readonly Kind[],
): string {
  const order: readonly Kind[] = ['overflowing', 'full', 'stuck', 'filling', 'pinned'];
  const kind = order.find((candidate) => kinds.includes(candidate)) ?? 'filling';
  const fills = comparison.shown.flatMap((observed) => backlogs.get(observed)?.fill ?? []);
  const judged = comparison.shown.length + comparison.clear.length;
  const controls = comparison.controlsShown.length + comparison.controlsClear.length;
  return [
    `${key} ${WORDS[kind]} on ${share(context, comparison.shown.length, judged)}`,
    ` (${fills.length === 0 ? '' : `${percentText(median(fills))} full; `}`,
    controls === 0 ? 'no controls)' : `${comparison.controlsShown.length} of ${controls} controls)`,
  ].join('');
}
