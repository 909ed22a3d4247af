import type { JsonMap } from '../document/node.ts';
import type { CollectorCheck } from '../plan/collector-check.ts';
import { plural } from './verdict.ts';

/** `checked with otelcol 0.158.0: 3 of 3 configs validate and start`: what real collectors said, in one line. */
export function collectorCheckText(check: CollectorCheck): string {
  const { collectors, configurations, passed, inPart, refused, notJudged, started, skipped } = check;
  if (skipped !== undefined) return `not checked with a collector: ${skipped}`;
  if (configurations === 0) return 'no config to check with a collector';
  const verb = (word: string): string => (configurations === 1 ? `${word}s` : word);
  const what = started ? `${verb('validate')} and ${verb('start')}` : verb('validate');
  const counts = [
    `${passed} of ${plural(configurations, 'config')} ${what}`,
    ...(inPart > 0 ? [`${partWords(inPart, passed)} only in part`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(notJudged > 0 ? [`${notJudged} not to be judged here`] : []),
  ];
  return `checked with ${collectors.join(' and ')}: ${counts.join(', ')}`;
}

function partWords(inPart: number, passed: number): string {
  if (inPart < passed) return `${inPart} of them`;
  return passed === 1 ? 'this one' : 'all of them';
}

/** The counts of a check as data. */
export function collectorCheckJson({ collectors, ...counts }: CollectorCheck): JsonMap {
  return { collectors: [...collectors], ...counts };
}
