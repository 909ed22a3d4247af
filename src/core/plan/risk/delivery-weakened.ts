import { pipelinesOf } from '../../collector/pipelines.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import { compareText } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { RiskReason } from './plan-risk.ts';
import { queuesOnDisk } from './queue-storage-removed.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-015';

/** What exporters do by default (collector `exporter/exporterhelper`): try again for five minutes, and keep a queue meanwhile. */
const SAFEGUARDS = [
  {
    key: 'retry_on_failure',
    one: 'no longer tries again',
    many: 'no longer try again',
    cost: 'what the other end does not take at once is lost',
  },
  {
    key: 'sending_queue',
    one: 'no longer has a queue',
    many: 'no longer have a queue',
    cost: 'while the other end is slow or away, the pipeline and whoever sends to it wait or are refused',
  },
] as const;

/** A queue that leaves the disk is told as that (RSK-011). */
export const deliveryWeakened: RiskMember = {
  id: rule,
  summary: 'An exporter no longer tries again, or no longer has a queue',
  check: (subject) => {
    if (subject.isNew) return [];
    const { before, after } = subject.comparison;
    const [old, young] = [bodiesOf(before, 'exporters'), bodiesOf(after, 'exporters')];
    const running = new Set(pipelinesOf(after.tree).flatMap(({ exporters }) => exporters));
    const onDisk = new Set(queuesOnDisk(before).map(([id]) => id));
    return SAFEGUARDS.flatMap(({ key, one, many, cost }): readonly RiskReason[] => {
      const lost = [...young.keys()]
        .filter(
          (id) =>
            running.has(id) &&
            old.has(id) &&
            !isOff(old.get(id), key) &&
            isOff(young.get(id), key) &&
            (key !== 'sending_queue' || !onDisk.has(id)),
        )
        .sort(compareText);
      return lost.length === 0
        ? []
        : [told(subject, key, lost, `${lost.length === 1 ? one : many}: ${cost}`)];
    });
  },
};

function told(subject: RiskSubject, key: string, lost: readonly string[], words: string): RiskReason {
  const shown = names(lost.map((id) => nameIn(subject.comparison, 'exporters', id)));
  const place = { class: 'exporters', id: lost[0] ?? '', path: [key] } as const;
  return reason(subject, { rule, level: 'medium', message: `${shown} ${words}` }, place);
}

function isOff(body: Json | undefined, key: string): boolean {
  const block = isMap(body) ? body[key] : undefined;
  return isMap(block) && block['enabled'] === false;
}
