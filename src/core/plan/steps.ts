import type { ResourceKey } from '../bindplane/resource.ts';
import type { ResourceChange } from '../diff/resources.ts';
import { buildGraph, kindOf } from '../resources/graph.ts';
import type { LoadedRepository } from '../resources/load.ts';
import type { LoadedView } from '../resources/view.ts';
import type { PriorState } from './changes.ts';
import { externalSteps, manifestStepId } from './external-steps.ts';
import type { PolicyChange } from './policy-change.ts';
import { restartSteps } from './restart-steps.ts';
import type { ConfigurationPlan, Step } from './plan.ts';
import { gatewaysOf, sortByNeeds } from './senders.ts';

/** What steps are made from. */
export interface StepContext {
  readonly base: LoadedView;
  readonly head: LoadedView;
  readonly prior: PriorState;
  readonly changes: readonly ResourceChange[];
  readonly configurations: readonly ConfigurationPlan[];
  /** Policies that the server is to be told of. */
  readonly policies?: readonly PolicyChange[];
}

const GATE_ZERO = 'gate-zero';

/**
 * Everything that has to be done, in an order that works: policies before the rollouts that go by them; resources after what they need; then what `kubectl` and `helm` must do; then the
 * gate that reads the server's renders back; then rollouts, gateways before those that send to them; deletes last, when nobody runs a version
 * that needs them.
 */
export function planSteps(context: StepContext): readonly Step[] {
  const policies = policySteps(context);
  const applies = applySteps(context);
  const last = lastOf(applies);
  const applied = externalSteps(context.base, context.head, last);
  const restarts = restartSteps(context.base, context.head, context.configurations, applied);
  const externals = [...applied, ...restarts];
  const rolled = context.configurations.filter(isRolledOut);
  const gate: readonly Step[] =
    rolled.length === 0
      ? []
      : [
          {
            id: GATE_ZERO,
            kind: 'gate-zero',
            text: "read the server's renders back and compare them with this plan",
            after: last,
          },
        ];
  const awaits = awaitSteps(rolled, externals, context.head.repository);
  const rollouts = rolloutSteps(context, rolled, awaits);
  return [
    ...policies,
    ...applies,
    ...externals,
    ...gate,
    ...awaits,
    ...rollouts,
    ...deleteSteps(context, rollouts),
    ...policyDeletes(context, applies),
  ];
}

/** Whether a control plane rolls a configuration out. */
function isRolledOut({ rollout, delivery }: ConfigurationPlan): boolean {
  return rollout && delivery === undefined;
}

/** Ids of the steps that no other of them waits for: whoever waits for these waits for all. */
function lastOf(steps: readonly Step[]): readonly string[] {
  const waitedFor = new Set(steps.flatMap(({ after }) => after));
  return steps.map(({ id }) => id).filter((id) => !waitedFor.has(id));
}

function applySteps({ head, changes }: StepContext): readonly Step[] {
  const byKey = new Map(changes.map((change) => [change.key, change]));
  const needed = (key: ResourceKey): boolean => {
    const action = byKey.get(key)?.action;
    return action === 'create' || action === 'update';
  };
  return head.graph.order.filter(needed).map((key) => {
    const created = byKey.get(key)?.action === 'create';
    const resource = head.repository.resources.get(key);
    const needs = new Set(head.graph.from(key).map(({ to }) => to));
    return {
      id: applyId(key),
      kind: 'apply',
      action: created ? '+' : '~',
      resource: key,
      text: `${created ? 'create' : 'update'} ${words(key)}`,
      after: [...needs].filter((need) => needed(need) && need !== key).map(applyId),
      ...(resource?.at && { at: resource.at }),
    };
  });
}

/**
 * Configurations whose agents start or are replaced by an external step, and those whose workloads have no live agent yet: agents must be
 * there before the rollout counts them, because a rollout to nobody is called stable.
 */
function awaitSteps(
  rolled: readonly ConfigurationPlan[],
  externals: readonly Step[],
  repository: LoadedRepository,
): readonly Step[] {
  const steps = new Set(externals.map(({ id }) => id));
  return rolled.flatMap(({ name, target }): readonly Step[] => {
    const changed = target.workloads.filter(({ workload }) =>
      steps.has(manifestStepId(workload.at.file, repository)),
    );
    const missing = changed.length === 0 && target.agents?.length === 0 ? target.workloads : [];
    const awaited = [...changed, ...missing];
    if (awaited.length === 0) return [];
    const names = awaited.map(({ workload }) => `${workload.kind} ${workload.name}`);
    return [
      {
        id: awaitId(name),
        kind: 'await-agents',
        configuration: name,
        text: `wait until the agents of ${names.join(', ')} are connected`,
        after: [...new Set(changed.map(({ workload }) => manifestStepId(workload.at.file, repository)))],
      },
    ];
  });
}

function rolloutSteps(
  { head, policies = [] }: StepContext,
  rolled: readonly ConfigurationPlan[],
  awaits: readonly Step[],
): readonly Step[] {
  const gateways = gatewaysOf(head);
  const byKey = new Map(rolled.map((configuration) => [configuration.key, configuration]));
  const needs = ({ key }: ConfigurationPlan): readonly ConfigurationPlan[] =>
    [...(gateways.get(key) ?? [])].flatMap((gateway) => byKey.get(gateway) ?? []);
  const sorted = sortByNeeds(rolled, needs);
  return sorted.map((configuration, index) => {
    // In a circle of senders only those that come earlier can be waited for.
    const earlier = needs(configuration).filter((need) => sorted.indexOf(need) < index);
    const { name } = configuration;
    return {
      id: rolloutId(name),
      kind: 'rollout',
      configuration: name,
      resource: configuration.key,
      text: `roll out ${name}`,
      after: [
        GATE_ZERO,
        ...awaits.filter(({ id }) => id === awaitId(name)).map(({ id }) => id),
        ...earlier.map((need) => rolloutId(need.name)),
        ...policies
          .filter(({ action, users }) => action !== 'delete' && users.includes(name))
          .map((policy) => policyId(policy.name)),
      ],
    };
  });
}

/** Users before what they used; a configuration that used it must have been rolled out without it. */
function deleteSteps({ prior, changes }: StepContext, rollouts: readonly Step[]): readonly Step[] {
  const before = buildGraph(prior.resources);
  const actions = new Map(changes.map(({ key, action }) => [key, action]));
  const rolled = new Set(rollouts.map(({ id }) => id));
  return before.order
    .filter((key) => actions.get(key) === 'delete')
    .toReversed()
    .map((key) => {
      const users = [...new Set(before.to(key).map(({ from }) => from))];
      const configurations = [...before.dependents([key])].filter((user) => kindOf(user) === 'Configuration');
      const resource = prior.resources.get(key);
      return {
        id: deleteId(key),
        kind: 'delete',
        action: '-',
        resource: key,
        text: `delete ${words(key)}`,
        after: [
          ...users.flatMap((user): readonly string[] => {
            const action = actions.get(user);
            return action === 'delete' ? [deleteId(user)] : action === 'update' ? [applyId(user)] : [];
          }),
          ...configurations.map((user) => rolloutId(nameOf(user))).filter((id) => rolled.has(id)),
        ],
        ...(resource?.at && { at: resource.at }),
      };
    });
}

/** A policy has to be there before a rollout asks for it; it needs nothing itself. */
function policySteps({ policies = [] }: StepContext): readonly Step[] {
  return policies
    .filter(({ action }) => action !== 'delete')
    .map(({ name, action, at }) => ({
      id: policyId(name),
      kind: 'policy',
      action: action === 'create' ? '+' : '~',
      policy: name,
      text: `${action} rollout policy ${name}`,
      after: [],
      ...(at && { at }),
    }));
}

/** A server keeps a policy as long as somebody names it. */
function policyDeletes({ policies = [] }: StepContext, applies: readonly Step[]): readonly Step[] {
  return policies
    .filter(({ action }) => action === 'delete')
    .map(({ name, at }) => ({
      id: policyId(name),
      kind: 'policy',
      action: '-',
      policy: name,
      text: `delete rollout policy ${name}`,
      after: lastOf(applies),
      ...(at && { at }),
    }));
}

function policyId(name: string): string {
  return `policy:${name}`;
}

function applyId(key: ResourceKey): string {
  return `apply:${key}`;
}

function deleteId(key: ResourceKey): string {
  return `delete:${key}`;
}

function awaitId(name: string): string {
  return `await-agents:${name}`;
}

function rolloutId(name: string): string {
  return `rollout:${name}`;
}

function nameOf(key: ResourceKey): string {
  return key.slice(key.indexOf('/') + 1);
}

function words(key: ResourceKey): string {
  return `${kindOf(key)} ${nameOf(key)}`;
}
