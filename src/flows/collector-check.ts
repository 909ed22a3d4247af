import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import { compareFindings } from '../core/document/finding.ts';
import type { AgentWorkload } from '../core/kubernetes/workload.ts';
import { namedGates } from '../core/lint/feature-gates.ts';
import { recipientsOf } from '../core/lint/recipients.ts';
import type { CollectorCheck } from '../core/plan/collector-check.ts';
import type { ConfigurationPlan, Plan } from '../core/plan/plan.ts';
import type { LoadedView } from '../core/resources/view.ts';
import type { CollectorProgram } from '../ports/collector-program.ts';
import type { Review } from './review.ts';
import { tryConfigs, type ConfigToTry, type TryOptions } from './try-configs.ts';

/** Whether agents get another text by a plan, or get one for the first time. */
export function isChanged({ after, diff }: ConfigurationPlan): boolean {
  return after !== undefined && (diff.added + diff.removed > 0 || diff.rewritten === true);
}

/** Configurations with the collector versions that run them, as far as these are known. */
export function configsToTry(
  keys: readonly ConfigurationPlan['key'][],
  head: LoadedView,
  catalogue: ComponentCatalogue,
  collectorVersion?: string,
): readonly ConfigToTry[] {
  const input = { head, catalogue, ...(collectorVersion !== undefined && { collectorVersion }) };
  return keys.flatMap((key): readonly ConfigToTry[] => {
    const rendered = head.effective.get(key);
    if (rendered === undefined) return [];
    const recipients = recipientsOf(input, key);
    const versions = recipients.map(({ collector }) => collector);
    const runners = new Map(
      recipients.map(({ distribution, version }) => [
        `${distribution} ${version}`,
        { distribution, version },
      ]),
    );
    const gates = head.targets.get(key)?.workloads.flatMap(gatesOf) ?? [];
    return [
      {
        config: rendered.config,
        versions: [...new Set(versions)],
        runners: [...runners.values()],
        gates: [...new Set(gates)],
      },
    ];
  });
}

/** The feature gates of a container's command line, as it writes them: they change what a collector takes. */
function gatesOf({ container }: AgentWorkload): readonly string[] {
  const named = container.spec === undefined ? [] : namedGates(container.spec);
  return named.map(({ id, enable }) => `${enable ? '' : '-'}${id}`);
}

/**
 * The review with what real collectors say about each config that it changes: findings of theirs, and the counts. The plan is otherwise the same, its
 * digest included. Rejects with OperationError when a binary cannot be run.
 */
export async function withCollectorCheck(
  review: Review,
  programs: readonly CollectorProgram[],
  options: TryOptions & { readonly collectorVersion?: string },
): Promise<Review> {
  const { plan, head } = review;
  const keys = plan.configurations.filter(isChanged).map(({ key }) => key);
  const configs = configsToTry(keys, head, options.catalogue, options.collectorVersion);
  const { findings, check } = await tryConfigs(programs, configs, options);
  return {
    ...review,
    plan: { ...withCheck(plan, check), findings: [...plan.findings, ...findings].sort(compareFindings) },
  };
}

/** The review with a sentence on why no collector was asked. */
export function withoutCollectorCheck(review: Review, why: string): Review {
  const none = { configurations: 0, passed: 0, inPart: 0, refused: 0, notJudged: 0 };
  return {
    ...review,
    plan: withCheck(review.plan, { collectors: [], ...none, started: false, skipped: why }),
  };
}

function withCheck(plan: Plan, collectorCheck: CollectorCheck): Plan {
  return { ...plan, collectorCheck };
}
