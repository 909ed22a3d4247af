import { bodiesOf } from '../../diff/config-model.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import { compareText } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskMember } from './subject.ts';

const rule = 'RSK-011';

/** An exporter that goes away altogether is missed as a destination. */
export const queueStorageRemoved: RiskMember = {
  id: rule,
  summary: 'A sending queue on disk becomes one in memory, or none',
  check: (subject) => {
    if (subject.isNew) return [];
    const { before, after } = subject.comparison;
    const young = bodiesOf(after, 'exporters');
    const running = new Set(pipelinesOf(after.tree).flatMap(({ exporters }) => exporters));
    const lost = queuesOnDisk(before)
      .filter(([id]) => running.has(id) && storageOf(young.get(id)) === undefined)
      .map(([id]) => id)
      .sort(compareText);
    const [first] = lost;
    if (first === undefined) return [];
    const shown = names(lost.map((id) => nameIn(subject.comparison, 'exporters', id)));
    const verb = lost.length === 1 ? 'no longer keeps its queue' : 'no longer keep their queues';
    const message = `${shown} ${verb} on disk: what waits there is left behind, and from now on a restart loses what waits`;
    return [reason(subject, { rule, level: 'medium', message }, { class: 'exporters', id: first })];
  },
};

/** Exporters with the extension that their queues stand in, by id. */
export function queuesOnDisk(model: ConfigModel): readonly (readonly [string, string])[] {
  return [...bodiesOf(model, 'exporters')].flatMap(([id, body]): readonly (readonly [string, string])[] => {
    const storage = storageOf(body);
    return storage === undefined ? [] : [[id, storage]];
  });
}

function storageOf(body: Json | undefined): string | undefined {
  const queue = isMap(body) ? body['sending_queue'] : undefined;
  const storage = isMap(queue) && queue['enabled'] !== false ? queue['storage'] : undefined;
  return typeof storage === 'string' ? storage : undefined;
}
