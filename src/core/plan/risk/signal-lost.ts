import { compareText } from '../../document/finding.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-001';

/** A pipeline that goes takes data with it only where no other one carries it on; that is what this looks at. */
export const signalLost: RiskMember = {
  id: rule,
  summary: 'Data of a signal, or of one receiver, goes nowhere any more',
  check: (subject) => {
    const { flows, isNew } = subject;
    if (flows === undefined || isNew) return [];
    const signals = [...new Set([...flows.before.values()].map(({ signal }) => signal))];
    const left = new Set([...flows.after.values()].map(({ signal }) => signal));
    const gone = signals.filter((signal) => !left.has(signal));
    return [...wholeSignals(subject, gone), ...singleReceivers(subject, new Set(gone))];
  },
};

function wholeSignals(subject: RiskSubject, gone: readonly string[]): readonly RiskReason[] {
  if (gone.length === 0) return [];
  const nothing = subject.flows?.after.size === 0;
  return [
    reason(subject, {
      rule,
      level: 'high',
      message: nothing
        ? `nothing is sent any more: no pipeline carries ${names(gone)}`
        : `no ${names(gone)} are sent any more`,
    }),
  ];
}

function singleReceivers(subject: RiskSubject, gone: ReadonlySet<string>): readonly RiskReason[] {
  const { flows, comparison } = subject;
  const left = new Set(
    [...(flows?.after.values() ?? [])].map(({ signal, receiver }) => `${signal}\n${receiver}`),
  );
  const lost = new Map<string, Set<string>>();
  for (const { signal, receiver } of flows?.before.values() ?? []) {
    if (gone.has(signal) || left.has(`${signal}\n${receiver}`)) continue;
    lost.set(receiver, (lost.get(receiver) ?? new Set()).add(signal));
  }
  const bySignals = Map.groupBy(lost, ([, signals]) => [...signals].sort(compareText).join('\n'));
  return [...bySignals].map(([signals, receivers]) => {
    const ids = receivers.map(([id]) => nameIn(comparison, 'receivers', id)).sort(compareText);
    return reason(subject, {
      rule,
      level: 'medium',
      message: `${names(signals.split('\n'))} of ${names(ids)} are no longer sent anywhere`,
    });
  });
}
