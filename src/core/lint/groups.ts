import { compareFindings, placeText } from '../document/finding.ts';
import type { Finding, RelatedPlace } from '../document/finding.ts';

/**
 * The findings with those of one group as one: at the place and with the rule of the worst, the first among equals, each point with its
 * rule behind it. A group of one is that one.
 */
export function groupFindings(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, ({ group }) => group?.key);
  const alone = groups.get(undefined) ?? [];
  const grouped = [...groups].flatMap(([key, members]) => (key === undefined ? [] : [asOne(members)]));
  return [...alone, ...grouped];
}

function asOne(members: readonly Finding[]): Finding {
  const [first, ...others] = members;
  if (first === undefined) throw new RangeError('a group without findings');
  const { group: _, ...single } = first;
  if (others.length === 0) return single;
  const worst = members.reduce((best, one) => (severer(one, best) ? one : best), first);
  const points = members.map(({ rule, severity, message, at }) => ({
    rule,
    severity,
    message,
    ...(at && { at }),
  }));
  const related = relatedOf(members, worst);
  return {
    rule: worst.rule,
    severity: worst.severity,
    message: `${first.group?.title ?? ''}: ${members.map(({ rule, group }) => `${group?.said ?? ''} (${rule})`).join(', ')}`,
    ...(worst.at && { at: worst.at }),
    ...(worst.configuration !== undefined && { configuration: worst.configuration }),
    ...(related.length > 0 && { related }),
    fixes: members.flatMap(({ fixes }) => fixes ?? []),
    points,
  };
}

function severer(a: Finding, b: Finding): boolean {
  return (
    compareFindings(
      { ...a, rule: '', message: '', at: nowhere },
      { ...b, rule: '', message: '', at: nowhere },
    ) < 0
  );
}

const nowhere = { file: '', line: 0, column: 0, endLine: 0, endColumn: 0 };

/** The places of the points that stand elsewhere, and what the points themselves relate to. */
function relatedOf(members: readonly Finding[], worst: Finding): readonly RelatedPlace[] {
  const places = new Map<string, RelatedPlace>();
  for (const { at, rule, group, related } of members) {
    if (at !== undefined && (worst.at === undefined || placeText(at) !== placeText(worst.at))) {
      places.set(`${placeText(at)} ${rule}`, { message: `${group?.said ?? ''} (${rule})`, at });
    }
    for (const place of related ?? []) places.set(`${placeText(place.at)} ${place.message}`, place);
  }
  return [...places.values()];
}
