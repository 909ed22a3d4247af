import type { JsonMap } from '../../document/node.ts';
import type { PolicyRule } from '../rendered-collector.ts';
import { isEmpty, pick } from '../traced.ts';
import type { Origin, TracedMap } from '../traced.ts';
import type { ChartContext } from './chart-context.ts';
import type { NodeFolder } from './node-folders.ts';
import { TemplateStop } from './template-stop.ts';

/**
 * One preset of the collector chart (`values.presets.<name>`): a fragment below the config, its ids in the pipelines, and what the pods may
 * ask of the cluster. Source: chart `templates/_config.tpl`, `clusterrole.yaml`, `_pod.tpl`.
 */
export interface Preset {
  readonly name: string;
  /** The first chart version that has it. */
  readonly since: string;
  /** Paths below `presets.<name>` of which one, when on, switches the preset on. */
  readonly switches: readonly (readonly string[])[];
  /** False where the chart leaves the config as it is although the preset is on. Its rules are made all the same. */
  readonly isApplied?: (context: ChartContext) => boolean;
  /** The config with the preset. Throws TemplateStop where the template would fail. */
  readonly apply: (config: TracedMap, context: ChartContext, origin: Origin) => TracedMap;
  /** Rules of the ClusterRole that the chart makes for it. */
  readonly rules: (context: ChartContext) => readonly PolicyRule[];
  /** Folders of the node that the pods see for it. */
  readonly folders?: (context: ChartContext) => readonly NodeFolder[];
  /** Whether pods get K8S_NODE_NAME and K8S_NODE_IP for it. */
  readonly needsNode?: (context: ChartContext) => boolean;
}

const READ = ['get', 'list', 'watch'] as const;

/** A rule to read resources of one API group. */
export function read(apiGroup: string, ...resources: readonly string[]): PolicyRule {
  return { apiGroups: [apiGroup], resources, verbs: READ };
}

/** An empty pipeline, for charts that see to it that the pipeline they add to is there. */
export function emptyPipeline(signal: string, ...lists: readonly string[]): JsonMap {
  return { service: { pipelines: { [signal]: Object.fromEntries(lists.map((list) => [list, []])) } } };
}

/** Whether a pipeline is there and not empty. A config without `service.pipelines` stops Helm (nil pointer in the template). */
export function hasPipeline(config: TracedMap, signal: string): boolean {
  const service = pick(config, 'service');
  if (pick(service, 'pipelines') === undefined) {
    throw new TemplateStop('the config has no service.pipelines', service?.origin.at ?? config.origin.at);
  }
  return !isEmpty(pick(service, 'pipelines', signal));
}

/** The extension that lets one of several collectors do a job, and its id. */
export function leaderElector(
  name: string,
  leaseName: string,
  namespace: string,
): { readonly id: string; readonly fragment: JsonMap } {
  const id = `k8s_leader_elector/${name}`;
  return {
    id,
    fragment: { [id]: { auth_type: 'serviceAccount', lease_name: leaseName, lease_namespace: namespace } },
  };
}

/** What the leader elector asks of the cluster. */
export const LEASES: PolicyRule = {
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
};
