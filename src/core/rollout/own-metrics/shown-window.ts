import type { ExporterFlow, ReceiverFlow, Signal, SignalWindow } from '../signals.ts';
import { FIELDS } from './kept.ts';
import type { Kept, Span } from './kept.ts';
import type { Field } from './metric-names.ts';

/** The number of one field in the window that is shown; NaN where there is none. */
type NumberOf = (kept: Kept, field: Field) => number;

/** One window as gates look at it. Components that were not heard of in it have no entry. */
export function shownWindow(
  { bin, incarnation: { id, stamp } }: Span,
  windowMs: number,
  all: Iterable<Kept>,
  numberOf: NumberOf,
): SignalWindow {
  const receivers = new Map<string, ReceiverFlow[]>();
  const exporters = new Map<string, ExporterFlow[]>();
  let usage: SignalWindow['usage'] = {};
  for (const kept of all) {
    const number = (field: Field): number => numberOf(kept, field);
    if (kept.of === 'collector') {
      usage = { ...level('rssBytes', number), ...level('cpuSeconds', number) };
      continue;
    }
    const [first = 'sent'] = FIELDS[kept.of];
    if (kept.signal === '' || Number.isNaN(number(first))) continue;
    if (kept.of === 'receiver') push(receivers, kept.component, receiverFlow(kept.signal, number));
    else push(exporters, kept.component, exporterFlow(kept.signal, number));
  }
  return {
    at: bin * windowMs,
    incarnation: id,
    ...(stamp === undefined ? {} : { stamp }),
    receivers,
    exporters,
    usage,
  };
}

function receiverFlow(signal: Signal, number: (field: Field) => number): ReceiverFlow {
  return { signal, accepted: number('accepted'), refused: number('refused') };
}

function exporterFlow(signal: Signal, number: (field: Field) => number): ExporterFlow {
  return {
    signal,
    sent: number('sent'),
    sendFailed: number('sendFailed'),
    enqueueFailed: number('enqueueFailed'),
    ...level('queueSize', number),
    ...level('queueCapacity', number),
    ...level('inFlight', number),
  };
}

function level<Name extends Field>(
  field: Name,
  number: (field: Field) => number,
): Partial<Readonly<Record<Name, number>>> {
  const value = number(field);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key is a string to the compiler
  return Number.isNaN(value) ? {} : ({ [field]: value } as Readonly<Record<Name, number>>);
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}
