import type { Plan } from '../plan/plan.ts';
import type { Redactor, RedactorOptions } from './redact.ts';
import { createRedactor } from './redact.ts';

/** A redactor that knows the secrets of every config tree the plan carries; one that is given knows them already. */
export function planRedactor(plan: Plan, options: RedactorOptions | Redactor = {}): Redactor {
  if ('learn' in options) return options;
  const redactor = createRedactor(options);
  for (const { before, after } of plan.configurations) {
    if (before !== undefined) redactor.learn(before.tree);
    if (after !== undefined) redactor.learn(after.tree);
  }
  for (const { before, after } of plan.changes) {
    if (before !== undefined) redactor.learn(before.spec);
    if (after !== undefined) redactor.learn(after.spec);
  }
  return redactor;
}
