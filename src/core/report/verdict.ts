import type { Finding, Severity } from '../document/finding.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { ConfigurationPlan, Plan } from '../plan/plan.ts';

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
export function changedConfigurations(plan: Plan): readonly ConfigurationPlan[] {
  return plan.configurations.filter(isChanged);
}

function isChanged({ diff }: ConfigurationPlan): boolean {
  return diff.added + diff.removed > 0 || diff.rewritten === true;
}

/** The plan in one line: verdict and blast radius, in that order (the first 80 characters are a mail's preview). */
export function verdictOf(plan: Plan): Verdict {
  const refusing = plan.configurations.filter(({ refusals }) => refusals.length > 0);
  const rolled = plan.configurations.filter(({ rollout }) => rollout);
  const errors = countOf(plan.findings, 'error');
  const warnings = countOf(plan.findings, 'warning');
  const deleted = plan.changes.filter(
    ({ action, renamedTo }) => action === 'delete' && renamedTo === undefined,
  );
  const tail = deletedPieces(deleted);
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
  const reach: Piece[] = rolled.length > 0 ? rolledPieces(rolled) : unreached(plan);
  if (!plan.applyable || errors > 0) {
    const lead = plan.applyable
      ? plural(errors, 'error')
      : `This cannot be applied: ${plural(errors, 'error')}`;
    return { level: 'red', pieces: [`${lead} · `, ...reach, ...tail] };
  }
  if (warnings > 0) {
    return { level: 'yellow', pieces: [...reach, ` · ${plural(warnings, 'warning')}`, ...tail] };
  }
  const idle = rolled.length === 0 && deleted.length === 0;
  return { level: idle ? 'grey' : 'green', pieces: [...reach, ...tail] };
}

function rolledPieces(rolled: readonly ConfigurationPlan[]): Piece[] {
  if (rolled.some((configuration) => isChanged(configuration) || isHidden(configuration))) {
    return [`${reachText(rolled)} ${oneOf(rolled) ? 'gets' : 'get'} a different config · `, ...named(rolled)];
  }
  // A selector, a fleet or a name changed: who gets it is news, what they get is not.
  return [
    `${reachText(rolled)} ${oneOf(rolled) ? 'is' : 'are'} assigned `,
    ...named(rolled),
    ' · no config changes',
  ];
}

/** Deletes by name, as far as a line has room for them. */
function deletedPieces(deleted: readonly ResourceChange[]): Piece[] {
  if (deleted.length === 0) return [];
  if (deleted.length > 2) return [` · ${plural(deleted.length, 'resource')} deleted`];
  const names = deleted.flatMap(({ key }, index): Piece[] => {
    const slash = key.indexOf('/');
    return [`${index === 0 ? '' : ', '}${key.slice(0, slash)} `, { name: key.slice(slash + 1) }];
  });
  return [' · ', ...names, ' deleted'];
}

/** Whether what changes is in a part that cannot be rendered here. */
function isHidden({ before, after }: ConfigurationPlan): boolean {
  return before?.opaque !== after?.opaque;
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
  if (isChanged(first)) return [{ name: first.name }, ` +${first.diff.added} −${first.diff.removed}`];
  return isHidden(first) ? [{ name: first.name }, ' where it cannot be shown'] : [{ name: first.name }];
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** The verdict as plain text: for a terminal, a check's title, a commit status. */
export function verdictText(plan: Plan): string {
  const { level, pieces } = verdictOf(plan);
  return `${ICONS[level]} ${pieces.map((piece) => (typeof piece === 'string' ? piece : piece.name)).join('')}`;
}
