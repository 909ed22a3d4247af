import { atKey, durationOf, numberOf } from './value-mistake.ts';
import type { Checked, ValueCheck, ValueMistake } from './value-mistake.ts';

/** core internal/memorylimiter, `Config.Validate`. */
export const memoryLimiterValues: ValueCheck = {
  of: ['processors/memory_limiter', 'extensions/memory_limiter'],
  check: (component) => {
    const interval = durationOf(component.body['check_interval'], 0);
    if (interval !== undefined && interval <= 0) {
      return atKey('check_interval', "'check_interval' must be greater than zero");
    }
    const first = [collections, limits].map((check) => check(component)).find((found) => found.length > 0);
    return first ?? [];
  },
};

/** The checks of the maxima came with 0.156, with their defaults. */
const MAXIMA = '0.156.0';

function collections({ body }: Checked): readonly ValueMistake[] {
  const of = (key: string, fallback: number): number => durationOf(body[key], fallback) ?? Number.NaN;
  const soft = 'min_gc_interval_when_soft_limited';
  const hard = 'min_gc_interval_when_hard_limited';
  if (of(soft, 10_000) < of(hard, 0)) {
    const why = `'${soft}' should be larger than '${hard}'`;
    return atKey(body[hard] === undefined ? soft : hard, why, { since: '0.121.0' });
  }
  const maxima = [
    { max: 'max_gc_interval_when_soft_limited', min: soft, least: of(soft, 10_000) },
    { max: 'max_gc_interval_when_hard_limited', min: hard, least: of(hard, 0) },
  ];
  for (const { max } of maxima) {
    if (of(max, 30_000) < 0) return atKey(max, `'${max}' must be non-negative`, { since: MAXIMA });
  }
  for (const { max, min, least } of maxima) {
    if (of(max, 30_000) > 0 && of(max, 30_000) < least) {
      const why = `'${max}' must be greater than or equal to '${min}' (or 0 to disable)`;
      return atKey(body[max] === undefined ? min : max, why, { since: MAXIMA });
    }
  }
  const [first = 0, second = 0] = maxima.map(({ max }) => of(max, 30_000));
  if (first > 0 && second > 0 && first < second) {
    const [one, other] = maxima.map(({ max }) => `'${max}'`);
    const why = `${one} should be larger than or equal to ${other} (when both are set)`;
    return atKey('max_gc_interval_when_soft_limited', why, { since: MAXIMA });
  }
  return [];
}

function limits({ body }: Checked): readonly ValueMistake[] {
  const limit = numberOf(body['limit_mib'], 0);
  const percentage = numberOf(body['limit_percentage'], 0);
  if (limit === 0 && percentage === 0) {
    return atKey('limit_mib', "'limit_mib' or 'limit_percentage' must be greater than zero");
  }
  const spikePercentage = numberOf(body['spike_limit_percentage'], 0) ?? 0;
  if ((percentage ?? 0) > 100 || spikePercentage > 100) {
    return atKey(
      (percentage ?? 0) > 100 ? 'limit_percentage' : 'spike_limit_percentage',
      "'limit_percentage' and 'spike_limit_percentage' must be greater than zero and less than or equal to hundred",
    );
  }
  const spike = numberOf(body['spike_limit_mib'], 0) ?? 0;
  if (limit !== undefined && limit > 0 && spike >= limit) {
    return atKey('spike_limit_mib', "'spike_limit_mib' must be smaller than 'limit_mib'");
  }
  if (percentage !== undefined && percentage > 0 && spikePercentage >= percentage) {
    return atKey(
      'spike_limit_percentage',
      "'spike_limit_percentage' must be smaller than 'limit_percentage'",
    );
  }
  return [];
}
