import { componentType } from '../../collector/component-id.ts';
import { pipelinesOf, serviceExtensions } from '../../collector/pipelines.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { compareText } from '../../document/finding.ts';
import { names, reason } from './subject.ts';
import type { RiskMember } from './subject.ts';

const rule = 'RSK-010';

/** A limiter that only moved to another pipeline on the same way, or to the extension of that name, is none that is gone. */
export const memoryLimiterRemoved: RiskMember = {
  id: rule,
  summary: 'A pipeline loses its memory limiter',
  check: (subject) => {
    if (subject.isNew) return [];
    const { before, after } = subject.comparison;
    const old = limited(before);
    if (old.size === 0 || serviceExtensions(after.tree).some(isLimiter)) return [];
    const all = new Map(pipelinesOf(after.tree).map((pipeline) => [pipeline.id, pipeline]));
    const now = limited(after);
    const lost = [...old].filter((id) => all.has(id) && !now.has(id)).sort(compareText);
    if (lost.length === 0) return [];
    // Where receivers feed another pipeline first, the limiter may stand there.
    if (
      now.size > 0 &&
      lost.every((id) => all.get(id)?.receivers.every((one) => componentType(one) === 'forward'))
    ) {
      return [];
    }
    const message =
      now.size === 0
        ? 'no pipeline has a memory limiter any more: a full backend or a burst ends in an out-of-memory kill'
        : `${names(lost)} ${lost.length === 1 ? 'has' : 'have'} no memory limiter any more`;
    return [reason(subject, { rule, level: 'medium', message })];
  },
};

function limited({ tree }: ConfigModel): ReadonlySet<string> {
  return new Set(pipelinesOf(tree).flatMap(({ id, processors }) => (processors.some(isLimiter) ? [id] : [])));
}

function isLimiter(id: string): boolean {
  return componentType(id) === 'memory_limiter';
}
