import { compareFindings, placeText } from '../document/finding.ts';
import type { Finding, RelatedPlace } from '../document/finding.ts';
import { applySuppressions } from '../document/suppression.ts';
import { clusterOf } from './cluster.ts';
import { groupFindings } from './groups.ts';
import { RULES } from './index.ts';
import { readingFindings } from './rule.ts';
import type { LintInput } from './rule.ts';

/**
 * Everything that is wrong with a revision: what reading and rendering it said, and what the rules find. One cause is one finding, though
 * several configurations have it (the others are related places). Findings silenced in the files are left out; silencing without a reason is
 * a finding. In the order of {@link compareFindings}. `only`: what these rules find and no more, where nobody asks for the others; which
 * suppressions silence nothing cannot be said then.
 */
export function lint(input: LintInput, only?: ReadonlySet<string>): readonly Finding[] {
  const owned = new Set(RULES.map(({ id }) => id));
  const others = readingFindings(input).filter(({ rule }) => !owned.has(rule));
  const cluster = clusterOf(input);
  const rules = only === undefined ? RULES : RULES.filter(({ id }) => only.has(id));
  const found = [...others, ...rules.flatMap((rule) => rule.check(input, cluster))];
  const told = applySuppressions(mergeFindings(found), input.head.repository.texts);
  return groupFindings(told).toSorted(compareFindings);
}

/** The same finding met through several configurations, once. */
function mergeFindings(findings: readonly Finding[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key = [
      finding.rule,
      finding.at === undefined ? (finding.configuration ?? '') : placeText(finding.at),
      finding.message,
    ].join('\n');
    const first = merged.get(key);
    merged.set(key, first === undefined ? finding : withRelated(first, finding));
  }
  return [...merged.values()];
}

function withRelated(first: Finding, again: Finding): Finding {
  const places = new Map<string, RelatedPlace>();
  for (const place of [...(first.related ?? []), ...(again.related ?? [])]) {
    places.set(`${placeText(place.at)} ${place.message}`, place);
  }
  return places.size === 0 ? first : { ...first, related: [...places.values()] };
}
