import { collectorPlans } from './collector-plans.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import type { Resource, ResourceKey } from '../bindplane/resource.ts';
import { canonicalJson } from '../document/digest.ts';
import { diffConfigs, withoutHeader } from '../diff/configs.ts';
import type { ResourceChange } from '../diff/resources.ts';
import { fleetConfiguration } from '../fleet/assignment.ts';
import type { Target } from '../fleet/target.ts';
import { componentVersion } from '../lint/rules/ver-001-component-version.ts';
import { removedComponent } from '../lint/rules/ver-002-removed-component.ts';
import { metricVersion } from '../lint/rules/ver-003-metric-version.ts';
import { fieldVersion, valueVersion } from '../lint/rules/ver-004-field-version.ts';
import { signalVersion } from '../lint/rules/ver-006-signal.ts';
import type { LintInput } from '../lint/rule.ts';
import { versionFindings } from '../lint/version-findings.ts';
import { renderOne } from '../resources/effective.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';
import { buildGraph, compareResourceKeys, kindOf } from '../resources/graph.ts';
import type { ResourceGraph } from '../resources/graph.ts';
import { reachOf } from '../resources/targets.ts';
import type { LoadedView } from '../resources/view.ts';
import { realChanges } from './changes.ts';
import type { PriorState } from './changes.ts';
import type { ConfigurationPlan, Refusal } from './plan.ts';

/** What the plans of Configurations are made from. */
export interface ConfigurationContext {
  readonly base: LoadedView;
  readonly head: LoadedView;
  readonly prior: PriorState;
  readonly touched: readonly ResourceKey[];
  readonly changes: readonly ResourceChange[];
  readonly lint: LintInput;
  /** Newest version of each configuration on the server, by name; absent without a server. */
  readonly versions?: ReadonlyMap<string, number>;
}

/** A plan for each of the touched Configurations, and for each collector that Kubernetes or a file configures and the change touches. */
export function configurationPlans(context: ConfigurationContext): readonly ConfigurationPlan[] {
  const refusals = refusalsByConfiguration(context.lint);
  const before = graphBefore(context.base, context.prior);
  const changes = new Map(context.changes.map((change) => [change.key, change]));
  const plans = context.touched.flatMap((key) => {
    const uses = new Set([...before.dependencies([key]), ...context.head.graph.dependencies([key])]);
    return planOf(key, context, uses, refusals.get(key) ?? [], changes.get(key));
  });
  return [...plans, ...collectorPlans(context.base, context.head, refusals)];
}

/** Configurations that the changes touch: themselves, what they are made of, or the fleet that gives them. In the order of names. */
export function touchedConfigurations(
  base: LoadedView,
  head: LoadedView,
  prior: PriorState,
  changes: readonly ResourceChange[],
): readonly ResourceKey[] {
  const keys = realChanges(changes).map(({ key }) => key);
  const before = graphBefore(base, prior);
  const affected = [...keys, ...head.graph.dependents(keys), ...before.dependents(keys)];
  const ofFleets = realChanges(changes).flatMap((change) =>
    [change.before, change.after].flatMap((fleet): readonly ResourceKey[] => {
      const name = fleet?.kind === 'Fleet' ? fleetConfiguration(fleet) : undefined;
      return name === undefined ? [] : [`Configuration/${name}`];
    }),
  );
  const touched = new Set([...affected, ...ofFleets].filter((key) => kindOf(key) === 'Configuration'));
  return [...touched].sort(compareResourceKeys);
}

function graphBefore(base: LoadedView, prior: PriorState): ResourceGraph {
  return prior.resources === base.repository.resources ? base.graph : buildGraph(prior.resources);
}

function planOf(
  key: ResourceKey,
  { base, head, prior, versions }: ConfigurationContext,
  uses: ReadonlySet<ResourceKey>,
  refusals: readonly Refusal[],
  change?: ResourceChange,
): readonly ConfigurationPlan[] {
  const { renamedFrom, renamedTo } = change ?? {};
  const before = renderPrior(prior.resources.get(renamedFrom ?? key), prior, base);
  const after = head.effective.get(key);
  const resource = after?.resource ?? before?.resource;
  if (resource === undefined) return [];
  const target: Target = head.targets.get(key) ??
    base.targets.get(key) ?? { configuration: key, fleets: [], workloads: [] };
  const reach = reachOf(target);
  // What cannot be rendered is compared by what it is made from: a change of it must never look like none.
  // To a server another name is another configuration, which has to be rolled out.
  const differs =
    renamedFrom !== undefined ||
    delivered(before) !== delivered(after) ||
    before?.config.opaque !== after?.config.opaque;
  const redirected = selection(base.targets.get(key)) !== selection(head.targets.get(key));
  // Where no live agents are known, the configuration may reach agents that no file of this repository describes.
  const reached = target.agents === undefined || reach.count > 0 || target.workloads.length > 0;
  const rollout = after !== undefined && (differs || redirected) && reached;
  // What a deleted one has become under another name shows its text there.
  const diff = diffConfigs(
    before?.config.text ?? '',
    (renamedTo === undefined ? after : before)?.config.text ?? '',
  );
  const isShown = diff.added + diff.removed > 0 || diff.rewritten === true;
  const version = versions?.get(resource.name);
  const changed = differs || (change !== undefined && change.action !== 'unchanged');
  return [
    {
      key,
      name: resource.name,
      ...(before && { before: before.config }),
      ...(after && { after: after.config }),
      uses,
      diff,
      target,
      reach,
      refusals: rollout ? refusals : [],
      rollout,
      ...(rollout &&
        !isShown && { behind: renamedFrom === undefined ? behind(before, after, differs) : 'name' }),
      newcomers: without(target, base.targets.get(key)),
      leavers: without(base.targets.get(key), target),
      ...(versions &&
        after && {
          versions: {
            ...(version !== undefined && { before: version }),
            after: (version ?? 0) + (changed ? 1 : 0),
          },
        }),
    },
  ];
}

function renderPrior(
  resource: Resource | undefined,
  prior: PriorState,
  base: LoadedView,
): RenderedConfiguration | undefined {
  if (resource === undefined) return undefined;
  if (prior.resources === base.repository.resources) return base.effective.get(resource.key);
  const { collectorVersion } = base.context;
  return renderOne(resource, {
    resources: prior.resources,
    types: base.types,
    ...(collectorVersion !== undefined && { collectorVersion }),
  });
}

function behind(
  before: RenderedConfiguration | undefined,
  after: RenderedConfiguration,
  differs: boolean,
): NonNullable<ConfigurationPlan['behind']> {
  if (!differs) return 'recipients';
  return delivered(before) === delivered(after) ? 'unrendered' : 'secret';
}

/** How many agents (where they are known, else workloads) of one target the other does not have. */
function without(target: Target | undefined, other: Target | undefined): number {
  if (target === undefined) return 0;
  if (target.agents !== undefined) {
    const had = new Set(other?.agents?.map(({ id }) => id));
    return target.agents.filter(({ id }) => !had.has(id)).length;
  }
  const had = new Set(other?.workloads.map(({ workload }) => workload.key));
  return target.workloads.filter(({ workload }) => !had.has(workload.key)).length;
}

function delivered(rendered: RenderedConfiguration | undefined): string | undefined {
  return rendered && withoutHeader(rendered.delivered.text);
}

/** What of a target is a person's decision: selector and fleets, not who happens to match. */
function selection(target: Target | undefined): string {
  return canonicalJson({ selector: target?.selector ?? null, fleets: [...(target?.fleets ?? [])] });
}

function refusalsByConfiguration(lint: LintInput): ReadonlyMap<ConfigKey, readonly Refusal[]> {
  const refusals = new Map<ConfigKey, Refusal[]>();
  const findings = [
    componentVersion,
    removedComponent,
    metricVersion,
    fieldVersion,
    valueVersion,
    signalVersion,
  ].flatMap((check) => versionFindings(check, lint));
  for (const { finding, refusals: refused } of findings) {
    if (finding.severity !== 'error') continue;
    for (const { configuration, recipient } of refused) {
      const list = refusals.get(configuration) ?? [];
      refusals.set(configuration, list);
      list.push({ name: recipient.name, version: recipient.version, finding });
    }
  }
  return refusals;
}
