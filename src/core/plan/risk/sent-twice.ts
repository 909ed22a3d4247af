import { componentType } from '../../collector/component-id.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { listenersOf } from '../../diff/listeners.ts';
import { canonicalJson } from '../../document/digest.ts';
import { compareText } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { Flow, Flows } from './flows.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-006';

/** Ways that choose (filters, samplers, routes) are left out: two of them may share the data between them. */
export const sentTwice: RiskMember = {
  id: rule,
  summary: 'The same data gets to the same destination twice',
  check: (subject) => {
    const { flows, comparison, isNew } = subject;
    if (flows === undefined) return [];
    const doubles = doubled(flows.after, comparison.after);
    if (doubles.size === 0) return [];
    const known = isNew ? new Set<string>() : new Set(doubled(flows.before, comparison.before).keys());
    const fresh = [...doubles].filter(([key]) => !known.has(key));
    const messages = Map.groupBy(fresh, ([, double]) => words(subject, double));
    return [...messages].map(([rest, alike]) => {
      const signals = [...new Set(alike.map(([, { signal }]) => signal))].sort(compareText);
      const [exporter = ''] = alike[0]?.[1].exporters ?? [];
      return reason(
        subject,
        { rule, level: 'medium', message: `${names(signals)} ${rest}` },
        { class: 'exporters', id: exporter },
      );
    });
  },
};

interface Double {
  readonly signal: string;
  readonly receivers: readonly string[];
  readonly exporters: readonly string[];
}

function words({ comparison }: RiskSubject, { receivers, exporters }: Double): string {
  const from = names(receivers.map((id) => nameIn(comparison, 'receivers', id)));
  const to = names(exporters.map((id) => nameIn(comparison, 'exporters', id)));
  if (receivers.length > 1) return `of ${from}, which collect the same, all get to ${to}`;
  return exporters.length > 1
    ? `of ${from} get to the same place through ${to}`
    : `of ${from} get to ${to} on several ways`;
}

/** Data that arrives more than once, by signal, what collects it and where it arrives. */
function doubled(flows: Flows, model: ConfigModel): ReadonlyMap<string, Double> {
  const exporters = bodiesOf(model, 'exporters');
  const places = new Map([...exporters].map(([id, body]) => [id, placeOf(id, body)]));
  const sources = sourcesOf(model);
  const arrivals = Map.groupBy(
    [...flows.values()].filter(({ whole }) => whole > 0),
    ({ signal, receiver, exporter }) =>
      [signal, sources.get(receiver) ?? receiver, places.get(exporter) ?? exporter].join('\n'),
  );
  const result = new Map<string, Double>();
  for (const [key, all] of arrivals) {
    const times = all.reduce((sum, { whole }) => sum + whole, 0);
    const [first] = all;
    if (times < 2 || first === undefined) continue;
    const ids = (part: 'receiver' | 'exporter'): readonly string[] =>
      [...new Set(all.map((flow: Flow) => flow[part]))].sort(compareText);
    result.set(key, { signal: first.signal, receivers: ids('receiver'), exporters: ids('exporter') });
  }
  return result;
}

/** How an exporter sends, which does not make two of another one. */
const MANNER: ReadonlySet<string> = new Set([
  'compression',
  'retry_on_failure',
  'sending_queue',
  'timeout',
  'tls',
]);

function placeOf(id: string, body: Json): string {
  const own = isMap(body) ? Object.entries(body).filter(([key]) => !MANNER.has(key)) : [];
  return own.length === 0 ? id : `${componentType(id)} ${canonicalJson(Object.fromEntries(own))}`;
}

/** Receivers that fetch, by what they fetch: two with the same body fetch the same. Two that listen share nothing. */
function sourcesOf(model: ConfigModel): ReadonlyMap<string, string> {
  const listening = new Set(
    listenersOf(model).flatMap(({ class: cls, id }) => (cls === 'receivers' ? [id] : [])),
  );
  return new Map(
    [...bodiesOf(model, 'receivers')]
      .filter(([id]) => !listening.has(id) && componentType(id) !== 'nop')
      .map(([id, body]) => [id, `${componentType(id)} ${canonicalJson(body)}`]),
  );
}
