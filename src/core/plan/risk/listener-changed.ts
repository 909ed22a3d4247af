import type { ConfigKey } from '../../fleet/config-key.ts';
import { componentType } from '../../collector/component-id.ts';
import { listenerKey } from '../../diff/derived-changes.ts';
import { listenersOf } from '../../diff/listeners.ts';
import type { Listener } from '../../diff/listeners.ts';
import { compareText } from '../../document/finding.ts';
import type { Connection } from './connections.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-003';
/** Expand and contract: nothing is refused in between. */
const TWO_STEPS =
  'in two changes nothing is lost: listen on both and move the senders, then take the old one away';

/** Ports that nobody depends on: people look there while they search for a mistake. */
const FOR_PEOPLE: ReadonlySet<string> = new Set(['pprof', 'zpages']);

/** Who listens no longer where others send to. A port that another component takes over is no loss. */
export const listenerChanged: RiskMember = {
  id: rule,
  summary: 'A port that agents, applications or probes use goes away or moves, or opens to the network',
  check: (subject) => {
    const { before, after, changes } = subject.comparison;
    if (subject.isNew || !changes.some(({ kind }) => kind === 'listener')) return [];
    const now = new Map(listenersOf(after).map((listener) => [listenerKey(listener), listener]));
    return listenersOf(before).flatMap((was): readonly RiskReason[] => {
      if (FOR_PEOPLE.has(componentType(was.id))) return [];
      const is = now.get(listenerKey(was));
      if (is !== undefined && is.address === was.address) return [];
      if (is !== undefined && was.scope === 'local' && is.scope === 'network') return [opened(subject, is)];
      return isServed(was, [...now.values()]) ? [] : gone(subject, was, is);
    });
  },
};

/** Whether somebody still takes connections where this one did. */
function isServed(was: Listener, now: readonly Listener[]): boolean {
  if (was.port === undefined) return false;
  const atPort = now.filter(({ port }) => port === was.port);
  return atPort.some(({ scope }) => scope !== 'local' || was.scope === 'local');
}

function opened(subject: RiskSubject, is: Listener): RiskReason {
  const name = nameIn(subject.comparison, is.class, is.id);
  const message = `\`${name}\` becomes reachable from the network, at \`${is.address}\``;
  return reason(subject, { rule, level: 'low', message }, placeOf(is));
}

function gone(subject: RiskSubject, was: Listener, is: Listener | undefined): readonly RiskReason[] {
  const { comparison, fleet, configuration } = subject;
  const name = nameIn(comparison, was.class, was.id);
  const change =
    is === undefined
      ? `\`${name}\` no longer listens on \`${was.address}\``
      : `\`${name}\` listens on \`${is.address}\` instead of \`${was.address}\``;
  const tell = (level: 'medium' | 'high', rest: string): readonly RiskReason[] => [
    reason(subject, { rule, level, message: `${change}${rest}` }, placeOf(is ?? was)),
  ];
  if (was.class === 'extensions') return tell('medium', ': probes that ask there fail');
  if (was.class === 'exporters') return tell('medium', ': who scrapes it there gets nothing');
  const uses = (side: 'base' | 'head'): readonly Connection[] =>
    was.port === undefined || was.scope === 'local'
      ? []
      : fleet
          .connections(side)
          .to(configuration.key)
          .filter(({ port }) => port === was.port);
  const before = senders(uses('base'));
  const still = senders(uses('head')).filter((sender) => before.includes(sender));
  if (still.length > 0) {
    return tell(
      'high',
      `, to which ${list(still)} still ${still.length === 1 ? 'sends' : 'send'}; ${TWO_STEPS}`,
    );
  }
  if (before.length > 0) {
    return tell(
      'medium',
      `, and the way of ${list(before)} there changes with it: until all agents have both, what is sent is refused; ${TWO_STEPS}`,
    );
  }
  // What a receiver that is gone took in is missed as a signal, whoever sent it.
  return is === undefined && !isRunning(subject, was)
    ? []
    : tell('medium', '; no sender is known in this repository');
}

function isRunning({ flows }: RiskSubject, { id }: Listener): boolean {
  return [...(flows?.after.values() ?? [])].some(({ receiver }) => receiver === id);
}

function senders(connections: readonly Connection[]): readonly ConfigKey[] {
  return [...new Set(connections.map(({ sender }) => sender))].sort(compareText);
}

function list(keys: readonly ConfigKey[]): string {
  return names(keys.map((key) => key.slice(key.indexOf('/') + 1)));
}

function placeOf({ class: cls, id, slot, key }: Listener): Parameters<typeof reason>[2] {
  const path = [...(slot === '' ? [] : slot.split('.')), ...(key === undefined ? [] : [key])];
  return { class: cls, id, path };
}
