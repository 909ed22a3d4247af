import type { Workload } from '../kubernetes/workload.ts';
import { imageContent } from '../kubernetes/image.ts';
import type { LintInput } from './rule.ts';

/** Images of collectors that are no distribution of the catalogue: kubeagent, and builds of one's own that say what they are. */
const COLLECTOR_IMAGE =
  /(?:^|\/)(?:kloudmate\/[^/]*agent|[^/]*(?:otelcol|otel-collector|opentelemetry-collector|otel-agent|otel-gateway)[^/]*)$/;

/** A workload by its key and place: several environments may declare it. */
export function workloadId({ key, at }: Workload): string {
  return `${key} ${at.file} ${at.line}`;
}

/**
 * The workloads of the repository that run a collector, in the order of the files: agents of a control plane, pods with a config of their
 * own, pods that mount a ConfigMap which holds one, and those whose image says so. What else a repository deploys is not ours to judge.
 */
export function collectorWorkloads({ head }: Pick<LintInput, 'head'>): readonly Workload[] {
  const { manifests } = head.repository;
  const known = new Set([
    ...manifests.agents.map(({ workload }) => workloadId(workload)),
    ...manifests.collectors.flatMap(({ workload }) => (workload === undefined ? [] : [workloadId(workload)])),
  ]);
  const configMaps = new Set(
    manifests.collectors.flatMap(({ namespace, source }) =>
      source === undefined ? [] : [`${namespace}/${source.configMap}`],
    ),
  );
  return manifests.workloads.filter(
    (workload) =>
      known.has(workloadId(workload)) ||
      (workload.pod?.volumes ?? []).some(({ of }) => configMaps.has(`${workload.namespace}/${of ?? ''}`)) ||
      workload.containers.some(({ init, image }) => !init && isCollectorImage(image?.value ?? '')),
  );
}

/** The workloads that an operator or a chart makes of the resources and the values of the repository. */
export function madeWorkloads({ head }: Pick<LintInput, 'head'>): readonly Workload[] {
  return [...head.repository.collectors.values()].flatMap(({ collector: { workload } }) =>
    workload?.made === undefined ? [] : [workload],
  );
}

function isCollectorImage(image: string): boolean {
  const repository = image.split('@', 1)[0]?.replace(/:[^/:]*$/, '') ?? '';
  return imageContent(image).distribution !== 'unknown' || COLLECTOR_IMAGE.test(repository);
}
