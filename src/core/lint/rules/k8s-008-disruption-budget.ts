import { placeText } from '../../document/finding.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import type { DisruptionBudget } from '../../kubernetes/policies.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { readinessFindings } from '../readiness.ts';
import { leastPods } from '../replicas.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster } from '../running.ts';

export const disruptionBudgetRule: Rule = {
  id: 'K8S-008',
  severity: 'warning',
  summary: 'A gateway without a PodDisruptionBudget, or with one that lets no node be drained',
  docs: 'Without a budget an upgrade of the cluster may take all pods of a gateway at once. A budget that wants as many pods as there are (`minAvailable` not below the replicas, `maxUnavailable: 0`) blocks every drain until somebody deletes it. `maxUnavailable: 1` fits any number of pods.',
  check: (input, cluster) => {
    const namesakes = Map.groupBy(input.head.repository.manifests.budgets, placeId);
    const budgetsOf = (workload: Workload): readonly Bounds[] => boundsFor(workload, cluster, namesakes);
    return [
      ...readinessFindings(disruptionBudgetRule.id, cluster, ({ workload, onePod }) =>
        onePod || workload.pod === undefined || budgetsOf(workload).length > 0
          ? undefined
          : {
              said: 'no PodDisruptionBudget',
              message: `${workloadWords(workload)} receives from others and has no PodDisruptionBudget`,
            },
      ),
      ...told(
        [...cluster.workloads, ...cluster.made].flatMap((workload) =>
          budgetsOf(workload).flatMap((budget) => blocking(budget, workload, cluster)),
        ),
      ),
    ];
  },
};

/** A budget as far as it decides what may be drained. */
type Bounds = Pick<DisruptionBudget, 'name' | 'minAvailable' | 'maxUnavailable'>;

/** The one that is made with it, those that select its pods, and one of its name that means to (K8S-003 tells that it does not). */
function boundsFor(
  workload: Workload,
  cluster: Cluster,
  namesakes: ReadonlyMap<string, readonly Bounds[]>,
): readonly Bounds[] {
  const made = workload.made?.budget;
  const selecting = [
    ...(made === undefined ? [] : [{ name: workload.name, ...made }]),
    ...cluster.budgetsOf(workload),
  ];
  return selecting.length > 0 ? selecting : (namesakes.get(placeId(workload)) ?? []);
}

function placeId({ name, namespace, at }: Pick<Workload, 'name' | 'namespace' | 'at'>): string {
  return `${namespace}/${name} ${at.file}`;
}

/** A budget that blocks drains of nodes with pods of a workload. */
interface Block {
  readonly budget: string;
  readonly why: string;
  readonly at: SourceRange;
  readonly workload: Workload;
}

/** Workloads of one budget that are named; more are counted. */
const NAMED = 3;

/** A budget is told once, whichever workloads it holds. */
function told(blocks: readonly Block[]): readonly Finding[] {
  const byBudget = Map.groupBy(blocks, ({ budget, why, at }) => `${placeText(at)} ${budget} ${why}`);
  return [...byBudget.values()].flatMap((same): readonly Finding[] => {
    const [first] = same;
    if (first === undefined) return [];
    const held = [...new Set(same.map(({ workload }) => workloadWords(workload)))];
    const more = held.length - NAMED;
    const words = more > 0 ? [...held.slice(0, NAMED), `${more} more`] : held;
    const all = [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '');
    return [
      {
        rule: disruptionBudgetRule.id,
        severity: 'warning',
        message: `PodDisruptionBudget \`${first.budget}\` ${first.why}, so that no node with a pod of ${all.join(' or ')} can be drained`,
        at: first.at,
      },
    ];
  });
}

function blocking(
  { name, minAvailable, maxUnavailable }: Bounds,
  workload: Workload,
  cluster: Cluster,
): readonly Block[] {
  const block = (why: string, at: SourceRange): readonly Block[] => [{ budget: name, why, at, workload }];
  if (maxUnavailable !== undefined && /^0%?$/.test(String(maxUnavailable.value))) {
    return block('lets no pod go', maxUnavailable.at);
  }
  if (minAvailable === undefined) return [];
  const [running] = cluster.runningIn(workload);
  const pods = leastPods(workload, cluster, running);
  if (minAvailable.value === '100%') return block('wants all pods', minAvailable.at);
  if (typeof minAvailable.value !== 'number' || pods === undefined || minAvailable.value < pods) return [];
  return block(`wants ${minAvailable.value} of ${pods} ${pods === 1 ? 'pod' : 'pods'}`, minAvailable.at);
}
