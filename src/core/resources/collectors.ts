import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { CollectorKey } from '../fleet/config-key.ts';
import type { Target } from '../fleet/target.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';
import type { AgentWorkload } from '../kubernetes/workload.ts';
import type { RenderedConfiguration } from './rendered.ts';

/** A collector whose config no control plane delivers: a manifest, a Helm release, a custom resource or a file does. */
export interface DeliveredCollector {
  readonly key: CollectorKey;
  /** What has to be applied for a change of it to arrive. */
  readonly by: 'kubectl' | 'helm' | 'nobody';
  readonly collector: RenderedCollector;
}

/** Its config in the form that plans and rules read; without one, an empty config that says why it is not known. */
export function renderedCollector({ key, collector }: DeliveredCollector): RenderedConfiguration {
  const name = nameOf(key);
  const { config } = collector;
  const reasons =
    config === undefined && collector.unrendered.length === 0
      ? ['its config cannot be told']
      : collector.unrendered;
  const effective: EffectiveConfig = {
    configuration: key,
    name,
    text: config?.text ?? '',
    tree: config?.tree ?? {},
    provenance: config?.provenance ?? [],
    unrendered: reasons,
    ...(collector.assumed !== undefined && { assumed: collector.assumed }),
    unverifiedTypes: [],
  };
  return {
    key,
    name,
    at: collector.at,
    collector,
    config: effective,
    delivered: effective,
    findings: collector.findings.map((finding) => ({ configuration: key, ...finding })),
  };
}

/** Who runs it: the workload, with the version of its image. */
export function targetOfCollector({ key, collector }: DeliveredCollector): Target {
  const { workload, image, distribution, version } = collector;
  const [own] = workload?.containers.filter(({ init }) => !init) ?? [];
  const runs: readonly AgentWorkload[] =
    workload === undefined
      ? []
      : [
          {
            workload,
            container: own ?? {
              name: '',
              init: false,
              env: [],
              envFromUnknown: true,
              ...(image && { image }),
            },
            distribution,
            ...(version !== undefined && { version }),
            labels: {},
          },
        ];
  return { configuration: key, fleets: [], workloads: runs };
}

/** `namespace/name` is called by its name alone, as people do; files by their path. */
function nameOf(key: CollectorKey): string {
  const [kind = '', ...rest] = key.split('/');
  return kind === 'HelmValues' || kind === 'CollectorConfig' || kind === 'ConfigMap'
    ? rest.join('/')
    : (rest.at(-1) ?? key);
}
