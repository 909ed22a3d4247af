import type { ResourceKey } from '../../bindplane/resource.ts';
import type { Finding } from '../../document/finding.ts';
import { idleItems } from '../routes.ts';
import type { LintInput, Rule } from '../rule.ts';

export const unusedRule: Rule = {
  id: 'BPR-004',
  severity: 'warning',
  summary: 'A resource that no configuration uses',
  docs: 'It is applied and kept on the server, and nobody runs it: often a leftover of a change that was taken back. Use it or delete it. An item of a v2 Configuration that no route leads to, or from, does nothing either.',
  check: (input) => [
    ...unusedResources(input),
    ...idleItems(input).map((finding) => ({ rule: unusedRule.id, ...finding })),
  ],
};

const LIBRARY_KINDS: readonly string[] = ['Source', 'Destination', 'Processor', 'Connector', 'Extension'];

function unusedResources({ head }: LintInput): readonly Finding[] {
  const { resources } = head.repository;
  const configurations = [...resources.keys()].filter((key) => key.startsWith('Configuration/'));
  const used = head.graph.dependencies(configurations);
  return [...resources.values()]
    .filter(({ key, kind }) => LIBRARY_KINDS.includes(kind) && !used.has(key))
    .map((resource) => ({
      rule: unusedRule.id,
      severity: 'warning',
      message: `${resource.kind} \`${resource.name}\` is used by no configuration${through(head.graph.to(resource.key).map(({ from }) => from))}`,
      ...(resource.at && { at: resource.at }),
    }));
}

function through(users: readonly ResourceKey[]): string {
  const [first] = users;
  return first === undefined ? '' : `; ${first.replace('/', ' `')}\`, which names it, is unused too`;
}
