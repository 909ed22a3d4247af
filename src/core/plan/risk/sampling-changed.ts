import { samplingOf } from '../../diff/sampling.ts';
import { nameIn, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskMember } from './subject.ts';

const rule = 'RSK-013';

/** What keeps nothing at all is RSK-005. */
export const samplingChanged: RiskMember = {
  id: rule,
  summary: 'Less of the data is kept than before, or much more of it is sent',
  check: (subject) => {
    if (subject.isNew) return [];
    const { comparison } = subject;
    const old = new Map(samplingOf(comparison.before).map((one) => [one.id, one]));
    const young = samplingOf(comparison.after);
    const kept = young.flatMap((is): readonly RiskReason[] => {
      const was = old.get(is.id);
      if (was?.digest === is.digest || is.percent === 0) return [];
      const name = `\`${nameIn(comparison, 'processors', is.id)}\``;
      const place = { class: 'processors', id: is.id } as const;
      if (was === undefined) {
        const message = `${name} samples from now on: ${is.keeps}`;
        return [reason(subject, { rule, level: 'medium', message }, place)];
      }
      if (was.keeps === is.keeps) return [];
      const message = `${name} keeps ${is.keeps} instead of ${was.keeps}`;
      const more = was.percent !== undefined && is.percent !== undefined && is.percent > was.percent;
      return [reason(subject, { rule, level: more ? 'low' : 'medium', message }, place)];
    });
    const ids = new Set(young.map(({ id }) => id));
    const gone = [...old.values()].flatMap(({ id, keeps }) =>
      ids.has(id)
        ? []
        : [
            reason(subject, {
              rule,
              level: 'low',
              message: `\`${nameIn(comparison, 'processors', id)}\` samples no longer (${keeps}): everything is sent on`,
            }),
          ],
    );
    return [...kept, ...gone];
  },
};
