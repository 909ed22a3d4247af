import type { Traced } from '../traced.ts';
import { TemplateStop } from './template-stop.ts';

/** Suffixes in the order in which the chart tries them, with what it multiplies by (`_helpers.tpl`, convertMemToBytes). */
const UNITS: readonly (readonly [suffix: string, bytes: number])[] = [
  ['e', 1e18],
  ['p', 1e15],
  ['pi', 2 ** 50],
  ['t', 1e12],
  ['ti', 2 ** 40],
  ['g', 1e9],
  ['gi', 2 ** 30],
  ['m', 1e6],
  ['mi', 2 ** 20],
  ['k', 1e3],
  ['ki', 2 ** 10],
];

const SHARE = 0.8;

/**
 * The GOMEMLIMIT that the chart sets for a memory limit: 80 % of it in whole MiB. `m`, a thousandth to Kubernetes, is a million here;
 * what cannot be read is 0. A limit without quotes is a number, which the template does not take (TemplateStop).
 */
export function goMemoryLimit(limit: Traced): string {
  if (limit.kind !== 'scalar' || typeof limit.value !== 'string') {
    throw new TemplateStop('resources.limits.memory must be text (put it in quotes)', limit.origin.at);
  }
  const text = limit.value.toLowerCase();
  const unit = UNITS.find(([suffix]) => text.endsWith(suffix));
  const amount = Number(unit === undefined ? text : text.slice(0, -unit[0].length));
  const bytes = (Number.isFinite(amount) ? amount : 0) * (unit?.[1] ?? 1) * SHARE;
  return `${Math.floor(bytes / 2 ** 20)}MiB`;
}
