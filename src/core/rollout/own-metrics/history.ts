import { LIMITS } from '../../document/limits.ts';
import { SIGNAL_WINDOW_MS } from '../signals.ts';
import type { AgentSignals, SignalWindow } from '../signals.ts';
import { FIELDS, keyOf, KeptFields, NO_SLOT, SharedTexts } from './kept.ts';
import type { Incarnation, KeptComponent } from './kept.ts';
import type { Subject } from './metric-names.ts';
import type { OwnMetricsReport, Reading } from './report.ts';
import { shownWindow } from './shown-window.ts';
import { WindowTable } from './window-table.ts';

/** Spacings after which a message does not tell what happened in between (reference/rollouts.md §5.8). */
const GAP = 3;
/** Processes whose windows are kept, and of which late words are known to be late; a crash loop has no end of them (INV-19). */
const REMEMBERED_PROCESSES = 12;
/** The part of a window that messages have to tell of before it is shown; times are whole milliseconds. */
const WHOLE = 0.95;

/** Slots of what a window is: when (in windows since the first), of which process, and how much of it messages tell of. */
const META = [0, 1, 2] as const;
const [BIN, PROCESS, COVERED] = META;

/**
 * A stretch of a message's time within one window: which one, counted from the newest, and where in the time it begins and ends
 * (0 to 1).
 */
interface Part {
  readonly fromNewest: number;
  readonly begins: number;
  readonly ends: number;
}

/**
 * What one agent's messages say, in windows by the server's clock. Deterministic: the same messages at the same times give the
 * same windows. Bounded by `LIMITS.ownMetrics`, whatever comes.
 *
 * A total is told by its differences. What happened between two messages is shared by time between the windows that it spans,
 * in whole items. A process that starts counts from 0, and so does a counter that appears later (the SDK reports one with its
 * first item). Of a process that is older than three spacings when it is first heard of, the first message
 * says where its totals stand and nothing more, and so does one after a gap of three spacings: windows in between are absent,
 * never zero. Only windows that messages tell of as a whole are shown.
 */
export class SignalHistory {
  readonly #windowMs: number;
  readonly #table = new WindowTable();
  readonly #kept: KeptFields;
  /** Processes that windows speak of; the last one is there now. */
  readonly #processes: Incarnation[] = [];
  /** Number of the first of `#processes`, and of the first window, since the beginning. */
  #firstProcess = 0;
  #firstWindow = 0;
  /** The window that the agent was first heard of in: others are counted from it, so that their numbers stay small. */
  #firstBin = 0;
  #shown: Map<number, SignalWindow> | undefined;
  #receivedAt = 0;
  #timeMs = 0;
  #spacingMs: number;
  #slots = 0;

  /** `texts`: shared with the histories of other agents. */
  constructor(windowMs: number = SIGNAL_WINDOW_MS, texts: SharedTexts = new SharedTexts(0)) {
    this.#windowMs = windowMs;
    this.#spacingMs = windowMs;
    this.#kept = new KeptFields(texts);
    for (const _slot of META) this.#table.addSlot(Number.NaN);
  }

  /** When a message was last taken; 0 before the first. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /**
   * Takes one message, received at this moment of the server's clock (milliseconds). False when it says nothing new: it was sent
   * twice, or is the last word of a process that another one followed.
   */
  take(report: OwnMetricsReport, receivedAt: number): boolean {
    if (this.#isStale(report)) return false;
    const to = Math.max(receivedAt, this.#receivedAt);
    const isNew = report.incarnation !== this.#processes.at(-1)?.id;
    const from = isNew ? this.#begin(report, to) : this.#since(to);
    this.#timeMs = report.timeMs;
    this.#receivedAt = to;
    const parts = from === undefined ? [] : this.#open(from, to);
    for (const reading of report.readings) this.#note(reading, parts);
    return true;
  }

  /** The windows that are whole, oldest first. A window is the same object each time, until `release` is called. */
  signals(): AgentSignals {
    this.#shown ??= new Map();
    const windows: SignalWindow[] = [];
    const components = this.#kept.components();
    for (let row = 0; row < this.#table.rows; row += 1) {
      if (!(this.#table.at(row, COVERED) >= this.#windowMs * WHOLE)) continue;
      const number = this.#firstWindow + row;
      const window = this.#shown.get(number) ?? this.#show(row, components);
      this.#shown.set(number, window);
      windows.push(window);
    }
    return { windows };
  }

  /** Lets go of windows that were shown; they are made again when somebody asks. */
  release(): void {
    this.#shown = undefined;
  }

  #show(row: number, components: readonly KeptComponent[]): SignalWindow {
    const at = (this.#firstBin + this.#table.at(row, BIN)) * this.#windowMs;
    const incarnation = this.#processes[this.#table.at(row, PROCESS) - this.#firstProcess];
    return shownWindow(at, incarnation ?? { id: '' }, components, (place) => {
      const slot = this.#kept.slots[place] ?? NO_SLOT;
      return slot === NO_SLOT ? (this.#kept.fixed[place] ?? Number.NaN) : this.#table.at(row, slot);
    });
  }

  #isStale({ incarnation, timeMs }: OwnMetricsReport): boolean {
    const known = this.#processes.findIndex(({ id }) => id === incarnation);
    if (known >= 0 && known < this.#processes.length - 1) return true;
    return known >= 0 && timeMs !== 0 && timeMs <= this.#timeMs;
  }

  /** Another process. Its words count from its start where that was a moment ago, else from now on (undefined). */
  #begin({ incarnation: id, stamp, startMs, timeMs }: OwnMetricsReport, to: number): number | undefined {
    this.#processes.push({ id, ...(stamp === undefined ? {} : { stamp: stamp.hash }) });
    if (this.#processes.length > REMEMBERED_PROCESSES) {
      this.#processes.shift();
      this.#firstProcess += 1;
      for (let row = 0; this.#table.at(row, PROCESS) < this.#firstProcess; row += 1) {
        this.#table.put(row, COVERED, 0);
      }
    }
    this.#kept.last.fill(0);
    if (startMs === 0 || timeMs < startMs || timeMs - startMs > this.#gapMs) return undefined;
    // The process before it was alive until its own last message.
    return Math.max(to - (timeMs - startMs), this.#receivedAt);
  }

  /** From when on this message tells what happened; undefined after a gap. */
  #since(to: number): number | undefined {
    const spacing = to - this.#receivedAt;
    const isGap = spacing > this.#gapMs;
    this.#spacingMs = spacing;
    return isGap ? undefined : this.#receivedAt;
  }

  get #gapMs(): number {
    return Math.min(GAP * Math.max(this.#spacingMs, this.#windowMs), LIMITS.ownMetrics.gapMs);
  }

  /** The windows between two moments, each with its part of the time. */
  #open(from: number, to: number): readonly Part[] {
    const [first, last] = [Math.floor(from / this.#windowMs), Math.floor(to / this.#windowMs)];
    const ends: number[] = [];
    for (let bin = first; bin <= last; bin += 1) {
      const end = Math.min(to, (bin + 1) * this.#windowMs);
      const length = end - Math.max(from, bin * this.#windowMs);
      if (length === 0 && from < to) continue;
      this.#table.add(this.#rowOf(bin), COVERED, length);
      ends.push(from < to ? (end - from) / (to - from) : 1);
    }
    return ends.map((end, index) => ({
      fromNewest: ends.length - index,
      begins: ends[index - 1] ?? 0,
      ends: end,
    }));
  }

  #rowOf(bin: number): number {
    if (this.#table.rows === 0 && this.#firstWindow === 0) this.#firstBin = bin;
    const ordinal = this.#firstProcess + this.#processes.length - 1;
    const newest = this.#table.rows - 1;
    const isNewest =
      this.#table.at(newest, BIN) === bin - this.#firstBin && this.#table.at(newest, PROCESS) === ordinal;
    if (newest >= 0 && isNewest) return newest;
    if (this.#table.addRow()) this.#forget(1);
    const row = this.#table.rows - 1;
    this.#table.put(row, BIN, bin - this.#firstBin);
    this.#table.put(row, PROCESS, ordinal);
    return row;
  }

  #forget(count: number): void {
    for (let lost = 0; lost < count; lost += 1) this.#shown?.delete(this.#firstWindow + lost);
    this.#firstWindow += count;
  }

  #note({ of, component, signal, field, kind, value }: Reading, parts: readonly Part[]): void {
    const index = FIELDS[of].indexOf(field);
    const base = index < 0 ? undefined : this.#baseOf(of, keyOf(of, signal, component));
    if (base === undefined) return;
    const place = base + index;
    const news = kind === 'total' ? this.#difference(place, value) : value;
    if (kind === 'level' ? this.#hasMoved(place, value) : news !== 0) this.#addSlot(place);
    const [first = NO_SLOT, slot = NO_SLOT] = [this.#kept.slots[base], this.#kept.slots[place]];
    // Items are whole, and each is in one window.
    const upTo = (end: number): number => (Number.isInteger(news) ? Math.round(news * end) : news * end);
    for (const { fromNewest, begins, ends } of parts) {
      // Making room may have taken the oldest windows away.
      const row = this.#table.rows - fromNewest;
      if (row < 0) continue;
      if (of !== 'collector' && first !== NO_SLOT) this.#table.add(row, first, 0);
      if (slot === NO_SLOT) continue;
      if (kind !== 'level') this.#table.add(row, slot, upTo(ends) - upTo(begins));
      else if (fromNewest === 1 || Number.isNaN(this.#table.at(row, slot))) this.#table.put(row, slot, value);
    }
  }

  /** What a total grew by; less than before means that it was set back, and counts from 0 again. */
  #difference(place: number, value: number): number {
    const before = this.#kept.last[place] ?? 0;
    this.#kept.last[place] = value;
    return value < before ? value : value - before;
  }

  /** Whether a level is another one than it always was; the first one is what it always was. */
  #hasMoved(place: number, value: number): boolean {
    const before = this.#kept.fixed[place] ?? Number.NaN;
    if (Number.isNaN(before)) this.#kept.fixed[place] = value;
    return !Number.isNaN(before) && before !== Math.fround(value);
  }

  /** Where a component's fields are kept; undefined for those beyond the limit. */
  #baseOf(of: Subject, key: string): number | undefined {
    const known = this.#kept.baseOf(key);
    if (known !== undefined || this.#kept.size >= LIMITS.ownMetrics.components) return known;
    const base = this.#kept.add(key, FIELDS[of]);
    // What says whether it was there has a slot from the beginning; both of the collector itself have.
    this.#addSlot(base);
    if (of === 'collector') this.#addSlot(base + 1);
    return base;
  }

  #addSlot(place: number): void {
    if (this.#kept.slots[place] !== NO_SLOT || this.#slots >= LIMITS.ownMetrics.slots) return;
    this.#slots += 1;
    const { slot, lost } = this.#table.addSlot(this.#kept.fixed[place] ?? Number.NaN);
    this.#kept.slots[place] = slot;
    this.#forget(lost);
  }
}
