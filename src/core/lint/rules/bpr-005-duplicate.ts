import type { Resource } from '../../bindplane/resource.ts';
import { compareText } from '../../document/finding.ts';
import type { Finding } from '../../document/finding.ts';
import { sameIds } from '../routes.ts';
import type { LintInput, Rule } from '../rule.ts';

export const duplicateRule: Rule = {
  id: 'BPR-005',
  severity: 'error',
  blocksApply: true,
  summary: 'Two resources with one kind and name',
  docs: 'Kind and name are the identity of a resource: of two in one apply the later overwrites the earlier without a word. Names that differ only in upper and lower case are one name to newer servers. Routes of a v2 Configuration name items by id, so an id stands once in its list.',
  check: (input) => [
    ...sameKey(input),
    ...sameButCase(input),
    ...sameIds(input).map((finding) => ({ rule: duplicateRule.id, ...finding })),
  ],
};

function sameKey({ head }: LintInput): readonly Finding[] {
  return [...head.repository.duplicates.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : rest.map((again) => finding(again, first, 'is declared before')),
  );
}

function sameButCase({ head }: LintInput): readonly Finding[] {
  const seen = new Map<string, Resource>();
  const findings: Finding[] = [];
  const sorted = [...head.repository.resources.values()].sort((a, b) => compareText(a.key, b.key));
  for (const resource of sorted) {
    const key = resource.key.toLowerCase();
    const first = seen.get(key);
    if (first === undefined) seen.set(key, resource);
    else {
      const note = `differs from \`${first.name}\` only in upper and lower case`;
      findings.push({ ...finding(resource, first, note), severity: 'warning' });
    }
  }
  return findings;
}

function finding(again: Resource, first: Resource, note: string): Finding {
  return {
    rule: duplicateRule.id,
    severity: 'error',
    message: `${again.kind} \`${again.name}\` ${note}`,
    ...(again.at && { at: again.at }),
    ...(first.at && { related: [{ message: 'the first one', at: first.at }] }),
  };
}
