import { LIMITS } from '../../document/limits.ts';
import { SIGNAL_WINDOW_MS } from '../signals.ts';
import type { AgentSignals, SignalWindow } from '../signals.ts';
import { FIELDS, NO_SLOT } from './kept.ts';
import type { Incarnation, Kept, Span } from './kept.ts';
import type { Field } from './metric-names.ts';
import type { OwnMetricsReport, Reading } from './report.ts';
import { shownWindow } from './shown-window.ts';
import { WindowTable } from './window-table.ts';

/** Spacings after which a message does not tell what happened in between (reference/rollouts.md §5.8). */
const GAP = 3;
/** Processes of which late words are known to be late. */
const REMEMBERED_PROCESSES = 4;
/** The part of a window that messages have to tell of before it is shown; times are whole milliseconds. */
const WHOLE = 0.95;

/** A stretch of a message's time within one window: which one, counted from the newest, and how much of the time it is. */
interface Part {
  readonly fromNewest: number;
  readonly share: number;
}

/**
 * What one agent's messages say, in windows by the server's clock. Deterministic: the same messages at the same times give the
 * same windows. Bounded by `LIMITS.ownMetrics`, whatever comes.
 *
 * A total is told by its differences. What happened between two messages is shared by time between the windows that it spans,
 * so that differences may be fractions. A process that starts counts from 0, and so does a counter that appears later (the SDK
 * reports one with its first item). Of a process that is older than three spacings when it is first heard of, the first message
 * says where its totals stand and nothing more, and so does one after a gap of three spacings: windows in between are absent,
 * never zero. Only windows that messages tell of as a whole are shown.
 */
export class SignalHistory {
  readonly #windowMs: number;
  readonly #table = new WindowTable();
  readonly #kept = new Map<string, Kept>();
  readonly #gone: string[] = [];
  #spans: Span[] = [];
  #slots = 0;
  #shown: Map<Span, SignalWindow> | undefined;
  #incarnation: Incarnation | undefined;
  #receivedAt = 0;
  #timeMs = 0;
  #spacingMs: number;

  constructor(windowMs: number = SIGNAL_WINDOW_MS) {
    this.#windowMs = windowMs;
    this.#spacingMs = windowMs;
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
    const isNew = report.incarnation !== this.#incarnation?.id;
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
    for (const [row, span] of this.#spans.entries()) {
      if (span.coveredMs < this.#windowMs * WHOLE) continue;
      const numberOf = (kept: Kept, field: Field): number => this.#number(kept, field, row);
      const window =
        this.#shown.get(span) ?? shownWindow(span, this.#windowMs, this.#kept.values(), numberOf);
      this.#shown.set(span, window);
      windows.push(window);
    }
    return { windows };
  }

  /** Lets go of windows that were shown; they are made again when somebody asks. */
  release(): void {
    this.#shown = undefined;
  }

  #isStale({ incarnation, timeMs }: OwnMetricsReport): boolean {
    if (this.#gone.includes(incarnation)) return true;
    return incarnation === this.#incarnation?.id && timeMs !== 0 && timeMs <= this.#timeMs;
  }

  /** Another process. Its words count from its start where that was a moment ago, else from now on (undefined). */
  #begin({ incarnation: id, stamp, startMs, timeMs }: OwnMetricsReport, to: number): number | undefined {
    if (this.#incarnation !== undefined) this.#gone.push(this.#incarnation.id);
    if (this.#gone.length > REMEMBERED_PROCESSES) this.#gone.shift();
    this.#incarnation = { id, ...(stamp === undefined ? {} : { stamp: stamp.hash }) };
    for (const { last } of this.#kept.values()) last.fill(0);
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
    const spans: { readonly share: number }[] = [];
    for (let bin = first; bin <= last; bin += 1) {
      const start = Math.max(from, bin * this.#windowMs);
      const length = Math.min(to, (bin + 1) * this.#windowMs) - start;
      if (length === 0 && from < to) continue;
      const span = this.#spanOf(bin);
      span.coveredMs += length;
      spans.push({ share: from < to ? length / (to - from) : 1 });
    }
    return spans.map(({ share }, index) => ({ fromNewest: spans.length - index, share }));
  }

  #spanOf(bin: number): Span {
    const incarnation = this.#incarnation ?? { id: '' };
    const newest = this.#spans.at(-1);
    if (newest?.bin === bin && newest.incarnation === incarnation) return newest;
    const span = { bin, incarnation, coveredMs: 0 };
    if (this.#table.addRow()) this.#forget(1);
    this.#spans.push(span);
    return span;
  }

  #forget(count: number): void {
    for (const span of this.#spans.splice(0, count)) this.#shown?.delete(span);
  }

  #note(reading: Reading, parts: readonly Part[]): void {
    const kept = this.#keptOf(reading);
    const index = kept === undefined ? -1 : FIELDS[kept.of].indexOf(reading.field);
    if (kept === undefined || index < 0) return;
    const value = this.#newsOf(reading, kept, index);
    if (this.#needsSlot(reading, kept, index, value)) this.#addSlot(kept, index);
    // Making room may have taken the oldest windows away.
    const rows = parts
      .map(({ fromNewest, share }) => ({ row: this.#spans.length - fromNewest, share }))
      .filter(({ row }) => row >= 0);
    if (kept.of !== 'collector') for (const { row } of rows) this.#add(kept.slots[0], row, 0);
    const slot = kept.slots[index] ?? NO_SLOT;
    if (slot === NO_SLOT) return;
    for (const [place, { row, share }] of rows.entries()) {
      if (reading.kind !== 'level') this.#add(slot, row, value * share);
      else if (place === rows.length - 1 || Number.isNaN(this.#table.at(row, slot))) {
        this.#table.put(row, slot, value);
      }
    }
  }

  /** What a reading adds: the difference to what was there before; a level as it is. */
  #newsOf({ kind, value }: Reading, { last }: Kept, index: number): number {
    if (kind !== 'total') return value;
    const before = last[index] ?? 0;
    last[index] = value;
    // Less than before: it was set back, and counts from 0 again.
    return value < before ? value : value - before;
  }

  #needsSlot({ kind }: Reading, { fixed, slots }: Kept, index: number, value: number): boolean {
    if (slots[index] !== NO_SLOT) return false;
    if (kind !== 'level') return value !== 0;
    const before = fixed[index] ?? Number.NaN;
    if (Number.isNaN(before)) fixed[index] = value;
    return !Number.isNaN(before) && before !== Math.fround(value);
  }

  #addSlot({ slots, fixed }: Kept, index: number): void {
    if (this.#slots >= LIMITS.ownMetrics.slots) return;
    const { slot, lost } = this.#table.addSlot(fixed[index] ?? Number.NaN);
    this.#slots += 1;
    slots[index] = slot;
    this.#forget(lost);
  }

  #add(slot: number | undefined, row: number, number: number): void {
    if (slot === undefined || slot === NO_SLOT) return;
    const before = this.#table.at(row, slot);
    this.#table.put(row, slot, (Number.isNaN(before) ? 0 : before) + number);
  }

  #number({ of, slots, fixed }: Kept, field: Field, row: number): number {
    const index = FIELDS[of].indexOf(field);
    const slot = slots[index] ?? NO_SLOT;
    return slot === NO_SLOT ? (fixed[index] ?? Number.NaN) : this.#table.at(row, slot);
  }

  /** Where a component's numbers are kept; undefined for those beyond the limit. */
  #keptOf({ of, component, signal }: Reading): Kept | undefined {
    const key = `${of} ${signal} ${component}`;
    const known = this.#kept.get(key);
    if (known !== undefined || this.#kept.size >= LIMITS.ownMetrics.components) return known;
    const fields = FIELDS[of];
    const kept: Kept = {
      of,
      component,
      signal,
      last: new Float64Array(fields.length),
      slots: new Int16Array(fields.length).fill(NO_SLOT),
      fixed: Float32Array.from(fields, (field) => FIXED[field] ?? Number.NaN),
    };
    this.#kept.set(key, kept);
    // What says whether it was there has a slot from the beginning; both of the process have.
    this.#addSlot(kept, 0);
    if (of === 'collector') this.#addSlot(kept, 1);
    return kept;
  }
}

/** What failures amount to before the first is counted. */
const FIXED: Partial<Readonly<Record<Field, number>>> = { refused: 0, sendFailed: 0, enqueueFailed: 0 };
