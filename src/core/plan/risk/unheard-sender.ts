import { bodiesOf, configModel } from '../../diff/config-model.ts';
import { addressPath } from '../../diff/destinations.ts';
import { listenersOf } from '../../diff/listeners.ts';
import type { Connection } from './connections.ts';
import { nameIn, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-004';

/** The other end's changes are told there (RSK-003). */
export const unheardSender: RiskMember = {
  id: rule,
  summary: 'An exporter sends to agents of this repository at a port where they do not listen',
  check: (subject) => {
    const { comparison, configuration, fleet } = subject;
    const touched = new Set(
      comparison.changes.flatMap((change) =>
        change.kind === 'destination' && change.action !== 'removed' ? [change.id] : [],
      ),
    );
    if (touched.size === 0) return [];
    return fleet
      .connections('head')
      .from(configuration.key)
      .filter(({ exporter }) => touched.has(nameIn(comparison, 'exporters', exporter)))
      .flatMap((connection) => unheard(subject, connection));
  },
};

function unheard(
  subject: RiskSubject,
  { exporter, address, gateway, port }: Connection,
): readonly RiskReason[] {
  const { fleet, comparison } = subject;
  const config = fleet.head.effective.get(gateway)?.config;
  if (config === undefined || config.unrendered.length > 0 || port === undefined) return [];
  const listeners = listenersOf(configModel(config.tree, fleet.catalogue));
  // A port that only a variable knows may be this one; so may that of a type whose listeners are not known.
  if (listeners.length === 0 || listeners.some((listener) => listener.port === undefined)) return [];
  if (listeners.some((listener) => listener.port === port && listener.scope !== 'local')) return [];
  const name = nameIn(comparison, 'exporters', exporter);
  const other = gateway.slice(gateway.indexOf('/') + 1);
  const message = `\`${name}\` sends to \`${address}\`, but \`${other}\` does not listen on port ${port}`;
  return [
    reason(
      subject,
      { rule, level: 'high', message },
      {
        class: 'exporters',
        id: exporter,
        path: addressPath(bodiesOf(comparison.after, 'exporters').get(exporter) ?? {}),
      },
    ),
  ];
}
