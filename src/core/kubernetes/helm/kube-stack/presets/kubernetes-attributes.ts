import type { JsonMap } from '../../../../document/node.ts';
import { listHas, prependTo, underlay } from '../../config-edits.ts';
import { METADATA } from '../../presets/kubernetes-attributes.ts';
import { currentName, hasStackPipeline, isPresetOn, withProcessors } from '../stack-preset.ts';
import type { StackContext, StackPreset } from '../stack-preset.ts';

export const kubernetesAttributes: StackPreset = {
  name: ['kubernetesAttributes'],
  switches: [['enabled']],
  apply: (config, context, origin) => {
    const id = currentName('k8sattributes', context);
    let made = underlay(config, { processors: { [id]: processor(context) } }, origin);
    for (const signal of ['logs', 'metrics', 'traces']) {
      const path = ['service', 'pipelines', signal, 'processors'];
      if (!hasStackPipeline(made, signal) || listHas(made, path, id)) continue;
      made = prependTo(withProcessors(made, signal, origin), path, id, origin);
    }
    return made;
  },
};

function sources(...attributes: readonly string[]): JsonMap {
  return { sources: attributes.map((name) => ({ from: 'resource_attribute', name })) };
}

function processor(context: StackContext): JsonMap {
  const all = { tag_name: '$$1', key_regex: '(.*)', from: 'pod' };
  const label = (tag: string, key: string): JsonMap => ({ tag_name: tag, key, from: 'pod' });
  const on = (key: string): boolean => isPresetOn(context, 'kubernetesAttributes', key);
  return {
    ...(context.mode === 'daemonset' && { filter: { node_from_env_var: 'OTEL_K8S_NODE_NAME' } }),
    passthrough: false,
    pod_association: [
      sources('k8s.pod.uid'),
      sources('k8s.pod.name', 'k8s.namespace.name', 'k8s.node.name'),
      sources('k8s.pod.ip'),
      sources('k8s.pod.name', 'k8s.namespace.name'),
      { sources: [{ from: 'connection' }] },
    ],
    extract: {
      otel_annotations: true,
      metadata: METADATA,
      labels: [
        label('k8s.app.instance', 'app.kubernetes.io/instance'),
        label('k8s.app.component', 'app.kubernetes.io/component'),
        ...(on('extractAllPodLabels') ? [all] : []),
      ],
      ...(on('extractAllPodAnnotations') && { annotations: [all] }),
    },
  };
}
