import { isMap } from '../document/node.ts';
import type { Finding, Severity, SourceRange } from '../document/finding.ts';
import { compareFindings, compareText } from '../document/finding.ts';
import type { Resource } from '../bindplane/resource.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { ConfigurationPlan, Plan, Refusal } from '../plan/plan.ts';

/** Words of ours and names from outside, for every kind of report to draw its own way. */
export type Piece = string | { readonly name: string };

export interface Verdict {
  /** Red only for what will fail; yellow for what a person should look at; grey where no agent is touched. */
  readonly level: 'red' | 'yellow' | 'green' | 'grey';
  readonly pieces: readonly Piece[];
}

export const ICONS: Readonly<Record<Verdict['level'], string>> = {
  red: '🔴',
  yellow: '🟡',
  green: '🟢',
  grey: '⚪',
};

/** `1 agent`, `2 agents`. */
export function plural(count: number, noun: string): string {
  const many = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${count} ${count === 1 ? noun : many}`;
}

/** `3 agents`, `2 workloads`, `3 agents and 2 workloads`: whom these configurations reach. */
export function reachText(configurations: readonly ConfigurationPlan[]): string {
  const agents = sum(configurations.filter(({ reach }) => reach.unit === 'agents'));
  const workloads = sum(configurations.filter(({ reach }) => reach.unit === 'workloads'));
  if (workloads === 0) return plural(agents, 'agent');
  return agents === 0
    ? plural(workloads, 'workload')
    : `${plural(agents, 'agent')} and ${plural(workloads, 'workload')}`;
}

function sum(configurations: readonly ConfigurationPlan[]): number {
  return configurations.reduce((total, { reach }) => total + reach.count, 0);
}

/** Configurations whose effective config the plan changes. */
function changedConfigurations(plan: Plan): readonly ConfigurationPlan[] {
  return plan.configurations.filter(({ diff }) => diff.added + diff.removed > 0 || diff.rewritten === true);
}

/** The plan in one line: verdict and blast radius, in that order (the first 80 characters are a mail's preview). */
export function verdictOf(plan: Plan): Verdict {
  const refusing = plan.configurations.filter(({ refusals }) => refusals.length > 0);
  const rolled = plan.configurations.filter(({ rollout }) => rollout);
  const errors = countOf(plan.findings, 'error');
  const warnings = countOf(plan.findings, 'warning');
  const deleted = plan.changes.filter(({ action }) => action === 'delete').length;
  const tail: Piece[] = deleted > 0 ? [` · ${plural(deleted, 'resource')} deleted`] : [];
  if (refusing.length > 0) {
    const refused = new Set(refusing.flatMap(({ refusals }) => refusals.map(({ name }) => name))).size;
    const rest = rolled.length > refusing.length ? [` · ${reachText(rolled)} in all`] : [];
    return {
      level: 'red',
      pieces: [
        `${refused} of ${reachText(refusing)} will refuse this · `,
        ...named(refusing),
        ...rest,
        ...tail,
      ],
    };
  }
  const reach: Piece[] =
    rolled.length > 0
      ? [`${reachText(rolled)} ${oneOf(rolled) ? 'gets' : 'get'} a different config · `, ...named(rolled)]
      : unreached(plan);
  if (!plan.applyable || errors > 0) {
    const lead = plan.applyable
      ? plural(errors, 'error')
      : `This cannot be applied: ${plural(errors, 'error')}`;
    return { level: 'red', pieces: [`${lead} · `, ...reach, ...tail] };
  }
  if (warnings > 0) {
    return { level: 'yellow', pieces: [...reach, ` · ${plural(warnings, 'warning')}`, ...tail] };
  }
  const idle = rolled.length === 0 && deleted === 0;
  return { level: idle ? 'grey' : 'green', pieces: [...reach, ...tail] };
}

function oneOf(configurations: readonly ConfigurationPlan[]): boolean {
  return sum(configurations) === 1;
}

function unreached(plan: Plan): Piece[] {
  const changed = changedConfigurations(plan);
  if (changed.length > 0) {
    return [
      ...named(changed),
      ` ${changed.length === 1 ? 'changes' : 'change'}, no agent is known to get it`,
    ];
  }
  const resources = plan.changes.filter(({ action }) => action !== 'unchanged').length;
  if (resources > 0) return [`No agent gets a different config · ${plural(resources, 'resource')} changed`];
  const commands = plan.steps.filter(({ kind }) => kind === 'external').length;
  return commands > 0 ? [`No resource changes · ${plural(commands, 'command')} to run`] : ['No changes'];
}

function named(configurations: readonly ConfigurationPlan[]): Piece[] {
  const [first] = configurations;
  if (configurations.length !== 1 || first === undefined) {
    return [plural(configurations.length, 'configuration')];
  }
  return [{ name: first.name }, ` +${first.diff.added} −${first.diff.removed}`];
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** The verdict as plain text: for a terminal, a check's title, a commit status. */
export function verdictText(plan: Plan): string {
  const { level, pieces } = verdictOf(plan);
  return `${ICONS[level]} ${pieces.map((piece) => (typeof piece === 'string' ? piece : piece.name)).join('')}`;
}

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

/** The plan's table: what fails first, then deletes, then Configurations, then the rest in apply order. */
export function planRows(plan: Plan): readonly PlanRow[] {
  const changes = plan.changes.filter(({ action }) => action !== 'unchanged');
  const rows: PlanRow[] = changes.map((change) => {
    const configuration = plan.configurations.find(({ key }) => key === change.key);
    const through =
      configuration === undefined ? plan.configurations.filter((one) => feeds(change, one)) : [];
    return {
      change,
      ...(configuration && { configuration }),
      through,
      ...worstOf(plan, change, configuration),
    };
  });
  const drawn = new Set(changes.map(({ key }) => key));
  for (const configuration of changedConfigurations(plan)) {
    if (!drawn.has(configuration.key)) {
      rows.push({ configuration, through: [], ...worstOf(plan, undefined, configuration) });
    }
  }
  return rows
    .map((row, index) => ({ row, index, rank: rankOf(row) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ row }) => row);
}

function rankOf({ worst, change, configuration }: PlanRow): number {
  const state = worst === 'error' ? 0 : change?.action === 'delete' ? 1 : worst === 'warning' ? 2 : 3;
  return state * 2 + (configuration === undefined ? 1 : 0);
}

function worstOf(
  plan: Plan,
  change: ResourceChange | undefined,
  configuration: ConfigurationPlan | undefined,
): { worst?: Severity } {
  if (configuration !== undefined && configuration.refusals.length > 0) return { worst: 'error' };
  const [worst] = plan.findings
    .filter(
      (finding) =>
        (configuration !== undefined && finding.configuration === configuration.key) ||
        inside(change?.after ?? change?.before, finding.at),
    )
    .sort(compareFindings);
  return worst === undefined ? {} : { worst: worst.severity };
}

/** Whether a place lies within the document that describes a resource. */
function inside(resource: Resource | undefined, at: SourceRange | undefined): boolean {
  const document = resource?.document?.at;
  return (
    document !== undefined &&
    at !== undefined &&
    document.file === at.file &&
    document.line <= at.line &&
    at.line <= document.endLine
  );
}

/** Whether any key of a configuration's effective config comes from a changed resource (by provenance, before or after). */
function feeds(change: ResourceChange, { before, after, diff }: ConfigurationPlan): boolean {
  if (diff.added + diff.removed === 0 && diff.rewritten !== true) return false;
  return (
    (after?.provenance.some(({ at }) => inside(change.after, at)) ?? false) ||
    (before?.provenance.some(({ at }) => inside(change.before, at)) ?? false)
  );
}

/** What changes in a resource, short: `new`, `deleted`, names of parts added and removed, else fields. */
export function changePieces({ action, before, after, fields }: ResourceChange): readonly Piece[] {
  if (action === 'create') return ['new'];
  if (action === 'delete') return ['deleted'];
  const parts = ['sources', 'processors', 'destinations', 'connectors', 'extensions'].flatMap((list) => {
    const was = namesIn(before, list);
    const is = namesIn(after, list);
    const noun = list.slice(0, -1);
    return [
      ...is.filter((name) => !was.includes(name)).map((name): Piece[] => [`${noun} `, { name }, ' added']),
      ...was.filter((name) => !is.includes(name)).map((name): Piece[] => [`${noun} `, { name }, ' removed']),
    ];
  });
  const shown =
    parts.length > 0 ? parts : fields.map((field): Piece[] => [{ name: field.replace(/^spec\./, '') }]);
  const more = shown.length > 3 ? [`, ${shown.length - 3} more`] : [];
  return [
    ...shown.slice(0, 3).flatMap((part, index): Piece[] => (index === 0 ? part : [', ', ...part])),
    ...more,
  ];
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
