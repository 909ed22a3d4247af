import { STAMP } from '../../collector/metrics-reader.ts';
import { LIMITS } from '../../document/limits.ts';
import { AggregationTemporality } from './gen/metrics_pb.ts';
import type {
  AnyValue,
  ExportMetricsServiceRequest,
  KeyValue,
  Metric,
  NumberDataPoint,
  ResourceMetrics,
} from './gen/metrics_pb.ts';
import type { Signal } from '../signals.ts';
import { BORN_WITH_PROCESS, isSignal, meaningOf } from './metric-names.ts';
import type { Field, Meaning, Subject } from './metric-names.ts';

/** Which config a process says it runs. `hash` is that of the config before the stamp was put into it. */
export interface Stamp {
  readonly configuration: string;
  readonly version: number;
  readonly hash: string;
}

/** A component with one signal, or the collector itself: what it handles is counted together, whatever else its points are told apart by. */
export interface Reading {
  readonly of: Subject;
  /** The component's id as the config writes it; empty for the collector itself. */
  readonly component: string;
  readonly signal: Signal | '';
  readonly field: Field;
  readonly value: number;
  /** `total`: counted since the process started; `difference`: since the message before; `level`: how much there is now. */
  readonly kind: 'total' | 'difference' | 'level';
}

/** What one message says of one collector process. Times are of the agent's clock, milliseconds since the epoch. */
export interface OwnMetricsReport {
  /** Attribute `service.instance.id`: a supervisor sets it to the OpAMP instance uid, a collector alone to a fresh UUID at each start. */
  readonly instance: string;
  /** Names the process: another one after each start. */
  readonly incarnation: string;
  /** When the process began to count; 0 where it does not say. */
  readonly startMs: number;
  /** When the newest point was taken; 0 where it does not say. */
  readonly timeMs: number;
  readonly stamp?: Stamp;
  readonly readings: readonly Reading[];
  /** Number points in the message, those that are not read included. */
  readonly points: number;
  /** Points left out because there were too many. */
  readonly leftOut: number;
}

/**
 * What a message says, one report for each resource in it (`LIMITS.ownMetrics` bounds them). Metrics that gates do not look at
 * are passed over; points without a value, with one that is no finite number, or negative where only more can come, too.
 */
export function reportsOf(message: ExportMetricsServiceRequest): readonly OwnMetricsReport[] {
  return message.resourceMetrics.slice(0, LIMITS.ownMetrics.resources).map(reportOf);
}

function reportOf({ resource, scopeMetrics }: ResourceMetrics): OwnMetricsReport {
  const attributes = resource?.attributes ?? [];
  const gathered = new Gathered();
  for (const { metrics } of scopeMetrics) for (const metric of metrics) gathered.take(metric);
  const instance = textAttribute(attributes, 'service.instance.id') ?? '';
  const stamp = stampIn(attributes);
  return {
    instance,
    incarnation: `${instance}@${Math.round(gathered.startMs)}`,
    startMs: gathered.startMs,
    timeMs: gathered.timeMs,
    ...(stamp === undefined ? {} : { stamp }),
    readings: gathered.readings(),
    points: gathered.points,
    leftOut: gathered.leftOut,
  };
}

function stampIn(attributes: readonly KeyValue[]): Stamp | undefined {
  const hash = textAttribute(attributes, STAMP.hash);
  if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) return undefined;
  const version = Number(textAttribute(attributes, STAMP.version));
  return {
    configuration: textAttribute(attributes, STAMP.configuration) ?? '',
    version: Number.isSafeInteger(version) ? version : 0,
    hash,
  };
}

type Sum = { -readonly [Key in keyof Reading]: Reading[Key] };

/** Points of one message, added up by what they speak of. */
class Gathered {
  readonly #groups = new Map<Meaning, Map<string, Sum>>();
  #count = 0;
  #bornMs = 0;
  #oldestMs = 0;
  timeMs = 0;
  points = 0;
  leftOut = 0;

  /** When the process began to count: by what is there from its first moment, else by the oldest counter. */
  get startMs(): number {
    return this.#bornMs === 0 ? this.#oldestMs : this.#bornMs;
  }

  take({ name, data }: Metric): void {
    if (data.case === undefined) return;
    const { dataPoints } = data.value;
    this.points += dataPoints.length;
    const meaning = meaningOf(name);
    if (meaning === undefined) return;
    const isDelta = data.case === 'sum' && data.value.aggregationTemporality === AggregationTemporality.DELTA;
    const group = this.#groups.get(meaning) ?? new Map<string, Sum>();
    this.#groups.set(meaning, group);
    for (const point of dataPoints) {
      this.#note(meaning.field, point, isDelta);
      this.#add(meaning, group, point, isDelta);
    }
  }

  readings(): readonly Reading[] {
    const all = [...this.#groups.values()].flatMap((group) => [...group.values()]);
    return all.flatMap((reading) => {
      if (reading.of !== 'exporter' || reading.signal !== '') return [reading];
      // Where nobody says of which signal a queue is, it counts for each that the exporter handles.
      const signals = new Set(
        all.flatMap(({ of, component, signal }) =>
          of === 'exporter' && component === reading.component && signal !== '' ? [signal] : [],
        ),
      );
      return [...signals].map((signal) => ({ ...reading, signal }));
    });
  }

  #add(
    { of, field, signal, counts }: Meaning,
    group: Map<string, Sum>,
    point: NumberDataPoint,
    isDelta: boolean,
  ): void {
    const value = valueOf(point);
    if (field === 'uptime' || value === undefined || (counts && value < 0)) return;
    const component = of === 'collector' ? '' : textAttribute(point.attributes, of);
    if (component === undefined || component.length > LIMITS.ownMetrics.idCharacters) return;
    const type = signal ?? textAttribute(point.attributes, 'data_type');
    const named = isSignal(type) ? type : '';
    const key = signal === undefined ? `${named} ${component}` : component;
    const known = group.get(key);
    if (known !== undefined) known.value += value;
    else if (this.#count >= LIMITS.ownMetrics.readings) this.leftOut += 1;
    else {
      this.#count += 1;
      const kind = counts ? (isDelta ? 'difference' : 'total') : 'level';
      group.set(key, { of, component, signal: named, field, value, kind });
    }
  }

  /** Differences start anew with each message: they say nothing of when the process did. */
  #note(field: Field, { startTimeUnixNano, timeUnixNano }: NumberDataPoint, isDelta: boolean): void {
    const [start, time] = [milliseconds(startTimeUnixNano), milliseconds(timeUnixNano)];
    this.timeMs = Math.max(this.timeMs, time);
    if (isDelta || start === 0) return;
    if (this.#oldestMs === 0 || start < this.#oldestMs) this.#oldestMs = start;
    if (BORN_WITH_PROCESS[0] === field || (this.#bornMs === 0 && BORN_WITH_PROCESS.includes(field))) {
      this.#bornMs = start;
    }
  }
}

const NO_RECORDED_VALUE = 1;

function valueOf({ value, flags }: NumberDataPoint): number | undefined {
  if (value.case === undefined || (flags & NO_RECORDED_VALUE) !== 0) return undefined;
  const number = Number(value.value);
  return Number.isFinite(number) ? number : undefined;
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n) / 1000;
}

function textAttribute(attributes: readonly KeyValue[], name: string): string | undefined {
  for (const { key, value } of attributes) if (key === name) return textOf(value);
  return undefined;
}

function textOf(value: AnyValue | undefined): string | undefined {
  const inner = value?.value;
  return inner?.case === undefined ? undefined : String(inner.value);
}
