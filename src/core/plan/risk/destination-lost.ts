import { componentType } from '../../collector/component-id.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import { addressPath } from '../../diff/destinations.ts';
import { destinationsOf } from '../../diff/derived-changes.ts';
import { canonicalJson } from '../../document/digest.ts';
import { compareText } from '../../document/finding.ts';
import type { Flow } from './flows.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-002';

/** What is no longer collected at all is not told here again. */
export const destinationLost: RiskMember = {
  id: rule,
  summary: 'Data that still comes in goes to another place, or to one place less',
  check: (subject) =>
    subject.flows === undefined || subject.isNew ? [] : [...moved(subject), ...lost(subject)],
};

type Addresses = ReadonlyMap<string, readonly string[]>;

/** Exporters that stay and send elsewhere. */
function moved(subject: RiskSubject): readonly RiskReason[] {
  const { comparison, flows } = subject;
  const [old, young] = [destinationsOf(comparison.before), destinationsOf(comparison.after)];
  const carried = new Map<string, Set<string>>();
  for (const [key, { exporter, signal }] of flows?.before ?? []) {
    if (flows?.after.has(key) === true) {
      carried.set(exporter, (carried.get(exporter) ?? new Set()).add(signal));
    }
  }
  return [...carried].flatMap(([id, signals]): readonly RiskReason[] => {
    const [was, is] = [old.get(id) ?? [], young.get(id) ?? []];
    if (canonicalJson(was) === canonicalJson(is)) return [];
    const name = nameIn(comparison, 'exporters', id);
    const message = `${names([...signals].sort(compareText))} go to ${place(name, is)} instead of ${names(was)}`;
    return [
      reason(
        subject,
        { rule, level: 'medium', message },
        { class: 'exporters', id, path: addressPath(bodiesOf(comparison.after, 'exporters').get(id) ?? {}) },
      ),
    ];
  });
}

/** Exporters that a receiver's data no longer gets to, while it gets to others. */
function lost(subject: RiskSubject): readonly RiskReason[] {
  const { comparison, flows } = subject;
  if (flows === undefined) return [];
  const [old, young] = [destinationsOf(comparison.before), destinationsOf(comparison.after)];
  const after = Map.groupBy(flows.after.values(), origin);
  const byExporter = new Map<string, Flow[]>();
  for (const [key, flow] of flows.before) {
    const now = after.get(origin(flow));
    if (now === undefined || flows.after.has(key) || now.some((other) => same(flow, other, old, young))) {
      continue;
    }
    byExporter.set(flow.exporter, [...(byExporter.get(flow.exporter) ?? []), flow]);
  }
  return [...byExporter].map(([id, gone]) => {
    const still = new Set(
      gone.flatMap((flow) => (after.get(origin(flow)) ?? []).map(({ exporter }) => exporter)),
    );
    const fresh = [...still].filter(
      (exporter) => !gone.some((flow) => flows.before.has(`${origin(flow)}\n${exporter}`)),
    );
    const name = nameIn(comparison, 'exporters', id);
    const signals = names([...new Set(gone.map(({ signal }) => signal))].sort(compareText));
    const whole = ![...flows.after.values()].some(
      ({ exporter, signal }) => exporter === id && gone.some((flow) => flow.signal === signal),
    );
    const of = whole
      ? ''
      : ` of ${names([...new Set(gone.map(({ receiver }) => nameIn(comparison, 'receivers', receiver)))])}`;
    const others = (fresh.length > 0 ? fresh : [...still]).map((exporter) =>
      nameIn(comparison, 'exporters', exporter),
    );
    const [first] = fresh;
    const message =
      first === undefined
        ? `${signals}${of} no longer go to ${place(name, old.get(id) ?? [])}, only to ${names(others.sort(compareText))}`
        : `${signals}${of} go to ${others.length === 1 ? place(others[0] ?? '', young.get(first) ?? []) : names(others)} instead of ${place(name, old.get(id) ?? [])}`;
    return reason(
      subject,
      { rule, level: 'medium', message },
      first === undefined ? undefined : { class: 'exporters', id: first },
    );
  });
}

function origin({ signal, receiver }: Flow): string {
  return `${signal}\n${receiver}`;
}

/** Whether the data gets to the same place through another exporter. */
function same(flow: Flow, other: Flow, old: Addresses, young: Addresses): boolean {
  const [was, is] = [old.get(flow.exporter) ?? [], young.get(other.exporter) ?? []];
  return (
    was.length > 0 &&
    componentType(flow.exporter) === componentType(other.exporter) &&
    canonicalJson(was) === canonicalJson(is)
  );
}

function place(name: string, addresses: readonly string[]): string {
  return addresses.length === 0 ? `\`${name}\`` : `${names(addresses, 2)} (\`${name}\`)`;
}
