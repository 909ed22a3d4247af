import type { ExporterFlow, ReceiverFlow, Signal, SignalWindow } from '../signals.ts';
import { FIELDS } from './kept.ts';
import type { Incarnation, KeptComponent } from './kept.ts';

/** The number at a place of `KeptFields` in the window that is shown; NaN where there is none. */
type NumberAt = (place: number) => number;

/** One window as gates look at it. Components that were not heard of in it have no entry. */
export function shownWindow(
  at: number,
  { id, stamp }: Incarnation,
  components: readonly KeptComponent[],
  numberAt: NumberAt,
): SignalWindow {
  const receivers = new Map<string, readonly ReceiverFlow[]>();
  const exporters = new Map<string, readonly ExporterFlow[]>();
  let usage: SignalWindow['usage'] = {};
  for (const { of, signal, component, base } of components) {
    const numbers = FIELDS[of].map((_field, index) => numberAt(base + index));
    if (of === 'collector') usage = usageOf(numbers);
    else if (signal === undefined || Number.isNaN(numbers[0])) continue;
    else if (of === 'receiver') put(receivers, component, receiverFlow(signal, numbers));
    else put(exporters, component, exporterFlow(signal, numbers));
  }
  return { at, incarnation: id, ...(stamp === undefined ? {} : { stamp }), receivers, exporters, usage };
}

function usageOf([cpuSeconds, rssBytes]: readonly number[]): SignalWindow['usage'] {
  return {
    ...(isThere(rssBytes) ? { rssBytes } : {}),
    ...(isThere(cpuSeconds) ? { cpuSeconds } : {}),
  };
}

function receiverFlow(signal: Signal, [accepted = 0, refused = 0]: readonly number[]): ReceiverFlow {
  return { signal, accepted, refused };
}

function exporterFlow(signal: Signal, numbers: readonly number[]): ExporterFlow {
  const [sent = 0, sendFailed = 0, enqueueFailed = 0, queueSize, queueCapacity, inFlight] = numbers;
  return {
    signal,
    sent,
    sendFailed,
    enqueueFailed,
    ...(isThere(queueSize) ? { queueSize } : {}),
    ...(isThere(queueCapacity) ? { queueCapacity } : {}),
    ...(isThere(inFlight) ? { inFlight } : {}),
  };
}

function isThere(number: number | undefined): number is number {
  return number !== undefined && !Number.isNaN(number);
}

/** Lists are as long as what they hold: one that grows takes room for many more, and there are thousands. */
function put<T>(map: Map<string, readonly T[]>, key: string, item: T): void {
  map.set(key, [...(map.get(key) ?? []), item]);
}
