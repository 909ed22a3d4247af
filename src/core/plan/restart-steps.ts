import type { LoadedView } from '../resources/view.ts';
import type { Workload } from '../kubernetes/workload.ts';
import { manifestStepId } from './external-steps.ts';
import type { ConfigurationPlan, Step } from './plan.ts';
import { shellWord } from './shell.ts';

/**
 * What has to happen after manifests were applied so that collectors run their new config, and what to wait for. A collector reads its config
 * once: where only a ConfigMap changed nothing restarts by itself, unless the pod template changes too (a checksum annotation, another
 * image) or a controller watches the ConfigMap (reference/collector.md §3.4).
 * @param applied ids of the steps that apply manifests
 */
export function restartSteps(
  base: LoadedView,
  head: LoadedView,
  configurations: readonly ConfigurationPlan[],
  applied: readonly Step[],
): readonly Step[] {
  return configurations.flatMap(({ key, delivery, rollout, target }): readonly Step[] => {
    const workload = target.workloads[0]?.workload;
    const collector = head.effective.get(key)?.collector;
    if (delivery !== 'kubectl' || !rollout || workload === undefined || collector === undefined) return [];
    const files = new Set([workload.at.file, ...sourceFiles(head, workload, collector.source?.configMap)]);
    const after = applied
      .map(({ id }) => id)
      .filter((id) => [...files].some((file) => id === manifestStepId(file, head.repository)));
    if (after.length === 0) return [];
    const name = `${workload.kind.toLowerCase()}/${shellWord(workload.name)}`;
    const namespace = `--namespace ${shellWord(workload.namespace)}`;
    const status = `kubectl rollout status ${name} ${namespace}`;
    const isOperators = key.startsWith('OpenTelemetryCollector/');
    const alone = !isOperators && !isNewOrChanged(workload, base, head) && workload.restartsOnConfig !== true;
    return [
      {
        id: `external:restart:${workload.key}`,
        kind: 'external',
        command: alone ? `kubectl rollout restart ${name} ${namespace} && ${status}` : status,
        text: alone
          ? `restart ${workload.kind} ${workload.name}, as a changed ConfigMap restarts nothing, and wait until its pods run the new config`
          : isOperators
            ? `wait until the operator has replaced the pods of ${workload.kind} ${workload.name}`
            : `wait until the pods of ${workload.kind} ${workload.name} run the new config`,
        after,
        at: workload.at,
      },
    ];
  });
}

function sourceFiles(
  head: LoadedView,
  { namespace }: Workload,
  configMap: string | undefined,
): readonly string[] {
  const key = `ConfigMap/${namespace}/${configMap ?? ''}`;
  return head.repository.manifests.objects.filter((object) => object.key === key).map(({ at }) => at.file);
}

function isNewOrChanged({ key }: Workload, base: LoadedView, head: LoadedView): boolean {
  const [before, after] = [base, head].map(
    ({ repository }) => repository.manifests.objects.find((object) => object.key === key)?.digest,
  );
  return before !== after;
}
