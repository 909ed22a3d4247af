import type { JsonMap } from '../../../document/node.ts';
import { pick, textOf, traced } from '../../traced.ts';
import type { Origin, TracedMap } from '../../traced.ts';
import { isOn, since } from '../chart-context.ts';
import type { ChartContext } from '../chart-context.ts';
import { listHas, prependTo, setAt, underlay } from '../config-edits.ts';
import { emptyPipeline, hasPipeline, read } from '../preset.ts';
import type { Preset } from '../preset.ts';
import { isRewriting } from '../renames.ts';
import { TemplateStop } from '../template-stop.ts';

const NAMES = ['k8sattributes', 'k8s_attributes'] as const;

/** Metadata of the pod on everything that comes from it: first processor of every pipeline. */
export const kubernetesAttributes: Preset = {
  name: 'kubernetesAttributes',
  since: '0.98.0',
  switches: [['enabled']],
  apply: (config, context, origin) => {
    // The new name where the chart also rewrites what users wrote.
    const name = isRewriting(context) ? 'k8s_attributes' : 'k8sattributes';
    const known = since(context, '0.160.0') ? NAMES : [name];
    let made = underlay(config, { processors: { [name]: processor(context) } }, origin);
    for (const signal of signals(context)) {
      if (!hasPipeline(made, signal)) continue;
      if (since(context, '0.104.0')) made = underlay(made, emptyPipeline(signal, 'processors'), origin);
      const path = ['service', 'pipelines', signal, 'processors'];
      if (!listHas(made, path, ...known)) made = prependTo(made, path, name, origin);
    }
    return since(context, '0.152.1') && hasPipeline(made, 'profiles')
      ? withContainerId(made, name, origin)
      : made;
  },
  rules: () => [
    { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'watch', 'list'] },
    read('apps', 'replicasets'),
    read('extensions', 'replicasets'),
  ],
  needsNode: (context) => context.mode === 'daemonset',
};

function signals(context: ChartContext): readonly string[] {
  return ['logs', 'metrics', 'traces', ...(since(context, '0.152.1') ? ['profiles'] : [])];
}

/** Profiles carry a container id and no pod address: they are joined by it, before everything else. */
function withContainerId(config: TracedMap, name: string, origin: Origin): TracedMap {
  const path = ['processors', name, 'pod_association'];
  const association = pick(config, ...path);
  const items = association?.kind === 'list' ? association.items : [];
  const hasIt = items.some((item) => {
    const sources = pick(item, 'sources');
    return (
      sources?.kind === 'list' &&
      sources.items.some(
        (source) =>
          textOf(source, 'from') === 'resource_attribute' && textOf(source, 'name') === 'container.id',
      )
    );
  });
  if (hasIt) return config;
  if (association?.kind !== 'list') {
    throw new TemplateStop(`config.${path.join('.')} is no list`, association?.origin.at);
  }
  const first = traced(source('container.id'), origin);
  return setAt(config, path, { ...association, items: [first, ...items] });
}

function source(attribute: string): JsonMap {
  return { sources: [{ from: 'resource_attribute', name: attribute }] };
}

/** What the processor asks of a pod since chart 0.139.1. */
export const METADATA: readonly string[] = [
  'k8s.namespace.name k8s.pod.name k8s.pod.uid k8s.node.name k8s.pod.start_time',
  'k8s.deployment.name k8s.replicaset.name k8s.replicaset.uid k8s.daemonset.name',
  'k8s.daemonset.uid k8s.job.name k8s.job.uid k8s.container.name k8s.cronjob.name',
  'k8s.statefulset.name k8s.statefulset.uid container.image.tag container.image.name',
  'k8s.cluster.uid service.namespace service.name service.version service.instance.id',
].flatMap((line) => line.split(' '));

/** The list until chart 0.139.0, which also did not read the pods' own annotations. */
const OLD_METADATA = [
  'k8s.namespace.name k8s.deployment.name k8s.statefulset.name k8s.daemonset.name',
  'k8s.cronjob.name k8s.job.name k8s.node.name k8s.pod.name k8s.pod.uid k8s.pod.start_time',
].flatMap((line) => line.split(' '));

function processor(context: ChartContext): JsonMap {
  const all = [{ tag_name: '$$1', key_regex: '(.*)', from: 'pod' }];
  const on = (key: string): boolean => isOn(context, 'presets', 'kubernetesAttributes', key);
  const recent = since(context, '0.139.1');
  return {
    ...(context.mode === 'daemonset' && { filter: { node_from_env_var: 'K8S_NODE_NAME' } }),
    passthrough: false,
    pod_association: [source('k8s.pod.ip'), source('k8s.pod.uid'), { sources: [{ from: 'connection' }] }],
    extract: {
      ...(recent && { otel_annotations: true }),
      metadata: recent ? METADATA : OLD_METADATA,
      ...(on('extractAllPodLabels') && { labels: all }),
      ...(on('extractAllPodAnnotations') && { annotations: all }),
    },
  };
}
