import type { ResourceKey } from '../bindplane/resource.ts';
import { diffConfigs } from '../diff/configs.ts';
import type { ConfigDiff } from '../diff/configs.ts';
import type { ChangeAction } from '../diff/resources.ts';
import { canonicalJson } from '../document/digest.ts';
import { compareResourceKeys } from '../resources/graph.ts';
import { realChanges } from './changes.ts';
import type { ConfigurationPlan, Plan } from './plan.ts';

/** What two plans of the same wish do differently: what people saw, and what would be done now. */
export interface PlanDifference {
  readonly changes: readonly ChangeDifference[];
  readonly configurations: readonly ConfigurationDifference[];
  /** Commands for people that only one of the plans has. */
  readonly commands: readonly { readonly command: string; readonly side: 'reviewed' | 'now' }[];
}

/** A resource of which only one of them changes something (the other action is absent), or both something else. */
export interface ChangeDifference {
  readonly key: ResourceKey;
  readonly reviewed?: ChangeAction;
  readonly now?: ChangeAction;
}

export interface ConfigurationDifference {
  readonly name: string;
  /** From the effective config as reviewed to the one of now. */
  readonly diff: ConfigDiff;
  /** Whether selector or fleets differ. */
  readonly recipients: boolean;
}

/**
 * Compares two plans by what {@link planDigest} covers: changes, effective configs, selectors and commands; agents, findings and times are
 * left out. Empty lists where the digests agree.
 */
export function planDifference(reviewed: Plan, now: Plan): PlanDifference {
  return {
    changes: changeDifferences(reviewed, now),
    configurations: configurationDifferences(reviewed, now),
    commands: [
      ...only(reviewed, now).map((command) => ({ command, side: 'reviewed' as const })),
      ...only(now, reviewed).map((command) => ({ command, side: 'now' as const })),
    ],
  };
}

/** Whether there is anything to show. */
export function differs({ changes, configurations, commands }: PlanDifference): boolean {
  return changes.length + configurations.length + commands.length > 0;
}

function changeDifferences(reviewed: Plan, now: Plan): readonly ChangeDifference[] {
  const [was, is] = [reviewed, now].map(
    (plan) => new Map(realChanges(plan.changes).map((change) => [change.key, change])),
  );
  const keys = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return [...keys].sort(compareResourceKeys).flatMap((key): readonly ChangeDifference[] => {
    const [before, after] = [was?.get(key), is?.get(key)];
    if (before?.action === after?.action && before?.after?.digest === after?.after?.digest) return [];
    return [{ key, ...(before && { reviewed: before.action }), ...(after && { now: after.action }) }];
  });
}

function configurationDifferences(reviewed: Plan, now: Plan): readonly ConfigurationDifference[] {
  const was = new Map(reviewed.configurations.map((configuration) => [configuration.key, configuration]));
  return now.configurations.flatMap((after): readonly ConfigurationDifference[] => {
    const before = was.get(after.key);
    // What only one of the plans touches is told by the resources that touch it.
    if (before === undefined) return [];
    const diff = diffConfigs(before.after?.text ?? '', after.after?.text ?? '');
    const recipients = selection(before) !== selection(after);
    return diff.added + diff.removed === 0 && !recipients ? [] : [{ name: after.name, diff, recipients }];
  });
}

function selection({ target }: ConfigurationPlan): string {
  return canonicalJson({ selector: target.selector ?? null, fleets: [...target.fleets] });
}

/** Commands of one plan that another does not have. */
function only({ steps }: Plan, other: Plan): readonly string[] {
  const known = new Set(other.steps.map(({ command }) => command));
  return steps.flatMap(({ command }) => (command === undefined || known.has(command) ? [] : command));
}
