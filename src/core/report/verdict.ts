import type { Finding, Severity } from '../document/finding.ts';
import type { ResourceChange } from '../diff/resources.ts';
import type { Rewording } from '../diff/semantic-change.ts';
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

/**
 * `3 agents`, `2 workloads`, `3 agents and 2 workloads`: whom these configurations reach. Where no agents are known and no workload of
 * the repository is meant, somebody else's may be: `no known agent`.
 */
export function reachText(
  configurations: readonly ConfigurationPlan[],
  count: Count = ({ reach }) => reach.count,
): string {
  const live = configurations.filter(({ reach }) => reach.unit === 'agents');
  const agents = sum(live, count);
  const workloads = sum(
    configurations.filter(({ reach }) => reach.unit === 'workloads'),
    count,
  );
  if (workloads > 0) {
    return agents === 0
      ? plural(workloads, 'workload')
      : `${plural(agents, 'agent')} and ${plural(workloads, 'workload')}`;
  }
  return live.length === 0 && configurations.length > 0 ? 'no known agent' : plural(agents, 'agent');
}

type Count = (configuration: ConfigurationPlan) => number;

function sum(
  configurations: readonly ConfigurationPlan[],
  count: Count = ({ reach }) => reach.count,
): number {
  return configurations.reduce((total, configuration) => total + count(configuration), 0);
}

/** Configurations that the plan gives another text, or rolls out for what is not to be seen in it. */
export function changedConfigurations(plan: Plan): readonly ConfigurationPlan[] {
  return plan.configurations.filter((one) => one.rollout || isChanged(one));
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
  const blocked = !plan.applyable;
  const reach: Piece[] = sum(rolled) > 0 ? rolledPieces(rolled, blocked) : unreached(plan, rolled);
  if (blocked || errors > 0) {
    const lead = blocked ? `This cannot be applied: ${plural(errors, 'error')}` : plural(errors, 'error');
    return { level: 'red', pieces: [`${lead} · `, ...reach, ...tail] };
  }
  const doubts = doubtsOf(plan, rolled);
  const warned = warnings > 0 ? [` · ${plural(warnings, 'warning')}`] : [];
  const isHidden = rolled.some(({ after }) => (after?.unrendered.length ?? 0) > 0);
  const risk = riskPieces(plan);
  const odd = doubts.length + warned.length + risk.length;
  if (odd > 0 || isHidden || lostConfigurations(plan).length > 0) {
    return { level: 'yellow', pieces: [...reach, ...risk, ...doubts, ...warned, ...tail] };
  }
  const idle = rolled.length === 0 && deleted.length === 0 && commandCount(plan) === 0;
  return { level: idle ? 'grey' : 'green', pieces: [...reach, ...tail] };
}

function rolledPieces(rolled: readonly ConfigurationPlan[], blocked: boolean): Piece[] {
  if (rolled.every(({ behind }) => behind === 'recipients' || behind === 'name')) {
    return assignedPieces(rolled, blocked);
  }
  if (rolled.every(({ behind }) => behind === 'version')) {
    const runs = blocked ? 'would run' : sum(rolled) === 1 ? 'runs' : 'run';
    return [`${reachText(rolled)} ${runs} `, ...named(rolled), ' with another version · no config changes'];
  }
  const verb = blocked ? 'would get' : sum(rolled) === 1 ? 'gets' : 'get';
  const reworded = rolled.map((one) => one.reworded);
  if (reworded.every((words) => words !== undefined)) {
    const how = rewordingText(reworded.flat());
    return [
      `${reachText(rolled)} ${verb} another text · `,
      ...named(rolled),
      ` · no behaviour change: ${how}`,
    ];
  }
  return [`${reachText(rolled)} ${verb} a different config · `, ...named(rolled)];
}

/** A selector, a fleet or a name changed: who gets it is news, what they get is not. */
function assignedPieces(rolled: readonly ConfigurationPlan[], blocked: boolean): Piece[] {
  const newcomers: Count = (one) => (one.behind === 'name' ? 0 : (one.newcomers ?? 0));
  const leavers: Count = (one) => (one.behind === 'name' ? 0 : (one.leavers ?? 0));
  const verb = (many: string, one: string, count: Count): string =>
    blocked ? `would ${many}` : sum(rolled, count) === 1 ? one : many;
  if (sum(rolled, newcomers) > 0) {
    const gets = verb('get', 'gets', newcomers);
    return [`${reachText(rolled, newcomers)} ${gets} another configuration · `, ...named(rolled)];
  }
  if (sum(rolled, leavers) > 0) {
    const loses = verb('lose', 'loses', leavers);
    return [`${reachText(rolled, leavers)} ${loses} `, ...named(rolled)];
  }
  const is = blocked ? 'would be' : sum(rolled) === 1 ? 'is' : 'are';
  return [`${reachText(rolled)} ${is} assigned `, ...named(rolled), ' · no config changes'];
}

/** What makes a preview less than the whole truth and has to be seen before the small print. */
function doubtsOf({ unasked, verification }: Plan, rolled: readonly ConfigurationPlan[]): Piece[] {
  const differing = (verification?.compared ?? 0) - (verification?.equal ?? 0);
  const unrendered = rolled.filter(({ after }) => (after?.unrendered.length ?? 0) > 0);
  const told = rolled.length === 1 && unrendered[0]?.behind === 'unrendered';
  return [
    ...(unasked === true ? [' · the server could not be asked'] : []),
    ...(differing > 0 ? [` · the server renders ${differing} otherwise`] : []),
    ...(unrendered.length > 0 && !told ? [' · not all of it can be shown here'] : []),
  ];
}

/** What a person should have meant; what every change costs is no reason to look. */
function riskPieces({ risk }: Plan): Piece[] {
  const worst = (['high', 'medium'] as const).find((level) =>
    risk.reasons.some((reason) => reason.level === level),
  );
  return worst === undefined ? [] : [` · ${worst} risk`];
}

/** Configurations that nobody gets any more although somebody had them. */
function lostConfigurations(plan: Plan): readonly ConfigurationPlan[] {
  return plan.configurations.filter((one) => one.before !== undefined && !one.rollout && losing(one) > 0);
}

/** How many have a configuration before and not after. */
function losing({ after, reach, leavers }: ConfigurationPlan): number {
  return after === undefined ? reach.count : (leavers ?? 0);
}

function commandCount({ steps }: Plan): number {
  return steps.filter(({ kind }) => kind === 'external').length;
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

/** What a plan does that gives no known agent another config. */
function unreached(plan: Plan, rolled: readonly ConfigurationPlan[]): Piece[] {
  const commands = commandCount(plan);
  const run = commands > 0 ? [` · ${plural(commands, 'command')} to run`] : [];
  const changed = plan.configurations.filter(
    (configuration) => configuration.after !== undefined && isChanged(configuration),
  );
  const idle = changed.length > 0 ? changed : rolled;
  const lost = lostConfigurations(plan);
  if (lost.length > 0) {
    const lose = sum(lost, losing) === 1 ? 'loses' : 'lose';
    return [`${reachText(lost, losing)} ${lose} `, ...namesOnly(lost), ...run];
  }
  if (idle.length > 0) return [...idlePieces(idle), ...run];
  const resources = plan.changes.filter(({ action }) => action === 'create' || action === 'update').length;
  if (resources > 0) {
    return [`No agent gets a different config · ${plural(resources, 'resource')} changed`, ...run];
  }
  if (plan.changes.some(({ action }) => action === 'delete')) {
    return ['No agent gets a different config', ...run];
  }
  const policies = plan.policies?.length ?? 0;
  const rules = policies > 0 ? [` · ${plural(policies, 'rollout policy')} changed`] : [];
  return run.length + rules.length > 0 ? ['No resource changes', ...rules, ...run] : ['No changes'];
}

function namesOnly(configurations: readonly ConfigurationPlan[]): Piece[] {
  const [first] = configurations;
  return configurations.length === 1 && first !== undefined
    ? [{ name: first.name }]
    : [plural(configurations.length, 'configuration')];
}

/** Configurations that change and reach nobody who is known. */
function idlePieces(configurations: readonly ConfigurationPlan[]): Piece[] {
  const nobody = configurations.every(({ reach }) => reach.unit === 'agents')
    ? 'no agent matches'
    : 'no agent is known to get';
  const [first] = configurations;
  if (configurations.length !== 1 || first === undefined) {
    return [`${plural(configurations.length, 'configuration')} change, ${nobody} them`];
  }
  return [{ name: first.name }, ` ${first.before === undefined ? 'is new' : 'changes'}, ${nobody} it`];
}

const BEHIND: Readonly<Record<NonNullable<ConfigurationPlan['behind']>, string>> = {
  name: '',
  recipients: '',
  secret: ', a secret value changes',
  unrendered: ' where it cannot be shown',
  version: '',
};

function named(configurations: readonly ConfigurationPlan[]): Piece[] {
  const [first] = configurations;
  if (configurations.length !== 1 || first === undefined) {
    return [plural(configurations.length, 'configuration')];
  }
  const { added, removed } = first.diff;
  return [{ name: first.name }, first.behind === undefined ? ` +${added} −${removed}` : BEHIND[first.behind]];
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** The verdict as plain text: for a terminal, a check's title, a commit status. */
export function verdictText(plan: Plan): string {
  const { level, pieces } = verdictOf(plan);
  return `${ICONS[level]} ${pieces.map((piece) => (typeof piece === 'string' ? piece : piece.name)).join('')}`;
}

const REWORDINGS: Readonly<Record<Rewording, string>> = {
  names: 'components under other names',
  order: 'lists in another order',
  notation: 'the same values written otherwise',
  layout: 'comments or layout',
};

/** What differs between texts that mean the same, in words. */
function rewordingText(rewordings: readonly Rewording[]): string {
  return [...new Set(rewordings)].map((rewording) => REWORDINGS[rewording]).join(', ');
}
