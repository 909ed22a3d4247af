import type { Resource } from '../../bindplane/resource.ts';
import { closest } from '../../document/closest.ts';
import type { Finding } from '../../document/finding.ts';
import { CONFIGURATION_LABEL, FLEET_LABEL } from '../../fleet/assignment.ts';
import { selectorOf } from '../../fleet/selector.ts';
import type { AgentWorkload } from '../../kubernetes/workload.ts';
import { readingFindings } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';

export const labelRule: Rule = {
  id: 'BPR-010',
  severity: 'warning',
  summary: 'A `fleet=` or `configuration=` label of an agent that nothing selects',
  docs:
    'An agent joins the fleet its `fleet` label names, and gets the configuration its `configuration` label names or a selector finds. A label that meets neither a name nor a selector leaves the agent with nothing. ' +
    'A fleet label that only meets a name works, but the selector then says something else than the manifest.',
  check: (input) => {
    const { agents } = input.head.repository.manifests;
    const told = readingFindings(input).filter(({ rule }) => rule === 'BPR-010');
    if (agents.length === 0) return told;
    const asked = [
      askedFor(FLEET_LABEL, 'Fleet', input),
      askedFor(CONFIGURATION_LABEL, 'Configuration', input),
    ];
    return [...told, ...agents.flatMap((agent) => asked.flatMap((one) => checkLabel(agent, one, input)))];
  },
};

/** What a label may meet: resources of a kind by name, and the values that selectors of any ask for. */
interface AskedFor {
  readonly label: string;
  readonly kind: 'Fleet' | 'Configuration';
  readonly named: ReadonlyMap<string, Resource>;
  readonly selected: ReadonlySet<string>;
}

function askedFor(label: string, kind: AskedFor['kind'], { head }: LintInput): AskedFor {
  const resources = [...head.repository.resources.values()];
  const named = resources.filter((resource) => resource.kind === kind);
  return {
    label,
    kind,
    named: new Map(named.map((resource) => [resource.name, resource])),
    selected: new Set(resources.flatMap(({ spec }) => selectorOf(spec)?.[label] ?? [])),
  };
}

function checkLabel(
  agent: AgentWorkload,
  { label, kind, named, selected }: AskedFor,
  { live }: LintInput,
): readonly Finding[] {
  const value = agent.labels[label];
  if (value === undefined || value === '') return [];
  const target = named.get(value);
  if (selected.has(value) || (target !== undefined && kind === 'Configuration')) return [];
  // Resources may live on the server, or in a repository of their own: then there is nothing here to compare with.
  if (named.size === 0 || (target === undefined && live?.has(`${kind}/${value}`) === true)) return [];
  const where = `${agent.workload.kind} ${agent.workload.name}`;
  const meant = closest(value, [...named.keys()]);
  const message =
    target === undefined
      ? `the label \`${label}=${value}\` of ${where} meets no ${kind} and no selector${meant === undefined ? '' : `. Did you mean \`${meant}\`?`}`
      : `no selector uses the label \`${label}=${value}\` of ${where}; the agent is in ${kind} \`${value}\` only because the label is its name`;
  return [
    {
      rule: labelRule.id,
      severity: target === undefined ? 'warning' : 'notice',
      message,
      ...(agent.labelsAt && { at: agent.labelsAt }),
      ...(target?.at && { related: [{ message: `${kind} ${value}`, at: target.at }] }),
    },
  ];
}
