import { isMap } from '../document/node.ts';
import type { Finding, Severity, SourceRange } from '../document/finding.ts';
import { compareFindings, compareText } from '../document/finding.ts';
import type { Resource } from '../bindplane/resource.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { ConfigurationPlan, Plan, Refusal } from '../plan/plan.ts';
import { changedConfigurations, type Piece } from './verdict.ts';

/** One finding told once, though several configurations have it, with those it makes agents refuse. */
export interface FindingGroup {
  readonly finding: Finding;
  readonly configurations: readonly ConfigurationPlan[];
  readonly refusals: readonly Refusal[];
}

/** All findings of a plan, the same ones together; refusals first, then by severity and place. */
export function findingGroups(plan: Plan): readonly FindingGroup[] {
  const groups = new Map<
    string,
    { finding: Finding; configurations: Set<ConfigurationPlan>; refusals: Refusal[] }
  >();
  const groupOf = (finding: Finding): { configurations: Set<ConfigurationPlan>; refusals: Refusal[] } => {
    const key = JSON.stringify([finding.rule, finding.message, finding.at]);
    const group = groups.get(key) ?? { finding, configurations: new Set<ConfigurationPlan>(), refusals: [] };
    groups.set(key, group);
    return group;
  };
  for (const configuration of plan.configurations) {
    for (const refusal of configuration.refusals) {
      const group = groupOf(refusal.finding);
      group.configurations.add(configuration);
      group.refusals.push(refusal);
    }
  }
  for (const finding of plan.findings) {
    const group = groupOf(finding);
    const configuration = plan.configurations.find(({ key }) => key === finding.configuration);
    if (configuration !== undefined) group.configurations.add(configuration);
  }
  return [...groups.values()]
    .map(({ finding, configurations, refusals }) => ({
      finding,
      configurations: [...configurations],
      refusals,
    }))
    .sort(
      (a, b) =>
        Number(b.refusals.length > 0) - Number(a.refusals.length > 0) ||
        compareFindings(a.finding, b.finding),
    );
}

/** One row of the plan's table: a resource that changes, or a Configuration that renders differently because of another. */
export interface PlanRow {
  readonly change?: ResourceChange;
  readonly configuration?: ConfigurationPlan;
  /** Configurations through which agents notice it. */
  readonly through: readonly ConfigurationPlan[];
  readonly worst?: Severity;
}

/** The plan's table: deletes first, then what fails, then Configurations, then the rest in apply order. */
export function planRows(plan: Plan): readonly PlanRow[] {
  const changes = plan.changes.filter(({ action }) => action !== 'unchanged');
  const configurations = new Map(
    plan.configurations.map((configuration) => [configuration.key, configuration]),
  );
  const users = configurationsByUse(changedConfigurations(plan));
  const worst = worstFindings(plan, changes);
  const rows: PlanRow[] = changes.map((change) => {
    const configuration = configurations.get(change.key);
    return {
      change,
      ...(configuration && { configuration }),
      through: configuration === undefined ? (users.get(change.key) ?? []) : [],
      ...worst(change, configuration),
    };
  });
  const drawn = new Set<string>(changes.map(({ key }) => key));
  for (const configuration of changedConfigurations(plan)) {
    if (!drawn.has(configuration.key)) {
      rows.push({ configuration, through: [], ...worst(undefined, configuration) });
    }
  }
  return rows
    .map((row, index) => ({ row, index, rank: rankOf(row) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ row }) => row);
}

function rankOf({ worst, change, configuration }: PlanRow): number {
  const state = change?.action === 'delete' ? 0 : worst === 'error' ? 1 : worst === 'warning' ? 2 : 3;
  // What only renders differently and reaches nobody comes after what was written.
  const isIdle = change === undefined && configuration?.rollout !== true;
  return state * 3 + (isIdle ? 2 : configuration === undefined ? 1 : 0);
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'notice'];

type Worst = (
  change: ResourceChange | undefined,
  configuration: ConfigurationPlan | undefined,
) => { readonly worst?: Severity };

/** The worst of what stands in a resource's document or concerns a configuration. */
function worstFindings(plan: Plan, changes: readonly ResourceChange[]): Worst {
  const changeAt = changeIndex(changes, ({ before, after }) => after ?? before);
  const byChange = new Map<ResourceChange, Severity>();
  const byConfiguration = new Map<string, Severity>();
  for (const { at, configuration, severity } of [...plan.findings].sort(compareFindings)) {
    const change = changeAt(at);
    if (change !== undefined && !byChange.has(change)) byChange.set(change, severity);
    if (configuration !== undefined && !byConfiguration.has(configuration)) {
      byConfiguration.set(configuration, severity);
    }
  }
  return (change, configuration) => {
    if (configuration !== undefined && configuration.refusals.length > 0) return { worst: 'error' };
    const found = [
      change && byChange.get(change),
      configuration && byConfiguration.get(configuration.key),
    ].filter((severity) => severity !== undefined);
    const worst = SEVERITIES.find((severity) => found.includes(severity));
    return worst === undefined ? {} : { worst };
  };
}

/** Changed configurations that are or were made of a resource, for each resource. */
function configurationsByUse(
  configurations: readonly ConfigurationPlan[],
): ReadonlyMap<string, readonly ConfigurationPlan[]> {
  const users = new Map<string, ConfigurationPlan[]>();
  for (const configuration of configurations) {
    for (const key of configuration.uses) {
      const known = users.get(key);
      if (known === undefined) users.set(key, [configuration]);
      else known.push(configuration);
    }
  }
  return users;
}

/** Finds the change of the resource in whose document a place lies. */
function changeIndex(
  changes: readonly ResourceChange[],
  side: (change: ResourceChange) => Resource | undefined,
): (at: SourceRange | undefined) => ResourceChange | undefined {
  const files = new Map<string, { line: number; endLine: number; change: ResourceChange }[]>();
  for (const change of changes) {
    const document = side(change)?.document?.at;
    if (document === undefined) continue;
    const { file, line, endLine } = document;
    const known = files.get(file);
    if (known === undefined) files.set(file, [{ line, endLine, change }]);
    else known.push({ line, endLine, change });
  }
  for (const documents of files.values()) documents.sort((a, b) => a.line - b.line);
  return (at) => {
    const documents = at === undefined ? undefined : files.get(at.file);
    if (at === undefined || documents === undefined) return undefined;
    // The last document that begins at or before the line; one file may hold thousands.
    let [low, high] = [0, documents.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((documents[middle]?.line ?? 0) <= at.line) low = middle + 1;
      else high = middle;
    }
    const found = documents[low - 1];
    return found !== undefined && at.line <= found.endLine ? found.change : undefined;
  };
}

/** What happens to a Configuration that is not written anew itself. */
export function madeText(configuration: PlanRow['configuration']): string {
  const { behind, delivery, before } = configuration ?? {};
  if (behind === 'secret') return 'a secret value changes';
  if (behind === 'unrendered') return 'changes where it cannot be shown';
  if (behind === 'version') return 'another version runs it';
  if (delivery !== undefined) return before === undefined ? 'new' : 'config changes';
  return behind === 'recipients' ? 'is assigned otherwise' : 'renders differently';
}

/** What changes in a resource, short: `new`, `deleted`, names of parts added and removed, else fields. */
export function changePieces(change: ResourceChange): readonly Piece[] {
  const { action, before, after, fields, details, renamedFrom, renamedTo } = change;
  if (action === 'create') {
    return renamedFrom === undefined ? ['new'] : ['renamed from ', { name: nameOf(renamedFrom) }];
  }
  if (action === 'delete') {
    return renamedTo === undefined ? ['deleted'] : ['deleted, renamed to ', { name: nameOf(renamedTo) }];
  }
  const parts = ['sources', 'processors', 'destinations', 'connectors', 'extensions'].flatMap((list) => {
    const was = namesIn(before, list);
    const is = namesIn(after, list);
    const noun = list.slice(0, -1);
    return [
      ...is.filter((name) => !was.includes(name)).map((name): Piece[] => [`${noun} `, { name }, ' added']),
      ...was.filter((name) => !is.includes(name)).map((name): Piece[] => [`${noun} `, { name }, ' removed']),
    ];
  });
  const moved = new Set((details ?? []).flatMap(({ path, action: how }) => (how === 'moved' ? [path] : [])));
  const shown =
    parts.length > 0
      ? parts
      : fields.map((field): Piece[] => [
          ...(moved.has(field) ? ['order of '] : []),
          { name: field.replace(/^spec\./, '') },
        ]);
  const more = shown.length > 3 ? [`, ${shown.length - 3} more`] : [];
  return [
    ...shown.slice(0, 3).flatMap((part, index): Piece[] => (index === 0 ? part : [', ', ...part])),
    ...more,
  ];
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function namesIn(resource: Resource | undefined, list: string): readonly string[] {
  const items = resource?.spec[list];
  if (!Array.isArray(items)) return [];
  return items
    .map((item) => (isMap(item) ? (item['name'] ?? item['id']) : undefined))
    .filter((name) => typeof name === 'string');
}

/** Agents (or workloads) a configuration reaches that no refusal names, with their versions. */
export function accepting({
  target,
  refusals,
}: ConfigurationPlan): readonly { name: string; version: string }[] {
  const refused = new Set(refusals.map(({ name }) => name));
  const all =
    target.agents?.map(({ name, version }) => ({ name, version })) ??
    target.workloads.map(({ workload, version }) => ({ name: workload.name, version: version ?? '' }));
  return all.filter(({ name }) => !refused.has(name));
}

/** Names put together by version, in the order of versions first met. */
export function byVersion(
  agents: readonly { readonly name: string; readonly version: string }[],
): readonly { readonly version: string; readonly names: readonly string[] }[] {
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of agents) {
    versions.set(version, (versions.get(version) ?? new Set()).add(name));
  }
  return [...versions].map(([version, names]) => ({ version, names: [...names].sort(compareText) }));
}
