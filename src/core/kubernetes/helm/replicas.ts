import { pick } from '../traced.ts';
import type { ChartContext } from './chart-context.ts';

/** `int .Values.replicaCount`: the whole number the value stands for, 0 for what is none. */
export function replicaCount({ values }: Pick<ChartContext, 'values'>): number {
  const found = pick(values, 'replicaCount');
  if (found?.kind !== 'scalar') return 0;
  const count = Math.trunc(Number(found.value));
  return Number.isSafeInteger(count) ? count : 0;
}
