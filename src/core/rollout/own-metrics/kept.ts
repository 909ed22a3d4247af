import type { Signal } from '../signals.ts';
import type { Field, Subject } from './metric-names.ts';

/** Fields kept of each subject. Of a receiver and an exporter the first is put in every window in which they are heard of. */
export const FIELDS: Readonly<Record<Subject, readonly Field[]>> = {
  receiver: ['accepted', 'refused'],
  exporter: ['sent', 'sendFailed', 'enqueueFailed', 'queueSize', 'queueCapacity', 'inFlight'],
  collector: ['cpuSeconds', 'rssBytes'],
};

/** A component with one signal, or the collector itself: where its numbers are, by the place of each field in `FIELDS`. */
export interface Kept {
  readonly of: Subject;
  readonly component: string;
  readonly signal: Signal | '';
  /** What a total was last. */
  readonly last: Float64Array;
  /** Its slot in the table; -1 where it never changed, then `fixed` holds for all windows. */
  readonly slots: Int16Array;
  readonly fixed: Float32Array;
}

export const NO_SLOT = -1;

/** One process as its windows name it. */
export interface Incarnation {
  readonly id: string;
  readonly stamp?: string;
}

/** A window's place in time (its start, in windows since the epoch) and its process. */
export interface Span {
  readonly bin: number;
  readonly incarnation: Incarnation;
  /** How much of it messages tell of. */
  coveredMs: number;
}
