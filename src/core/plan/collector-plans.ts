import { diffConfigs } from '../diff/configs.ts';
import { isConfiguration } from '../fleet/config-key.ts';
import type { CollectorKey, ConfigKey } from '../fleet/config-key.ts';
import type { Target } from '../fleet/target.ts';
import { compareText } from '../document/finding.ts';
import { reachOf } from '../resources/targets.ts';
import type { LoadedView } from '../resources/view.ts';
import type { ConfigurationPlan, Refusal } from './plan.ts';

/**
 * A plan for each collector that Kubernetes or a file configures and whose config, or the version that has to take it, changes. In the order
 * of keys.
 * @param refusals what its version will refuse, by key
 */
export function collectorPlans(
  base: LoadedView,
  head: LoadedView,
  refusals: ReadonlyMap<ConfigKey, readonly Refusal[]>,
): readonly ConfigurationPlan[] {
  return touchedCollectors(base, head).map((key) => collectorPlan(key, base, head, refusals.get(key) ?? []));
}

/** Keys of collectors whose config or version differs between two revisions. */
function touchedCollectors(base: LoadedView, head: LoadedView): readonly CollectorKey[] {
  const keys = new Set([...base.repository.collectors.keys(), ...head.repository.collectors.keys()]);
  return [...keys]
    .filter((key) => {
      if (head.effective.shared.has(key)) return false;
      return textOf(base, key) !== textOf(head, key) || versionOf(base, key) !== versionOf(head, key);
    })
    .sort(compareText);
}

function collectorPlan(
  key: CollectorKey,
  base: LoadedView,
  head: LoadedView,
  refusals: readonly Refusal[],
): ConfigurationPlan {
  const [before, after] = [base.effective.get(key), head.effective.get(key)];
  const delivered = head.repository.collectors.get(key) ?? base.repository.collectors.get(key);
  const target: Target = head.targets.get(key) ??
    base.targets.get(key) ?? { configuration: key, fleets: [], workloads: [] };
  const rollout = after !== undefined;
  const diff = diffConfigs(before?.config.text ?? '', after?.config.text ?? '');
  const isShown = diff.added + diff.removed > 0 || diff.rewritten === true;
  return {
    key,
    name: (after ?? before)?.name ?? key,
    ...(before && { before: before.config }),
    ...(after && { after: after.config }),
    uses: new Set(),
    diff,
    target,
    reach: reachOf(target),
    refusals: rollout ? refusals : [],
    rollout,
    delivery: delivered?.by ?? 'nobody',
    ...(rollout && !isShown && { behind: 'version' as const }),
    newcomers: before === undefined ? target.workloads.length : 0,
    leavers: 0,
  };
}

function textOf(view: LoadedView, key: ConfigKey): string | undefined {
  if (isConfiguration(key) || !view.effective.has(key)) return undefined;
  const { config } = view.effective.get(key) ?? {};
  return config === undefined ? undefined : `${config.text}\n${config.unrendered.join('\n')}`;
}

function versionOf(view: LoadedView, key: CollectorKey): string | undefined {
  const { distribution, version } = view.repository.collectors.get(key)?.collector ?? {};
  return distribution === undefined ? undefined : `${distribution} ${version ?? ''}`;
}
