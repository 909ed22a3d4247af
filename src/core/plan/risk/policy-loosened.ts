import type { SourceRange } from '../../document/finding.ts';
import { at } from '../../document/node.ts';
import type { LoadedView } from '../../resources/view.ts';
import { GATES } from '../../rollout/gates/index.ts';
import { policiesByName, policiesOf, policyUses } from '../../rollout/policy-file/repository.ts';
import { POLICY_LABEL, type PolicySpec } from '../../rollout/policy.ts';
import type { RiskReason } from './plan-risk.ts';
import type { RiskFleet, RiskMember } from './subject.ts';

const rule = 'RSK-016';

/**
 * Who is no longer asked, and what stops no rollout any more. A change that is merged goes by the policies that it brings, so
 * that whoever approves it has to see what it takes away.
 */
export const policyLoosened: RiskMember = {
  id: rule,
  summary:
    'A rollout policy that no longer asks, waits or stops where it did before, for the rollouts of this very change too',
  check: () => [],
  across: ({ base, head }: RiskFleet) => {
    if (base.repository.policyDocuments.length === 0) return [];
    const [before, after] = [policiesIn(base), policiesIn(head)];
    const named = policyUses(head.repository);
    return [...before].flatMap(([name, was]): readonly RiskReason[] => {
      const configuration = head.repository.resources.get(`Configuration/${name}`);
      if (configuration === undefined) return [];
      const is = after.get(name);
      // One that is missing or cannot be read is an error of lint's, and nothing is applied.
      if (is === undefined && named.has(name)) return [];
      const label = at(configuration.document, 'metadata', 'labels', POLICY_LABEL)?.at ?? configuration.at;
      const place = placeOf(head, is) ?? label;
      return loosened(was, is).map((message) => ({
        rule,
        level: 'medium',
        message,
        configuration: configuration.key,
        at: place,
      }));
    });
  },
};

/** The policy of each Configuration that names one; a name without a sound policy is a finding, and none here. */
function policiesIn({ repository }: LoadedView): ReadonlyMap<string, PolicySpec> {
  const specs = policiesByName(repository);
  return new Map(
    [...policyUses(repository)].flatMap(([name, { policy }]) => {
      const spec = specs.get(policy);
      return spec === undefined ? [] : [[name, spec] as const];
    }),
  );
}

function placeOf({ repository }: LoadedView, spec: PolicySpec | undefined): SourceRange | undefined {
  return policiesOf(repository).find(({ name }) => name !== undefined && name === spec?.name)?.at;
}

/** What a policy no longer does, a sentence each. */
function loosened(was: PolicySpec, is: PolicySpec | undefined): readonly string[] {
  if (is === undefined) return [`its rollouts go by the built-in policy, no longer by \`${was.name}\``];
  const asked = (is.stages ?? []).filter(({ approval }) => approval === true).map(({ name }) => name);
  const unasked = (was.stages ?? [])
    .filter(({ name, approval }) => approval === true && !asked.includes(name))
    .map(({ name }) => `nobody is asked before wave \`${name}\` any more`);
  const unkept =
    (was.windows?.length ?? 0) > 0 && (is.windows?.length ?? 0) === 0
      ? ['rollouts go on at any time, no longer in windows alone']
      : [];
  const gates = GATES.flatMap(({ id }) =>
    acts(was, id) && !acts(is, id) ? [`gate \`${id}\` no longer stops a rollout`] : [],
  );
  const kept =
    was.onRegression !== 'pause' && is.onRegression === 'pause'
      ? ['what goes wrong stands still and is not rolled back any more']
      : [];
  const offered =
    was.onInvalid !== 'offer' && is.onInvalid === 'offer'
      ? ['a config that no collector starts with is offered all the same']
      : [];
  return [...unasked, ...unkept, ...gates, ...kept, ...offered];
}

function acts({ gates = {} }: PolicySpec, id: string): boolean {
  const { off = false, shadow = GATES.find((gate) => gate.id === id)?.shadow ?? true } = gates[id] ?? {};
  return !off && !shadow;
}
